"""A small world around the real ExactPartition: a log, a compacted changelog, owners, zombies, ledgers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar
from zoneinfo import ZoneInfo

import numpy as np

from stream.contract.batches import to_batch
from stream.contract.columns import UsageBatch, encode_batch
from stream.contract.names import LABELS
from stream.contract.records import Epoch, Generation, Heartbeat, encode_record
from stream.contract.rows import (
    MEASURE_INDEX,
    REFUSAL,
    Closed,
    Marker,
    Row,
    Shard,
    decode_state,
)
from stream.contract.usage import UsageRecord
from stream.core.effects import Write
from stream.core.measures import Costs
from stream.core.partition import ExactPartition, Flush, LogStart, Offer
from stream.core.telemetry import TelemetryState
from tests.exact.oracle import RATE_NANO_USD, Event, Oracle

WINDOW_DAYS = 1
#: Retention has seven days beyond two windows: four are the re-fold's margin, one is the day begun.
_MOST_BEHIND_MS = 2 * 86_400_000
_PICKED = {
    "attempts": "attempts_success",
    "requests": "requests_success",
    "missing": "usage_missing",
    "tokens": "tokens_input",
    "cost": "cost_nano_usd_input",
    "redelivered": "redelivered",
    "duplicates": "duplicates",
    "completed": "usage_completed",
    "conflicts": "conflicts",
}


class FlatRate:
    """A configuration with one rate for everything and no bounds."""

    bounds: ClassVar[dict[str, int]] = dict.fromkeys(LABELS, 1000)
    declared: ClassVar[dict[str, list[str]]] = {}
    fold_version = 1
    zone = ZoneInfo("Pacific/Auckland")  # half a day ahead: people's days are not the log's

    def costs(self, batch: UsageBatch) -> Costs:
        leaves = batch.leaves() * RATE_NANO_USD
        zeros = np.zeros(batch.count, np.int64)
        return Costs(leaves, zeros, zeros, leaves.sum(axis=1), np.zeros(batch.count, np.uint8))


def encode_events(events: list[Event], now_us: int) -> bytes:
    """A usage batch of the oracle's events."""
    records = []
    for event in events:
        labels = dict.fromkeys(LABELS, "") | {
            "department": event.department,
            "source_key": event.source,
            "environment": event.environment,
        }
        leaves = None if event.tokens is None else {"input": event.tokens}
        records.append(
            UsageRecord(
                event.request,
                event.event,
                event.time_us,
                tuple(labels.values()),
                0,
                1,
                event.final,
                leaves=leaves,
                person=event.person or None,
                person_previous=event.person + 1 if event.person else None,
                population=event.population,
            )
        )
    return encode_batch(to_batch(records, batch_id="b", producer="p", seq=0, accepted_us=now_us))


@dataclass
class Owner:
    """A worker's hold of the partition, and the flush it is in the middle of."""

    partition: ExactPartition
    writes: Iterator[Write] | None = None


@dataclass
class Log:
    """One incarnation of the source topic. Records below ``first`` fell to retention."""

    id: str
    records: list[tuple[int, bytes]] = field(default_factory=list)
    first: int = 0


class Ledger:
    """The ledger's rule in its plainest form: the highest stamp per row wins, closed and open alike."""

    def __init__(self) -> None:
        self.rows: dict[tuple[object, ...], tuple[int, Row]] = {}
        self.read_state = self.read_closed = 0

    def copy(self) -> Ledger:
        """A backup."""
        other = Ledger()
        other.rows, other.read_state, other.read_closed = dict(self.rows), self.read_state, self.read_closed
        return other

    def take(self, value: bytes | None) -> None:
        record = decode_state(value) if value is not None else None
        if not isinstance(record, Shard):
            return
        for row in record.rows:
            key = (
                record.generation,
                record.partition,
                record.day,
                row.kind,
                row.origin,
                row.hour,
                tuple(row.labels),
            )
            held = self.rows.get(key)
            if held is None or record.stamp > held[0]:
                if held is not None:
                    _check_grows(held[1], row)
                self.rows[key] = (record.stamp, row)
            elif record.stamp == held[0]:
                assert _values(held[1]) == _values(row), f"equal stamp {record.stamp}, other value: {key}"

    def totals(self) -> tuple[Counter[object], Counter[object]]:
        counts: Counter[object] = Counter()
        refused: Counter[object] = Counter()
        for _, row in self.rows.values():
            values = _values(row)
            labels = tuple(row.labels)
            if row.kind == REFUSAL:
                refused[labels] += values.get(0, 0)
            elif row.kind == 0:
                for name, measure in _PICKED.items():
                    amount = values.get(MEASURE_INDEX[measure], 0)
                    if amount:
                        counts[(labels[0], labels[8], row.hour, name)] += amount
        return counts, refused


