"""Closing holes that stay: ask the broker for exactly the missing offset, then seek or step over."""

from __future__ import annotations

import asyncio
import logging
import time

from stream.agents.context import Context
from stream.agents.folding import Folding
from stream.agents.holes import Answer, Finding, Hole, is_due, judge
from stream.agents.ownership import Slot
from stream.agents.stopping import HoleStays, OffsetsLost

_log = logging.getLogger("tokonomics.holes")
_MOST_SEEKS = 10


async def close_due_holes(context: Context, folding: Folding) -> None:
    """Look at the holes of one agent's partitions. Raises OffsetsLost, HoleStays and the broker's errors."""
    now = time.monotonic()
    for slot in context.ownership:
        hole = slot.hole
        if slot.spec is folding.spec and hole is not None and is_due(hole, now, context.settings.hole_wait_s):
            await _close(context, folding, slot, hole)


async def _close(context: Context, folding: Folding, slot: Slot, hole: Hole) -> None:
    answer = await asyncio.to_thread(context.log.ask, slot.tp.topic, slot.tp.partition, hole.missing)
    if not context.ownership.is_current(slot) or slot.hole is not hole:
        return
    finding = judge(hole.missing, answer)
    _log.warning(
        "hole topic=%s partition=%d missing=%d beyond=%d finding=%s",
        *slot.tp,
        hole.missing,
        hole.beyond,
        finding.value,
    )
    hole.since, hole.seeks = time.monotonic(), hole.seeks + 1
    if hole.seeks > _MOST_SEEKS:
        raise HoleStays(
            f"{slot.tp.topic}[{slot.tp.partition}]: offset {hole.missing} was sought {_MOST_SEEKS} times"
        )
    if finding is Finding.NOTHING_YET:
        return
    if finding is not Finding.PRESENT:
        await _step_over(context, folding, slot, hole, _left_from(slot, hole, finding, answer))
    context.meters.hole_seeks.labels(slot.spec.name).inc()
    slot.repositioning = True
    try:
        await context.consumer.reposition(
            slot.tp, slot.core.next_offset, lambda: context.ownership.is_current(slot)
        )
    finally:
        slot.repositioning = False


def _left_from(slot: Slot, hole: Hole, finding: Finding, answer: Answer) -> int:
    """First offset after the gap. Raises OffsetsLost unless it holds no record or its loss is accepted."""
    if finding is Finding.CONTROL_ONLY:
        assert answer.came is not None
        return answer.came
    topic, partition = slot.tp
    if not slot.spec.accepted_loss(topic, partition, hole.missing, answer.first_offset):
        raise OffsetsLost(
            f"{topic}[{partition}] begins at {answer.first_offset}, the next to fold is {hole.missing}: "
            f"{answer.first_offset - hole.missing} offsets lost"
        )
    return answer.first_offset


async def _step_over(context: Context, folding: Folding, slot: Slot, hole: Hole, offset: int) -> None:
    async with folding.turn:
        if context.ownership.is_current(slot) and slot.core.next_offset == hole.missing:
            slot.core.step_over(offset)
            slot.hole = None
            context.meters.stepped_over.labels(slot.spec.name).inc(offset - hole.missing)
