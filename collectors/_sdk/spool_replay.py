"""Sends what the spool holds once the broker is back: in order, through the same batches as new bodies.

The log's time of such records is the time of the replay, their ``accepted_us`` the time of the answer. A
segment goes once the broker has acknowledged all that is in it: a crash before that sends some of it
again, and identity removes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final

from collectors._sdk.batcher import Batcher
from collectors._sdk.errors import NotNow
from collectors._sdk.kind import Kind
from collectors._sdk.meters import Meters
from collectors._sdk.spool import Spool
from collectors._sdk.spool_bodies import NotReadable, Spooled, from_frame
from collectors._sdk.spool_frames import Frame

#: Full batches for several partitions at once, and some 20 MB of memory.
_WINDOW_EVENTS: Final = 8_000
_LOOK_S: Final = 0.2
_AGAIN_S: Final = 0.5
_DISK_AGAIN_S: Final = 5.0
log = logging.getLogger(__name__)


class Replay:
    """``kinds``: of all receivers, whether they are on or not."""

    def __init__(
        self, spool: Spool, batcher: Batcher, kinds: Sequence[Kind[Any, Any]], meters: Meters
    ) -> None:
        self._spool, self._batcher, self._kinds, self._meters = spool, batcher, kinds, meters
        self._window = max(1, min(_WINDOW_EVENTS, batcher.most_queued // 2))

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            wait_s = _LOOK_S
            if self._batcher.ready:
                try:
                    name = await self._spool.oldest_segment()
                    if name is not None:
                        await self._replay(name)
                        continue
                except OSError as error:
                    said = error.strerror or type(error).__name__
                    log.error("spool: cannot be read: %s; trying again, see to its disk", said)
                    wait_s = _DISK_AGAIN_S
            await asyncio.sleep(wait_s)

    async def _replay(self, name: str) -> None:
        """A whole segment."""
        found = await self._spool.read(name)
        damaged = found.damaged
        for window in _windows(found.frames, self._window):
            bodies = []
            for frame in window:
                try:
                    bodies.append(from_frame(frame, self._kinds))
                except NotReadable as error:
                    log.error("%s", error)
                    damaged += 1
            await self._deliver(bodies)
        if not damaged:
            await self._spool.remove(name)
            return
        self._meters.spool_damaged.inc(damaged)
        kept = await self._spool.set_aside(name)
        log.error("spool: %s holds %d parts that cannot be read; all others are sent", kept, damaged)

    async def _deliver(self, bodies: Sequence[Spooled]) -> None:
        """Returns once every one is acknowledged."""
        left = list(bodies)
        while left:
            tasks = [asyncio.create_task(self._one(body)) for body in left]
            await asyncio.sleep(0)  # each has handed its records over, in this order
            self._batcher.flush()
            acknowledged = await asyncio.gather(*tasks)
            left = [body for body, done in zip(left, acknowledged, strict=True) if not done]
            if left:
                await asyncio.sleep(_AGAIN_S)

    async def _one(self, body: Spooled) -> bool:
        try:
            await self._batcher.deliver(body.admitted, accepted_us=body.accepted_us)
        except NotNow:
            return False
        count = len(body.admitted.records) + len(body.admitted.refused)
        self._meters.replayed.inc(count)
        return True


def _windows(frames: Sequence[Frame], events: int) -> Iterator[list[Frame]]:
    """Parts with at least one frame, of about ``events`` events."""
    window: list[Frame] = []
    held = 0
    for frame in frames:
        if window and held + frame.events > events:
            yield window
            window, held = [], 0
        window.append(frame)
        held += frame.events
    if window:
        yield window
