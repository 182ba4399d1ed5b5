"""Seeking a source partition while Faust is consuming, so that nothing it still holds undoes the seek."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from faust.types import TP

from stream.agents.faults import MendedConsumer, MendedTransport


class ExactConsumer(MendedConsumer):
    """Leaves the last word on positions to the runtime (``after_seek``) and counts its fetch rounds."""

    after_seek: Callable[[], Awaitable[None]] | None = None
    rounds = 0
    _seeking: asyncio.Lock | None = None

    async def perform_seek(self) -> None:
        """Faust seeks to what the group has committed; the state may say otherwise.

        Faust calls this after a replay, and when a fetch returns while the flow is stopped:
        never both at once.
        """
        self._seeking = self._seeking or asyncio.Lock()
        async with self._seeking:
            await super().perform_seek()
            if self.after_seek is not None:
                await self.after_seek()

    async def _wait_next_records(self, timeout: float) -> Any:
        self.rounds += 1
        return await super()._wait_next_records(timeout)

    async def reposition(self, tp: TP, offset: int, wanted: Callable[[], bool]) -> None:
        """Read on from ``offset``, in the midst of consumption, as long as ``wanted()``.

        Pauses the partition and waits for the fetch round under way to end: its records would set Faust's
        read position beyond ``offset`` again, and Faust drops what lies below that. A rebalance makes it
        unwanted, and seeks by itself.
        """
        self.pause_partitions({tp})
        seen = self.rounds
        while self.rounds == seen and wanted():
            await asyncio.sleep(0.02)
        if wanted():
            await self.seek_wait({tp: offset})
        if wanted():
            self.resume_partitions({tp})

    async def group_offsets(self, tps: Iterable[TP]) -> dict[TP, int | None]:
        """What the group has committed now (the next offset to read), None where it never has."""
        thread = self._thread
        return {tp: await thread.call_thread(thread._ensure_consumer().committed, tp) for tp in tps}

    def committed(self, tp: TP) -> int | None:
        """What the group has committed (the next offset to read), as of the last ``perform_seek``."""
        return self._committed_offset.get(tp)

    def expect_acks_from(self, tp: TP, offset: int) -> None:
        """Acknowledgements of this partition will start at ``offset``, beyond what is committed.

        Without this Faust waits for ever for the acknowledgement of the records that were stepped over.
        """
        self._committed_offset[tp] = offset


class ExactTransport(MendedTransport):
    Consumer = ExactConsumer
