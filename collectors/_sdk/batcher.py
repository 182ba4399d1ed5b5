"""Batches per log and partition, and bodies that wait until every record they caused is acknowledged.

Lives in the event loop alone. A body's events are spread over partitions by identity and share batches with
other bodies' events; a batch is sent when it is full or the oldest event in it has lingered. If any record of
a body fails, the whole body is to be sent again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final

import msgspec

from collectors._sdk.admission import Admitted
from collectors._sdk.aliases import ALIASES
from collectors._sdk.errors import NotNow
from collectors._sdk.kind import R, Route, Stamp
from collectors._sdk.link import Link, Record
from collectors._sdk.meters import Meters
from collectors._sdk.outstanding import Done
from collectors._sdk.refusing import kept_field
from stream.contract.identity import partition_of
from stream.contract.records import Refusal, Refusals, encode_record
from stream.contract.topics import QUARANTINE

#: Far below max.message.bytes: batches with long labels are sent in halves.
_LARGEST_VALUE_BYTES: Final = 1024 * 1024
_LOOK_AGAIN_S: Final = 0.1
_encode_note: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Bounds:
    """``linger_s``: how long an event may wait for others; ``ack_s``: how long a body waits for its
    acknowledgement before it is answered 503; ``queued_events``: beyond, bodies are answered 429.
    """

    batch_events: int = 1000
    linger_s: float = 0.05
    ack_s: float = 20.0
    queued_events: int = 100_000


class _Ticket:
    """What one body waits for. ``settled``: called once nothing of it is on its way any more, which may be
    long after the body was put off: what a hanging broker holds back goes on counting as queued.
    """

    def __init__(self, future: asyncio.Future[None], settled: Callable[[], None]) -> None:
        self.future, self._settled, self._open = future, settled, 0

    def expect(self, records: int = 1) -> None:
        self._open += records

    def settle(self, error: BaseException | None) -> None:
        self._open -= 1
        if self._open == 0:
            self._settled()
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(
                NotNow(503, "not_acknowledged", "the broker did not acknowledge; send the body again")
            )
        elif self._open == 0:
            self.future.set_result(None)


@dataclass
class _Bucket:
    """A batch of one route and partition while it gathers. ``accepted_us``: of its oldest event;
    ``opened_us``: when the first was handed over, later than that if it comes from the spool.
    """

    accepted_us: int = 0
    opened_us: int = 0
    records: list[Any] = field(default_factory=list)
    tickets: list[_Ticket] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None


class Batcher:
    """``clock``: microseconds since 1970."""

    def __init__(self, link: Link, clock: Callable[[], int], meters: Meters, bounds: Bounds) -> None:
        self._link, self._clock, self._meters, self._bounds = link, clock, meters, bounds
        self._buckets: dict[Route[Any], dict[int, _Bucket]] = defaultdict(lambda: defaultdict(_Bucket))
        self._queued = self._batches = 0
        self._room = asyncio.Event()

    @property
    def most_queued(self) -> int:
        """Events."""
        return self._bounds.queued_events

    @property
    def ready(self) -> bool:
        """Whether the broker takes records, as far as is known."""
        return self._link.ready and self._link.partitions is not None

    def check_broker(self) -> int:
        """Number of partitions. Raises NotNow (503) while the broker is away."""
        partitions = self._link.partitions
        if not self._link.ready or partitions is None:
            raise NotNow(503, "broker_away", "the broker is away or lacks topics; send the body again", 2)
        return partitions

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    async def wait_for_broker(self, hold_s: float) -> None:
        """Raises NotNow (503) when the broker is away and stays so for ``hold_s``."""
        until_s = self._loop.time() + hold_s
        while not self._link.ready and self._loop.time() < until_s:
            await asyncio.sleep(_LOOK_AGAIN_S)
        self.check_broker()

    async def wait_for_room(self, hold_s: float) -> None:
        """Raises NotNow (429) when the queue is full and stays so for ``hold_s``."""
        until_s = self._loop.time() + hold_s
        while self._queued >= self._bounds.queued_events:
            self._room.clear()
            try:
                async with asyncio.timeout_at(until_s):
                    await self._room.wait()
            except TimeoutError:
                raise NotNow(429, "queue_full", "the collector is busy; send the body again later") from None

    async def deliver(
        self, admitted: Admitted, *, patience_s: float | None = None, accepted_us: int | None = None
    ) -> None:
        """Returns once everything that a body caused is acknowledged. Raises NotNow. ``patience_s``: how long
        to wait for it, where not as long as for others; ``accepted_us``: when the body was answered, if it
        was.
        """
        count = len(admitted.records) + len(admitted.refused)
        if not count:
            return

        def hand_over(ticket: _Ticket, partitions: int, accepted_us: int) -> None:
            self._add(admitted.kind.route, admitted.records, ticket, partitions, accepted_us)
            self._add(ALIASES, admitted.aliases, ticket, partitions, accepted_us)
            self._refuse(admitted, ticket, partitions, accepted_us)

        await self._deliver(count, hand_over, patience_s, accepted_us)

    async def deliver_records(self, route: Route[R], records: Sequence[R]) -> None:
        """Returns once records that no body brought are acknowledged. Raises NotNow."""

        def hand_over(ticket: _Ticket, partitions: int, accepted_us: int) -> None:
            self._add(route, records, ticket, partitions, accepted_us)

        if records:
            await self._deliver(len(records), hand_over)

    async def _deliver(
        self,
        count: int,
        hand_over: Callable[[_Ticket, int, int], None],
        patience_s: float | None = None,
        accepted_us: int | None = None,
    ) -> None:
        """``hand_over`` sends or gathers; each record that its ticket expects is waited for."""
        partitions = self.check_broker()
        if self._queued and self._queued + count > self._bounds.queued_events:
            raise NotNow(429, "queue_full", "the collector is busy; send the body again later")
        ack_s = self._bounds.ack_s if patience_s is None else min(patience_s, self._bounds.ack_s)
        ticket = _Ticket(self._loop.create_future(), partial(self._grow, -count))
        self._grow(count)
        try:
            ticket.expect()  # this call itself, so that nothing is settled before all is handed over
            try:
                hand_over(ticket, partitions, self._clock() if accepted_us is None else accepted_us)
            finally:
                ticket.settle(None)
            async with asyncio.timeout(ack_s):
                await ticket.future
        except TimeoutError:
            message = f"the broker did not acknowledge within {ack_s:g} s; send the body again"
            raise NotNow(503, "not_acknowledged", message, 2) from None

    def flush(self) -> None:
        """Send what gathers."""
        for route, buckets in list(self._buckets.items()):
            for partition in list(buckets):
                self._close(route, partition)

    def _grow(self, count: int) -> None:
        self._queued += count
        self._meters.queued_events.set(self._queued)
        if self._queued < self._bounds.queued_events:
            self._room.set()

    def _add(
        self, route: Route[R], records: Sequence[R], ticket: _Ticket, partitions: int, accepted_us: int
    ) -> None:
        buckets, hash_of = self._buckets[route], route.hash_of
        for record in records:
            partition = partition_of(hash_of(record), partitions)
            bucket = buckets[partition]
            if not bucket.records:
                bucket.accepted_us, bucket.opened_us = accepted_us, self._clock()
                bucket.timer = self._loop.call_later(self._bounds.linger_s, self._close, route, partition)
            bucket.accepted_us = min(bucket.accepted_us, accepted_us)
            bucket.records.append(record)
            if not bucket.tickets or bucket.tickets[-1] is not ticket:
                bucket.tickets.append(ticket)
                ticket.expect()
            if len(bucket.records) >= self._bounds.batch_events:
                self._close(route, partition)

    def _close(self, route: Route[Any], partition: int) -> None:
        bucket = self._buckets[route].pop(partition, None)
        if bucket is None:
            return
        if bucket.timer is not None:
            bucket.timer.cancel()
        try:
            values = self._encode(route, bucket.records, bucket.accepted_us)
        except BaseException as error:
            for ticket in bucket.tickets:
                ticket.settle(error)
            raise
        for ticket in bucket.tickets:
            ticket.expect(len(values) - 1)
        key = partition.to_bytes(4, "big")
        for value, count in values:
            events = count if route.events else 0
            record = Record(route.topic, value, bucket.opened_us // 1000, key, partition, events)
            self._send(record, bucket.tickets)

    def _encode(self, route: Route[R], records: Sequence[R], accepted_us: int) -> list[tuple[bytes, int]]:
        """(value, records) of one batch, or of several where labels are long."""
        self._batches += 1
        value = route.encode(records, Stamp(self._link.name, self._batches, accepted_us))
        if len(value) <= _LARGEST_VALUE_BYTES or len(records) == 1:
            return [(value, len(records))]
        half = len(records) // 2
        return self._encode(route, records[:half], accepted_us) + self._encode(
            route, records[half:], accepted_us
        )

    def _refuse(self, admitted: Admitted, ticket: _Ticket, partitions: int, accepted_us: int) -> None:
        """Refusals count in the log that the events were meant for, notes are for people: neither holds what
        was sent.
        """
        kind, now_ms = admitted.kind, self._clock() // 1000
        by_partition: dict[int, list[Refusal]] = defaultdict(list)
        for refused in admitted.refused:
            refusal = Refusal(admitted.source_key, refused.reason, refused.digest)
            by_partition[partition_of(refused.digest, partitions)].append(refusal)
            digest = f"{refused.digest:016x}"
            note = {
                "source_key": admitted.source_key,
                "reason": refused.reason,
                "digest": digest,
                "field": kept_field(refused.field, kind.model),
                "position": refused.index,
                "received_us": accepted_us,
            }
            ticket.expect()
            self._send(Record(QUARANTINE, _encode_note(note), now_ms, digest.encode()), [ticket])
        for partition, refusals in by_partition.items():
            key = partition.to_bytes(4, "big")
            for at in range(0, len(refusals), self._bounds.batch_events):
                some = refusals[at : at + self._bounds.batch_events]
                value = encode_record(Refusals(accepted_us, some))
                ticket.expect()
                topic = kind.route.topic
                self._send(Record(topic, value, now_ms, key, partition, len(some)), [ticket])

    def _send(self, record: Record, tickets: Sequence[_Ticket]) -> None:
        self._link.send(record, self._in_loop(tickets))

    def _in_loop(self, tickets: Sequence[_Ticket]) -> Done:
        def settle(error: BaseException | None) -> None:
            for ticket in tickets:
                ticket.settle(error)

        def done(error: BaseException | None) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(settle, error)

        return done
