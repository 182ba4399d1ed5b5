"""Making state durable and acknowledging what it holds: folded AND durable AND still owned, in that order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from stream.agents.context import Context
from stream.agents.ownership import Slot
from stream.agents.stopping import FlushTimeout
from stream.core.effects import Write


@dataclass
class Pace:
    """When the next flush is due: after ``interval_s``, later when flushes take over ``share`` of the time.

    Of two flushes in a row the shorter counts: one that waited for a broker that was away says nothing of the
    next. Times are seconds of a monotonic clock that the caller reads.
    """

    interval_s: float
    share: float
    due_at: float = 0.0
    last_took_s: float = 0.0

    def done(self, began: float, ended: float) -> None:
        took = ended - began
        usual, self.last_took_s = min(took, self.last_took_s), took
        self.due_at = ended + max(self.interval_s, usual * (1.0 / self.share - 1.0))


class Durability:
    """Flushes the partitions of one agent."""

    def __init__(self, context: Context, agent: str) -> None:
        self._context, self._agent = context, agent
        self._app, self._ownership, self._meters = context.app, context.ownership, context.meters
        self._timeout_s = context.settings.flush_timeout_s

    async def flush(self, slots: Sequence[Slot], force: bool) -> None:
        """Write what the partitions have to write, stage by stage, then acknowledge what has become durable.

        Raises LogChanged, FlushTimeout or the producer's error; nothing is acknowledged then.
        """
        began = time.perf_counter()
        work = [(slot, flush) for slot in slots if (flush := slot.core.flush(force=force)) is not None]
        if work:
            await asyncio.to_thread(self._context.topic_ids.require, _ids(slot for slot, _ in work))
        for number in range(max((len(flush.stages) for _, flush in work), default=0)):
            await self._write([(s, f.stages[number]) for s, f in work if number < len(f.stages)])
        for slot, flush in work:
            slot.core.confirm(flush)
        for slot in slots:
            self.acknowledge(slot)
        if work:
            self._meters.flush_seconds.labels(self._agent).observe(time.perf_counter() - began)

    def acknowledge(self, slot: Slot) -> None:
        """Acknowledge the delivered records of a partition that its durable state holds."""
        if not self._ownership.is_current(slot):
            slot.unacked.clear()
            return
        durable, consumer = slot.core.durable_offset, self._app.consumer
        while slot.unacked and slot.unacked[0].offset <= durable:
            slot.unacked.popleft().ack(consumer)

    async def _write(self, stage: Sequence[tuple[Slot, Sequence[Write]]]) -> None:
        """Send one stage of every partition, then wait until the broker has acknowledged all of it."""
        sent = [await self._send(slot, write) for slot, writes in stage for write in writes]
        if not sent:
            return
        try:
            await asyncio.wait_for(asyncio.gather(*sent), self._timeout_s)
        except TimeoutError:
            raise FlushTimeout(
                f"{len(sent)} records were not acknowledged within {self._timeout_s:.0f} s; "
                "is the broker reachable, and are min.insync.replicas in sync?"
            ) from None
        self._meters.written.labels(self._agent).inc(len(sent))

    async def _send(self, slot: Slot, write: Write) -> Any:
        partition = slot.tp.partition if write.target == "state" else write.partition
        topic = slot.spec.topic_of(write.target)
        return await self._app.producer.send(topic, write.key, write.value, partition, None, None)


def _ids(slots: Iterable[Slot]) -> dict[str, str]:
    return {topic: known for slot in slots for topic, known in slot.ids.items()}