def _values(row: Row) -> dict[int, int]:
    return dict(zip(row.measures, row.values, strict=True))


def _check_grows(old: Row, new: Row) -> None:
    after = _values(new)
    for measure, value in _values(old).items():
        assert after.get(measure, 0) >= value, f"measure {measure} of {old.labels} fell from {value}"


MakePartition = Callable[[], ExactPartition]


def make_partition() -> ExactPartition:
    return ExactPartition(0, lambda digest: FlatRate(), TelemetryState)


class World:
    """Everything that outlives a crash, and the owners that do not. ``now_ms`` is the broker's clock."""

    partitions, window_days = 1, WINDOW_DAYS

    def __init__(
        self, seed: int, make: MakePartition = make_partition, ledger: Callable[[], Ledger] = Ledger
    ) -> None:
        self.random, self.make, self.make_ledger = Random(seed), make, ledger
        self.now_ms = 20_000 * 86_400_000 + 20 * 3_600_000
        self.state: list[tuple[bytes, bytes | None]] = []
        self.closed: list[bytes] = []
        self.log = Log("")
        self.oracles: list[Oracle] = []
        self.ledgers = [ledger()]
        self.backup = ledger()
        self.zombies: list[Owner] = []
        self.recreate()

    # --- the source log

    def recreate(self) -> None:
        """Delete the topic and make it again: a new generation, offsets from 0."""
        self.log = Log(f"g{len(self.oracles)}")
        self.oracles.append(Oracle(self.window_days))
        self._append(encode_record(self._born()))
        self._append(encode_record(Epoch(0, "flat", 1)))
        self.zombies = []
        self.current = Owner(self._restored())

    def _born(self) -> Generation:
        return Generation(self.log.id, self.now_ms * 1000, self.partitions, window_days=self.window_days)

    def send(self, events: list[Event]) -> None:
        self._append(encode_events(events, self.now_ms * 1000))
        self.oracles[-1].record(events, self.now_ms)

    def heartbeat(self) -> None:
        self._append(encode_record(Heartbeat("p", self.now_ms * 1000)))
        self.oracles[-1].record([], self.now_ms)

    def retain(self) -> None:
        """Retention: what is older than twice the window and seven days goes. Counted from the newest
        record: heartbeats keep a living log young. A state further behind than the margin of those seven
        days may not be rebuilt, and the worker says so: another test's matter.
        """
        newest = self.log.records[-1][0]
        if newest - self.log.records[self._least_durable()][0] > _MOST_BEHIND_MS:
            return
        oldest = newest - (2 * self.window_days + 7) * 86_400_000
        while self.log.records[self.log.first][0] < oldest:
            self.log.first += 1

    def _least_durable(self) -> int:
        """Offset that a state which somebody may begin from holds up to: the changelog's newest marker, or
        one that a stalled owner still writes after it.
        """
        markers = [decode_state(value) for _, value in self.state if value is not None]
        held = [m.upto for m in markers if isinstance(m, Marker) and m.log == self.log.id]
        stalled = [max(zombie.partition.durable_offset, 0) for zombie in self.zombies]
        return min([max(held, default=0), *stalled])

    def _append(self, value: bytes) -> None:
        self.log.records.append((self.now_ms, value))

    # --- owners

    def _restored(self) -> ExactPartition:
        partition = self.make()
        records = list(self.state)
        if self.random.random() < 0.5:
            self.random.shuffle(records)
        for key, value in records:
            partition.load(key, value)
        born = self._born() if self.log.first == 0 else None
        plan = partition.plan(LogStart(self.log.first, born, None, self.partitions))
        for offset in range(plan.refold_from, plan.resume_at):
            partition.rebuild(offset, *self.log.records[offset])
        return partition

    def fold(self, owner: Owner, count: int) -> None:
        if owner.writes is not None:
            return
        for _ in range(count):
            offset = owner.partition.next_offset
            if offset >= len(self.log.records):
                return
            assert owner.partition.offer(offset, *self.log.records[offset]) is Offer.FOLDED

    def flush(self, owner: Owner, force: bool) -> None:
        if owner.writes is None:
            flush = owner.partition.flush(force=force)
            if flush is not None:
                owner.writes = self._writes(owner, flush)

    def step(self, owner: Owner, count: int) -> None:
        """Let the next writes of a running flush reach the topics."""
        for _ in range(count):
            if owner.writes is not None and next(owner.writes, None) is None:
                owner.writes = None

    def _writes(self, owner: Owner, flush: Flush) -> Iterator[Write]:
        for stage in flush.stages:
            writes = list(stage)
            self.random.shuffle(writes)
            for write in writes:
                if write.target == "state":
                    self.state.append((write.key, write.value))
                elif write.target == "closed":
                    assert write.value is not None
                    self.closed.append(write.value)
                yield write
        owner.partition.confirm(flush)

    def crash(self) -> None:
        self.current = Owner(self._restored())

    def pause(self) -> None:
        """The owner stalls and comes back as a zombie, in the middle of what it was doing."""
        self.zombies = [*self.zombies[-1:], self.current]
        self.current = Owner(self._restored())

    def compact(self, share: float) -> None:
        """Keep the last write of each key in a prefix of the changelog; tombstones go as well."""
        cut = int(len(self.state) * share)
        last = {key: i for i, (key, _) in enumerate(self.state[:cut])}
        kept = [(k, v) for i, (k, v) in enumerate(self.state[:cut]) if last[k] == i and v is not None]
        self.state = kept + self.state[cut:]
        for ledger in (*self.ledgers, self.backup):
            ledger.read_state = 0  # positions in a compacted topic mean nothing: it is read again

    # --- ledgers

    def read(self, ledger: Ledger, count: int | None = None) -> None:
        state_end = len(self.state) if count is None else min(len(self.state), ledger.read_state + count)
        for _, value in self.state[ledger.read_state : state_end]:
            ledger.take(value)
        ledger.read_state = state_end
        closed_end = len(self.closed) if count is None else min(len(self.closed), ledger.read_closed + count)
        for value in self.closed[ledger.read_closed : closed_end]:
            ledger.take(value)
        ledger.read_closed = closed_end

    # --- the check

    def settle(self) -> None:
        """Fold and flush everything, then let a ledger that was there and a fresh one read to the end."""
        self.step(self.current, 10_000)
        self.fold(self.current, 1_000_000)
        self.flush(self.current, force=True)
        self.step(self.current, 10_000)
        self.ledgers.append(self.make_ledger())
        for ledger in self.ledgers:
            self.read(ledger)

    def check(self) -> None:
        self.settle()
        counts: Counter[object] = Counter()
        refused: Counter[object] = Counter()
        for oracle in self.oracles:
            counts.update(oracle.counts)
            refused.update(oracle.refused)
        for ledger in self.ledgers:
            found = ledger.totals()
            assert found[0] == counts, f"rows differ: {_difference(found[0], counts)}"
            assert found[1] == refused, f"refusals differ: {_difference(found[1], refused)}"


def _difference(found: Counter[object], expected: Counter[object]) -> dict[object, tuple[int, int]]:
    keys = sorted(set(found) | set(expected), key=str)
    return {key: (found[key], expected[key]) for key in keys if found[key] != expected[key]}


__all__ = ["Closed", "Marker", "World"]
