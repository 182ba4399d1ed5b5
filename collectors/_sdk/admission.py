"""Admits a body: items to records of the receiver's kind, or to refusals by themselves. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import xxhash
from pydantic import BaseModel, ValidationError

from collectors._sdk.errors import Refused
from collectors._sdk.kind import Alias, Edge, Kind, Sender
from collectors._sdk.receiver import Body, Receiver
from collectors._sdk.refusing import refusal_of
from collectors._sdk.tokens import ANYBODY, Caller

_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)  #: a batch cannot hold much later times
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class RefusedEvent:
    """An event that was refused by itself. ``index``: its place in the body; ``digest``: XXH64 of the body's
    digest and its place, so that it counts once however often the body is sent.
    """

    index: int
    reason: str
    field: str
    message: str
    digest: int


@dataclass(frozen=True)
class Admitted:
    """What a body holds: ``records`` of ``kind``. ``source_key``: on whose account its refused events are
    counted. ``aliases``: of its records.
    """

    kind: Kind[Any, Any]
    source_key: str
    records: list[Any] = field(default_factory=list)
    refused: list[RefusedEvent] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)


class Admission:
    """Admits with the keys, rules and people of one installation."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def admit(self, receiver: Receiver, body: Body, caller: Caller = ANYBODY) -> Admitted:
        """Every item of a body. Raises BodyRefused when it must be refused whole."""
        kind = receiver.kind
        items = receiver.split(body, receiver.max_events)
        source_key = caller.source_key or receiver.name
        sender = Sender(caller.source or receiver.name, source_key, caller.source)
        admitted = Admitted(kind, source_key)
        digest = b""
        for index, item in enumerate(items):
            try:
                admitted.records.append(self._record(receiver, kind, item, sender))
            except Refused as error:
                digest = digest or body_digest(receiver, source_key, body)
                admitted.refused.append(
                    RefusedEvent(index, error.reason, error.field, str(error), refusal_digest(digest, index))
                )
        admitted.aliases.extend(alias for record in admitted.records for alias in kind.aliases(record))
        return admitted

    def _record(self, receiver: Receiver, kind: Kind[Any, Any], item: object, sender: Sender) -> object:
        if isinstance(item, Refused):
            raise item
        if item is None:
            raise Refused("null_event", "", "null is no event; leave it out")
        return kind.record(_validate(kind, receiver.translate(item)), sender, self._edge)


def body_digest(receiver: Receiver, source_key: str, body: Body) -> bytes:
    """Tells bodies apart; equal when a body is sent again. A CloudEvent may have its id in the headers."""
    digest = xxhash.xxh64(f"{receiver.name}\x1f{source_key}\x1f".encode())
    for name in sorted(name for name in body.headers if name.startswith("ce-")):
        digest.update(f"{name}\x1f{body.headers[name]}\x1f".encode("utf-8", "surrogateescape"))
    digest.update(body.raw)
    return digest.digest()


def refusal_digest(body: bytes, index: int) -> int:
    """XXH64 of a body's digest and the place of an event in it."""
    return xxhash.xxh64_intdigest(body + index.to_bytes(4, "little"))


def _validate(kind: Kind[Any, Any], fields: Mapping[str, object]) -> BaseModel:
    """Raises Refused. Strict, as the published JSON Schema is: text is no number and 1 is not true."""
    try:
        event: Any = kind.model.model_validate_json(_encode(fields), strict=True)
    except ValidationError as error:
        raise refusal_of(error, kind) from None
    except (UnicodeEncodeError, TypeError, RecursionError):
        raise Refused("invalid_value", "", f"cannot be written as JSON; send the {kind.noun} alone") from None
    if event.time >= _LATEST:
        raise Refused("invalid_value", "time", "lies beyond 2099; send the time as it was")
    checked: BaseModel = event
    return checked
