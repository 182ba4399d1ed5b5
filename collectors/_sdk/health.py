"""GET /health: whether the broker acknowledges, and where bodies go meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collectors._sdk.errors import NotNow
from collectors._sdk.link import Link
from collectors._sdk.spool import Spool

_FRESH_S: Final = 2.0  #: the broker is asked when its last acknowledgement is older


class Health:
    """``spooling``: names of the receivers whose bodies go into ``spool`` while the broker is away."""

    def __init__(self, link: Link, broker: str, spool: Spool | None, spooling: Collection[str]) -> None:
        self._link, self._broker, self._spool, self._spooling = link, broker, spool, sorted(spooling)

    async def answer(self, request: Request) -> Response:
        """200 only when the broker acknowledges, and the topics are there; with ``?receiver=NAME`` also while
        that receiver's bodies go into the spool.
        """
        link = self._link
        if link.ready and link.acknowledged_ago_s > _FRESH_S:
            await self._ask()
        if link.ready and link.acknowledged_ago_s <= _FRESH_S:
            return _json(200, {"status": "ok", "partitions": link.partitions, **self._held()})
        message = link.waiting_for or f"the broker at {self._broker} acknowledges nothing; see to it"
        if self._spool is None or not self._spooling:
            return _json(503, {"status": "waiting", "message": message})
        try:
            self._spool.check()
        except NotNow as error:
            return _json(503, {"status": "waiting", "message": f"{message}; {error}", **self._held()})
        status = 200 if request.query_params.get("receiver") in self._spooling else 503
        said = {"status": "spooling", "message": message, "receivers": self._spooling}
        return _json(status, {**said, **self._held()})

    def _held(self) -> dict[str, int]:
        held = 0 if self._spool is None else self._spool.events
        return {"spooled_events": held} if held else {}

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        answered = asyncio.Event()
        self._link.ask(lambda error: _call_soon(loop, answered.set))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FRESH_S):
                await answered.wait()


def _json(status: int, content: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
