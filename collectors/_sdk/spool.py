"""The spool: bodies that are answered 2xx once they are on the disk, while the broker cannot take them.

Lives in the event loop; the disk is used in one thread of its own, one thing after the other. Bodies that
come within ``fsync_s`` of each other, or while the disk is busy, share one write and one fsync.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, TypeVar

from collectors._sdk.errors import NotNow
from collectors._sdk.meters import Meters
from collectors._sdk.spool_frames import Found, Frame
from collectors._sdk.spool_segments import Segments

_T = TypeVar("_T")
_US: Final = 1_000_000
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SpoolBounds:
    """Beyond ``most_bytes`` on disk, or once the oldest body is older than ``oldest_s``, nothing more is
    taken; what is held stays. ``waiting_bytes``: of bodies in memory that wait for the disk.
    """

    most_bytes: int
    oldest_s: float = 72 * 3600.0
    fsync_s: float = 0.005
    waiting_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True)
class _Waiting:
    frame: Frame
    future: asyncio.Future[None]


class Spool:
    """``clock``: microseconds since 1970. ``segments``: given over to the spool's thread. ``closed``:
    called once the disk is left alone.
    """

    def __init__(
        self,
        segments: Segments,
        clock: Callable[[], int],
        meters: Meters,
        bounds: SpoolBounds,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._segments, self._clock, self._meters, self._bounds = segments, clock, meters, bounds
        self._closed = closed
        self._thread = ThreadPoolExecutor(1, "spool")
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._committing: asyncio.Task[None] | None = None
        meters.spool_age_seconds.set_function(lambda: self.oldest_age_s)
        self._show()

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    @property
    def events(self) -> int:
        """Events on disk."""
        return self._segments.events

    @property
    def oldest_age_s(self) -> float:
        """0 when nothing is held."""
        oldest_us = self._segments.oldest_us
        return 0.0 if oldest_us is None else max(0.0, (self._clock() - oldest_us) / _US)

    def check(self, more_bytes: int = 0) -> None:
        """Raises NotNow (503) when a body cannot be taken."""
        bounds = self._bounds
        if self._segments.size + self._waiting_bytes + more_bytes > bounds.most_bytes:
            raise NotNow(
                503, "spool_full", "the broker is away and the spool is full; send the body again", 5
            )
        if self.oldest_age_s > bounds.oldest_s:
            raise NotNow(503, "spool_old", "the broker has been away for too long; send the body again", 30)
        if self._waiting and self._waiting_bytes + more_bytes > bounds.waiting_bytes:
            raise NotNow(503, "spool_busy", "the spool's disk is busy; send the body again", 1)

    async def put(self, frame: Frame) -> None:
        """Returns once a crash cannot take it any more. Raises NotNow (503)."""
        self.check(frame.size)
        waiting = _Waiting(frame, self._loop.create_future())
        self._waiting.append(waiting)
        self._waiting_bytes += frame.size
        if self._committing is None or self._committing.done():
            self._committing = self._loop.create_task(self._commit())
        await waiting.future

    async def _commit(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._bounds.fsync_s)
            taken, self._waiting = self._waiting, []
            error: NotNow | None = NotNow(503, "spool_failed", "the spool has ended; send the body again", 1)
            try:
                await self._do(partial(self._segments.append, [waiting.frame for waiting in taken]))
                error = None
            except OSError as failure:
                said = failure.strerror or type(failure).__name__
                log.error("spool: %s: bodies are put off; see to its disk", said)
                error = NotNow(503, "spool_failed", f"the spool's disk: {said}; send the body again", 5)
            finally:
                self._waiting_bytes -= sum(waiting.frame.size for waiting in taken)
                for waiting in taken:
                    _settle(waiting.future, error)
                self._show()

    async def oldest_segment(self) -> str | None:
        """The next to be read; nothing is added to it any more."""
        return await self._do(self._segments.oldest_sealed)

    async def read(self, name: str) -> Found:
        """Raises OSError."""
        return await self._do(partial(self._segments.read, name))

    async def remove(self, name: str) -> None:
        """Once the broker has acknowledged all that is in it. Raises OSError."""
        await self._do(partial(self._segments.remove, name))
        self._show()

    async def set_aside(self, name: str) -> str:
        """Keep for people what could not be read: the segment's new path. Raises OSError."""
        kept = await self._do(partial(self._segments.set_aside, name))
        self._show()
        return kept

    async def close(self) -> None:
        """What waits is written; then the disk is left alone."""
        if self._committing is not None:
            await self._committing
        self._thread.shutdown()
        self._closed()

    async def _do(self, work: Callable[[], _T]) -> _T:
        return await self._loop.run_in_executor(self._thread, work)

    def _show(self) -> None:
        self._meters.spool_events.set(self._segments.events)
        self._meters.spool_bytes.set(self._segments.size)


def _settle(future: asyncio.Future[None], error: NotNow | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
