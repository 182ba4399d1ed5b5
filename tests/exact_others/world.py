"""The world of tests/exact around the other logs: their states and oracles, ledgers of every kind of row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from stream.contract.names import LABELS
from stream.contract.records import Epoch, Generation, encode_record
from stream.contract.rows import MEASURES, REFUSAL
from stream.core.effects import Write
from stream.core.log_state import LogState
from stream.core.partition import ExactPartition, Flush, LogStart
from tests.exact.world import _MOST_BEHIND_MS, Ledger, Log, Owner, World, _values

DAY_MS = 86_400_000
Counts = Counter[Any]  #: (kind, hour, labels, measure) -> amount


class Oracle(Protocol):
    """Figures by definition: ``counts`` as the rows have them, ``refused`` by (source, reason)."""

    counts: Counts
    refused: Counts

    def record(self, entries: Sequence[Any], timestamp_ms: int) -> None: ...


@dataclass(frozen=True)
class Subject:
    """A log under test. ``encode``: entries, accept time -> value. ``partitions``: as its generation says."""

    state: Callable[..., LogState[Any]]
    oracle: Callable[[int], Oracle]
    encode: Callable[[Sequence[Any], int], bytes]
    window_days: int
    partitions: int = 1


class Bounds:
    """A configuration: two departments have names of their own, all others are folded."""

    bounds: ClassVar[dict[str, int]] = dict.fromkeys(LABELS, 1000) | {"department": 2}
    declared: ClassVar[dict[str, list[str]]] = {}
    fold_version = 1


class EveryRow(Ledger):
    """A ledger whose totals are those of every kind of row."""

    def copy(self) -> EveryRow:
        other = EveryRow()
        other.rows, other.read_state, other.read_closed = dict(self.rows), self.read_state, self.read_closed
        return other

    def totals(self) -> tuple[Counts, Counts]:
        counts: Counts = Counter()
        refused: Counts = Counter()
        for _, row in self.rows.values():
            labels = tuple(row.labels)
            for measure, value in _values(row).items():
                if row.kind == REFUSAL:
                    refused[labels] += value
                else:
                    counts[row.kind, row.hour, labels, MEASURES[row.kind][measure]] += value
        return counts, refused


class OtherWorld(World):
    """One partition of another log than telemetry. ``sent_on``: what its owners wrote into other logs."""

    def __init__(self, seed: int, subject: Subject) -> None:
        self.subject = subject
        self.sent_on: list[Write] = []
        make = lambda: ExactPartition(0, lambda digest: Bounds(), subject.state)  # noqa: E731
        super().__init__(seed, make, EveryRow)

    def recreate(self) -> None:
        self.log = Log(f"g{len(self.oracles)}")
        self.oracles.append(self.subject.oracle(self.subject.window_days))  # type: ignore[arg-type]
        self._append(encode_record(self._born()))
        self.oracles[-1].record([], self.now_ms)  # the day of this record counts, too
        self._append(encode_record(Epoch(0, "bounds", 1)))
        self.zombies = []
        self.current = Owner(self._restored())

    def _born(self) -> Generation:
        subject = self.subject
        return Generation(self.log.id, 0, subject.partitions, window_days=subject.window_days)

    def _restored(self) -> ExactPartition:
        partition, records = self.make(), list(self.state)
        if self.random.random() < 0.5:
            self.random.shuffle(records)
        for key, value in records:
            partition.load(key, value)
        born = self._born() if self.log.first == 0 else None
        plan = partition.plan(LogStart(self.log.first, born, None, self.subject.partitions))
        for offset in range(plan.refold_from, plan.resume_at):
            partition.rebuild(offset, *self.log.records[offset])
        return partition

    def send(self, events: Sequence[Any]) -> None:
        self._append(self.subject.encode(events, self.now_ms * 1000))
        self.oracles[-1].record(events, self.now_ms)  # type: ignore[arg-type]

    def retain(self) -> None:
        """As in tests/exact. What is durable may be folded again from the day it lies in: then the day before
        decides how far back, so that a silence before it counts as being behind.
        """
        times = [time_ms for time_ms, _ in self.log.records]
        durable = times[self._least_durable()]
        before = [time_ms for time_ms in times if time_ms // DAY_MS < durable // DAY_MS]
        if times[-1] - max(before, default=durable) > _MOST_BEHIND_MS:
            return
        oldest = times[-1] - (2 * self.subject.window_days + 7) * DAY_MS
        while times[self.log.first] < oldest:
            self.log.first += 1

    def _writes(self, owner: Owner, flush: Flush) -> Iterator[Write]:
        for write in super()._writes(owner, flush):
            if write.target not in ("state", "closed", "quarantine"):
                self.sent_on.append(write)
            yield write
