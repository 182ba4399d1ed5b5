"""One receiver over HTTP: read within bounds, admit, wait for the broker, answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from collectors._sdk.admission import Admission, Admitted
from collectors._sdk.errors import BodyRefused, NotNow
from collectors._sdk.meters import Meters
from collectors._sdk.receiver import Body, Receiver, Reply
from collectors._sdk.spooling import Delivery
from collectors._sdk.tokens import Caller, Tokens
from collectors._sdk.unpacking import Unpacker, too_large

_IN_THREAD_BYTES: Final = 64 * 1024  #: larger bodies are admitted in a thread, so that others are answered
_MOST_NAMED: Final = 1000
_AGAIN_S: Final = 0.2
#: What is read and thrown away of a body that was refused, so that its sender reads the answer.
_DISCARDED_BYTES: Final = 256 * 1024 * 1024
_DISCARD_S: Final = 20.0
_READ_S: Final = 120.0
_encode: Final = msgspec.json.Encoder().encode
log = logging.getLogger(__name__)


class RefusedItem(msgspec.Struct):
    """An event that was quarantined. ``index``: its place in the body."""

    index: int
    field: str
    reason: str
    message: str


class Answer(msgspec.Struct):
    """``refused``: the first thousand of ``refused_total``."""

    accepted: int
    refused_total: int
    refused: list[RefusedItem]


class Problem(msgspec.Struct):
    """Why a body was not taken, and what to do."""

    reason: str
    message: str


class Room:
    """Bytes of bodies that are being read or wait for the broker, bounded over all requests."""

    def __init__(self, most_bytes: int, meters: Meters) -> None:
        self._most, self._meters, self._held = most_bytes, meters, 0

    def take(self, held_bytes: int) -> None:
        """Raises NotNow (429)."""
        if self._held and self._held + held_bytes > self._most:
            raise NotNow(429, "bytes_full", "the collector is busy; send the body again later")
        self.give(-held_bytes)

    def give(self, held_bytes: int) -> None:
        self._held -= held_bytes
        self._meters.in_flight_bytes.set(self._held)


@dataclass(frozen=True)
class Desk:
    """What all receivers share."""

    admission: Admission
    tokens: Tokens
    room: Room
    meters: Meters


class Endpoint:
    """Answers the requests of one receiver."""

    def __init__(self, receiver: Receiver, desk: Desk, delivery: Delivery) -> None:
        self._receiver, self._desk, self._delivery = receiver, desk, delivery

    async def post(self, request: Request) -> Response:
        """2xx only after the broker has acknowledged everything that the body caused, or the spool
        holds it.
        """
        name, meters = self._receiver.name, self._desk.meters
        caller = self._desk.tokens.caller(request.headers.get("authorization"), name)
        held: list[int] = []
        chunks = request.stream()
        try:
            admitted = await self._take(request, chunks, caller, held)
        except BodyRefused as error:
            source_key = caller.source_key if caller is not None else None
            meters.dropped.labels(source_key or name, name, error.reason).inc()
            await _discard(chunks, request)
            headers = {"www-authenticate": "Bearer"} if error.status == 401 else {}
            return self._problem(request, error.status, error.reason, str(error), headers)
        except NotNow as error:
            meters.put_off.labels(name, error.reason).inc()
            await _discard(chunks, request)
            status = self._receiver.busy_status if error.status == 429 else error.status
            headers = {"retry-after": str(error.after_s)}
            return self._problem(request, status, error.reason, str(error), headers)
        except ClientDisconnect:
            return Response(status_code=499)
        finally:
            self._desk.room.give(sum(held))
        meters.events.labels(name, "accepted").inc(len(admitted.records))
        meters.events.labels(name, "quarantined").inc(len(admitted.refused))
        return self._answer(request, admitted)

    def _answer(self, request: Request, admitted: Admitted) -> Response:
        wording = self._receiver.wording
        if wording is None:
            return _answer(admitted)
        messages = [event.message for event in admitted.refused[:_MOST_NAMED]]
        return _said(wording.taken(_media_type(request), len(admitted.refused), messages), {})

    def _problem(
        self, request: Request, status: int, reason: str, message: str, headers: dict[str, str]
    ) -> Response:
        wording = self._receiver.wording
        if wording is None:
            return _problem(status, reason, message, headers)
        return _said(wording.problem(_media_type(request), status, reason, message), headers)

    async def _take(
        self, request: Request, chunks: AsyncIterator[bytes], caller: Caller | None, held: list[int]
    ) -> Admitted:
        """Raises BodyRefused, NotNow, ClientDisconnect. ``held``: bytes to be given back in the end."""
        if caller is None:
            message = "authorization: send a bearer token that this collector knows and that may post here"
            raise BodyRefused(401, "unauthorized", message)
        content_type = self._content_type(request)
        await self._delivery.wait_for_way(self._receiver.hold_s)
        raw = await self._read(request, chunks, held)
        body = Body(raw, content_type, dict(request.headers.items()))
        if len(raw) > _IN_THREAD_BYTES:
            admitted = await asyncio.to_thread(self._desk.admission.admit, self._receiver, body, caller)
        else:
            admitted = self._desk.admission.admit(self._receiver, body, caller)
        del raw, body
        await self._deliver(admitted)
        return admitted

    async def _deliver(self, admitted: Admitted) -> None:
        """Once, or again and again within the time that the receiver holds a request. Raises NotNow."""
        until_s = time.monotonic() + self._receiver.hold_s
        while True:
            try:
                await self._delivery.deliver(admitted)
                return
            except NotNow:
                if time.monotonic() >= until_s:
                    raise
            await asyncio.sleep(_AGAIN_S)

    def _content_type(self, request: Request) -> str:
        media = _media_type(request)
        _, _, parameters = request.headers.get("content-type", "").partition(";")
        if media not in self._receiver.content_types:
            known = ", ".join(sorted(self._receiver.content_types))
            raise BodyRefused(415, "unsupported_type", f"content-type: send one of {known}")
        charset = parameters.lower().partition("charset=")[2].split(";")[0].strip(' "')
        if charset not in ("", "utf-8", "utf8", "us-ascii"):
            raise BodyRefused(415, "unsupported_type", "content-type: charset: send JSON in UTF-8")
        return media

    async def _read(self, request: Request, chunks: AsyncIterator[bytes], held: list[int]) -> bytes:
        receiver = self._receiver
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > receiver.max_body_bytes:
            raise too_large(receiver.max_body_bytes, "")
        unpacker = Unpacker(
            request.headers.get("content-encoding", ""),
            receiver.max_body_bytes,
            receiver.max_decompressed_bytes,
        )
        try:
            async with asyncio.timeout(_READ_S):
                async for chunk in chunks:
                    before = unpacker.held_bytes
                    unpacker.take(chunk)
                    grown = unpacker.held_bytes - before
                    self._desk.room.take(grown)
                    held.append(grown)
        except TimeoutError:
            raise NotNow(408, "slow", f"the body did not come within {_READ_S:g} s; send it again") from None
        return unpacker.end()


def _media_type(request: Request) -> str:
    """Content type without parameters, lower case."""
    return request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()


def _said(reply: Reply, headers: dict[str, str]) -> Response:
    return Response(reply.content, reply.status, headers, media_type=reply.media_type)


async def _discard(chunks: AsyncIterator[bytes], request: Request) -> None:
    """Read and throw away what is still coming, within bounds: a sender cut off in the middle of its body
    sees a broken connection instead of the answer, and sends it again for ever.
    """
    if request.headers.get("expect", "").lower() == "100-continue":
        return
    left = _DISCARDED_BYTES
    try:
        async with asyncio.timeout(_DISCARD_S):
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    return
    except (TimeoutError, ClientDisconnect, RuntimeError):
        return


def _answer(admitted: Admitted) -> Response:
    refused = [
        RefusedItem(event.index, event.field, event.reason, event.message)
        for event in admitted.refused[:_MOST_NAMED]
    ]
    answer = Answer(len(admitted.records), len(admitted.refused), refused)
    return Response(_encode(answer), 202, media_type="application/json")


def _problem(status: int, reason: str, message: str, headers: dict[str, str]) -> Response:
    return Response(_encode(Problem(reason, message)), status, headers, media_type="application/json")
