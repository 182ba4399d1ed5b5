"""One agent's loop: take, fold, make durable, acknowledge. Never raises, never yields."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from stream.agents.context import Context
from stream.agents.durability import Durability, Pace
from stream.agents.holes import note_hole
from stream.agents.ownership import Slot
from stream.agents.spec import AgentSpec
from stream.core.partition import Offer


class Folding:
    """Folds the records of one agent's source topic. ``turn`` keeps folding and flushing apart."""

    def __init__(self, context: Context, spec: AgentSpec) -> None:
        settings = context.settings
        self.spec = spec
        self.turn = asyncio.Lock()
        self._context = context
        self._pace = Pace(settings.flush_interval_s, settings.flush_share)
        self._forced_at = time.monotonic()
        self._durability = Durability(context, spec.name)

    async def consume(self, stream: Any) -> None:
        """Body of the Faust agent. Whatever is unexpected ends the process with nothing acknowledged."""
        await self._context.or_stop(self._take(stream))

    async def _take(self, stream: Any) -> None:
        settings = self._context.settings
        async for events in stream.noack_take(settings.take_records, within=settings.take_within_s):
            async with self.turn:
                await self._fold_all(events)
                await self._flush_when_due()

    async def tick(self) -> None:
        """Flush what is due although no record comes in."""
        if time.monotonic() < self._pace.due_at or self.turn.locked():
            return
        async with self.turn:
            await self._flush_when_due()

    async def flush_now(self, force: bool) -> None:
        """Make everything durable that has been folded, and acknowledge it."""
        async with self.turn:
            await self._flush(force)

    async def _fold_all(self, events: Sequence[Any]) -> None:
        generation = self._context.app.consumer_generation_id
        for number, event in enumerate(events):
            message = event.message
            slot = self._context.ownership.live(message.tp)
            if slot is None or slot.repositioning or message.generation_id != generation:
                self._context.meters.skipped.labels(self.spec.name).inc()  # read again by its owner
                continue
            await self._fold(slot, message)
            if number % 16 == 15:
                await asyncio.sleep(0)  # heartbeats, acknowledgements and timers of the other agents

    async def _fold(self, slot: Slot, message: Any) -> None:
        value = message.value or b""
        digest = slot.core.needs_configuration(value)
        if digest is not None and not slot.configurations.held(digest):
            await asyncio.to_thread(slot.configurations.load, digest)
            if not self._context.ownership.is_current(slot):
                return
        offer = slot.core.offer(message.offset, round(message.timestamp * 1000), value)
        slot.highest_seen = max(slot.highest_seen, message.offset)
        if offer is Offer.HOLE:
            self._note_hole(slot, message.offset)
            return
        message.value = None  # only the offset is needed until the acknowledgement
        slot.unacked.append(message)
        if offer is Offer.FOLDED:
            slot.hole = None
            self._context.meters.folded.labels(self.spec.name).inc()
        else:
            if slot.hole is not None:
                slot.hole.since = time.monotonic()  # the log is being read again towards the hole
            self._context.meters.duplicates.labels(self.spec.name).inc()

    def _note_hole(self, slot: Slot, offset: int) -> None:
        before = slot.hole
        slot.hole = note_hole(before, slot.core.next_offset, offset, time.monotonic())
        if slot.hole is not before:
            self._context.meters.holes.labels(self.spec.name).inc()

    async def _flush_when_due(self) -> None:
        now = time.monotonic()
        if now < self._pace.due_at:
            return
        force = now - self._forced_at >= self._context.settings.force_flush_every_s
        if force:
            self._forced_at = now
        await self._flush(force)
        self._pace.done(now, time.monotonic())

    async def _flush(self, force: bool) -> None:
        ownership = self._context.ownership
        slots = [s for s in ownership if s.spec is self.spec and ownership.live(s.tp) is s]
        await self._durability.flush(slots, force)
        for slot in slots:
            lag = max(0, slot.highest_seen - slot.core.durable_offset)
            self._context.meters.lag.labels(self.spec.name, str(slot.tp.partition)).set(lag)
