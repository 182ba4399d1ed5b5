"""From a replayed changelog to a plan: is it still the same log, and what must be folded again."""

from __future__ import annotations

import asyncio
import logging

from stream.agents.context import Context
from stream.agents.ownership import Phase, Slot
from stream.agents.sidelog import LogHead, SideLog
from stream.agents.stopping import LogChanged, OffsetsLost, ReplayIncomplete
from stream.contract.frame import Kind, unpack
from stream.contract.records import Generation, decode_body
from stream.core.changelog import LogStart

_log = logging.getLogger("tokonomics.assignment")


async def plan_assignment(context: Context) -> None:
    """Plan every replayed partition; check that the live ones still read the same log.

    Raises WorkerFault and what the fold raises.
    """
    slots = list(context.ownership)
    committed = await context.consumer.group_offsets([slot.tp for slot in slots])
    inspections = [asyncio.to_thread(_inspect, context, slot, committed[slot.tp]) for slot in slots]
    await asyncio.gather(*inspections)
    for slot in slots:
        if slot.phase is not Phase.REPLAYING:
            continue
        assert slot.plan is not None
        again = slot.plan.refold_from < slot.plan.resume_at
        slot.phase = Phase.REBUILDING if again else Phase.LIVE
        _log.info(
            "planned topic=%s partition=%d replayed=%d refold_from=%d resume_at=%d committed=%s",
            *slot.tp, slot.replayed, slot.plan.refold_from, slot.plan.resume_at, committed[slot.tp],
        )  # fmt: skip


def _inspect(context: Context, slot: Slot, committed: int | None) -> None:
    """Look at the source log (blocking), then plan or compare. The ids come first: what is read afterwards is
    of these topics, or the first flush finds others.
    """
    log = context.log
    if slot.ids:
        context.topic_ids.require(slot.ids)
    else:
        slot.ids = context.topic_ids.of([slot.spec.source, slot.spec.changelog])
    head = log.head(slot.tp.topic, slot.tp.partition)
    if slot.phase is Phase.REPLAYING:
        _check_replay(log, slot)
        start = LogStart(head.first_offset, _generation(head), committed, slot.spec.partitions)
        slot.plan = slot.core.plan(start)
    else:
        _check_same_log(slot, head)
    slot.head = head


def _generation(head: LogHead) -> Generation | None:
    """The generation that the log begins with, None when with something else. Raises UnknownVersion."""
    if head.first is None or head.first.value is None:
        return None
    frame = unpack(head.first.value)
    return decode_body(frame.body, Generation) if frame.kind is Kind.GENERATION else None


def _check_replay(log: SideLog, slot: Slot) -> None:
    """Faust must have begun at the changelog's first record: one left out may be the only copy of a shard."""
    first = log.head(slot.spec.changelog, slot.tp.partition).first
    if first is not None and (slot.first_replayed is None or slot.first_replayed > first.offset):
        raise ReplayIncomplete(
            f"{slot.spec.changelog}[{slot.tp.partition}]: replay began at offset {slot.first_replayed}, "
            f"the log at {first.offset}; the next start replays it again"
        )


def _check_same_log(slot: Slot, head: LogHead) -> None:
    before, name = slot.head, f"{slot.tp.topic}[{slot.tp.partition}]"
    if head.first_offset > slot.core.next_offset:
        raise OffsetsLost(
            f"{name} begins at {head.first_offset}, the next to fold is {slot.core.next_offset}: "
            f"{head.first_offset - slot.core.next_offset} offsets lost"
        )
    if before is None or before.first is None or head.first_offset > before.first_offset:
        return
    if (
        head.first_offset < before.first_offset
        or head.first is None
        or head.first.value != before.first.value
    ):
        raise LogChanged(
            f"{name} is not the log this worker has folded: it was made anew; the next start reads it"
        )
