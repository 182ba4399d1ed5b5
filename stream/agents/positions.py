"""The state's offset is the truth, the group's a hint: explicit seeks after a rebalance, and rebuilds."""

from __future__ import annotations

import asyncio
import logging

from faust.types import TP

from stream.agents.context import Context
from stream.agents.ownership import Phase, Slot
from stream.agents.rebuild import rebuild

_log = logging.getLogger("tokonomics.assignment")


class Positions:
    """Decides where each held partition is read from."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rebuilds: dict[Slot, asyncio.Task[None]] = {}

    async def after_seek(self) -> None:
        """Faust has sought to the group's offsets: set them right. Any error ends the process."""
        if self._context.ownership.held:
            await self._context.or_stop(self._seek_held())

    async def _seek_held(self) -> None:
        targets: dict[TP, int] = {}
        again: list[Slot] = []
        for slot in self._context.ownership:
            if slot.phase is Phase.LIVE:
                targets[slot.tp] = self._target(slot)
            else:
                self._context.consumer.pause_partitions({slot.tp})
                again.append(slot)
        for slot in sorted(again, key=_offsets_again):  # the small logs do not wait for the large one
            self._start_rebuild(slot)
        if targets:
            await self._context.consumer.seek_wait(targets)

    def _target(self, slot: Slot) -> int:
        """Next offset to fold. Rewinds where the group has committed past the state: Faust acknowledges
        what it skips."""
        wanted, committed = slot.core.next_offset, self._context.consumer.committed(slot.tp)
        if committed is not None and committed > wanted:
            self._context.meters.rewinds.labels(slot.spec.name).inc()
            _log.warning("rewound topic=%s partition=%d committed=%d next=%d", *slot.tp, committed, wanted)
        else:
            self._context.consumer.expect_acks_from(slot.tp, wanted)
        return wanted

    def _start_rebuild(self, slot: Slot) -> None:
        if slot not in self._rebuilds:
            work = self._context.or_stop(
                self._rebuild(slot), lambda: self._context.ownership.is_current(slot)
            )
            self._rebuilds[slot] = asyncio.ensure_future(work)
            self._rebuilds[slot].add_done_callback(lambda _: self._rebuilds.pop(slot, None))

    async def _rebuild(self, slot: Slot) -> None:
        context = self._context
        assert slot.plan is not None
        done = await asyncio.get_running_loop().run_in_executor(
            context.pool, rebuild, slot, slot.plan, context.log, context.meters
        )
        if done and context.ownership.is_current(slot):
            slot.phase = Phase.LIVE
            await self._go_live(slot)

    async def _go_live(self, slot: Slot) -> None:
        """Read on where the rebuild ended. The partition has been paused since before the flow resumed."""
        await self._context.consumer.seek_wait({slot.tp: self._target(slot)})
        if self._context.ownership.is_current(slot):
            self._context.consumer.resume_partitions({slot.tp})


def _offsets_again(slot: Slot) -> int:
    """How much of its log a partition folds again."""
    return slot.plan.resume_at - slot.plan.refold_from if slot.plan is not None else 0
