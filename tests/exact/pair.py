"""Two partitions of one telemetry log that send outcomes on to each other, each in a world of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from stream.contract.frame import unpack
from stream.contract.records import (
    Activities,
    Aliases,
    Epoch,
    Outcome,
    Outcomes,
    decode_body,
    encode_record,
)
from stream.contract.rows import OUTCOME
from stream.core.effects import Write
from stream.core.history import History
from stream.core.partition import ExactPartition, Flush
from stream.core.telemetry import TelemetryState
from tests.exact.oracle import Event
from tests.exact.outcome_oracle import Alias, OutcomeOracle
from tests.exact.world import FlatRate, Ledger, Log, Owner, World, _difference, _values

MakeNumbered = Callable[[int], ExactPartition]


def make_numbered(number: int) -> ExactPartition:
    return ExactPartition(number, lambda digest: FlatRate(), TelemetryState)


class WholeLedger(Ledger):
    """A ledger whose totals hold the rows of outcomes as well, as the oracle names them."""

    def copy(self) -> WholeLedger:
        other = WholeLedger()
        other.rows, other.read_state, other.read_closed = dict(self.rows), self.read_state, self.read_closed
        return other

    def totals(self) -> tuple[Counter[object], Counter[object]]:
        counts, refused = super().totals()
        for _, row in self.rows.values():
            if row.kind == OUTCOME:
                counts[_named(row.hour, tuple(row.labels))] += _values(row)[0]
        return counts, refused


def _named(hour: int, labels: tuple[str, ...]) -> object:
    aspect, before, after, selection = labels[-4:]
    if aspect == "delivery":
        return ("delivery", labels[8], hour, before, after)
    return ("judged", labels[0], labels[8], hour, aspect, before, after, selection)


def _is_of_outcomes(key: object) -> bool:
    return isinstance(key, tuple) and key[0] in ("judged", "delivery")


class Half(World):
    """One partition of the pair."""

    partitions = 2
    oracles: list[OutcomeOracle]  # type: ignore[assignment]

    def __init__(self, number: int, pair: Pair, seed: int, make: MakeNumbered) -> None:
        self.number, self.pair, self.window_days = number, pair, pair.window_days
        self.logs: list[Log] = []
        super().__init__(seed + number, lambda: make(number), WholeLedger)

    @property
    def now_ms(self) -> int:  # type: ignore[override]
        return self.pair.now_ms

    @now_ms.setter
    def now_ms(self, value: int) -> None:
        self.pair.now_ms = value

    def recreate(self) -> None:
        self.log = Log(f"g{len(self.oracles)}")
        self.logs.append(self.log)
        self.oracles.append(OutcomeOracle(self.window_days, self.number, self.partitions, FlatRate.zone))
        self._append(encode_record(self._born()))
        self._append(encode_record(Epoch(0, "flat", 1)))
        self.zombies = []
        self.current = Owner(self._restored())

    def send_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        self._append(encode_record(Outcomes(self.now_ms * 1000, list(outcomes))))
        self.oracles[-1].outcomes(outcomes, self.now_ms, len(self.log.records) - 1)

    def send_aliases(self, aliases: Sequence[Alias]) -> None:
        body = Aliases(
            self.now_ms * 1000,
            np.array([entry.alias for entry in aliases], "<u8").tobytes(),
            np.array([entry.identity for entry in aliases], "<u8").tobytes(),
            np.array([entry.time_us for entry in aliases], "<i8").tobytes(),
        )
        self._append(encode_record(body))
        self.oracles[-1].aliases(aliases, self.now_ms)

    def uninterrupted(self) -> Counter[object]:
        """Counts of outcomes of a fold that never stops."""
        counts: Counter[object] = Counter()
        for log in self.logs:
            state = TelemetryState(self.number, History(), [], lambda digest: FlatRate())
            for offset, (timestamp_ms, value) in enumerate(log.records):
                effects = state.fold(offset, timestamp_ms, unpack(value), rows=True)
                for (kind, _, hour, labels), events in effects.counts.items():
                    if kind == OUTCOME:
                        counts[_named(hour, labels)] += events
        return counts

    def _writes(self, owner: Owner, flush: Flush) -> Iterator[Write]:
        for write in super()._writes(owner, flush):
            if write.target in ("telemetry", "activity"):
                self.pair.deliver(write)
            yield write


class Pair:
    """Both partitions, one clock, and what they send."""

    def __init__(self, seed: int, make: MakeNumbered = make_numbered, window_days: int = 1) -> None:
        self.now_ms, self.window_days = 0, window_days
        self.sent_on: list[set[tuple[int, Outcome]]] = [set()]
        self.active: list[set[tuple[object, ...]]] = [set()]
        self.halves: tuple[Half, ...] = tuple(Half(number, self, seed, make) for number in (0, 1))
        self._created_ms = self.now_ms

    def home(self, key: int) -> Half:
        return self.halves[key % 2]

    def deliver(self, write: Write) -> None:
        """A write reaches the topic it is for."""
        assert write.value is not None
        assert write.partition is not None
        frame = unpack(write.value)
        if write.target == "telemetry":
            outcomes = decode_body(frame.body, Outcomes).outcomes
            self.sent_on[-1].update((write.partition, outcome) for outcome in outcomes)
            self.halves[write.partition].send_outcomes(outcomes)
            return
        body = decode_body(frame.body, Activities)
        columns = (
            np.frombuffer(body.person, "<u8"),
            np.frombuffer(body.previous, "<u8"),
            np.frombuffer(body.day, "<i4"),
            np.frombuffer(body.population, "u1"),
        )
        labels = [body.dictionary[i] for i in np.frombuffer(body.label, "<u4").tolist()]
        for *entry, names in zip(*(column.tolist() for column in columns), labels, strict=True):
            self.active[-1].add((write.partition, *entry, *names))

    def send(self, events: Sequence[Event]) -> None:
        for half in self.halves:
            if mine := [event for event in events if self.home(event.request) is half]:
                half.send(mine)

    def send_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        for half in self.halves:
            if mine := [outcome for outcome in outcomes if self.home(outcome.target) is half]:
                half.send_outcomes(mine)

    def send_aliases(self, aliases: Sequence[Alias]) -> None:
        for half in self.halves:
            if mine := [entry for entry in aliases if self.home(entry.alias) is half]:
                half.send_aliases(mine)

    def settle(self) -> None:
        """Fold and write everything; what the second sends on, the first folds in the second round."""
        for half in (*self.halves, *self.halves):
            half.settle()

    def recreate(self) -> None:
        """All partitions of a topic are made again at once."""
        self.settle()
        # of two truncated logs the later one counts: a clock that steps back over a creation is not at issue
        self.now_ms = max(self.now_ms, self._created_ms + 1)
        self._created_ms = self.now_ms
        self.sent_on.append(set())
        self.active.append(set())
        for half in self.halves:
            half.recreate()

    def check(self) -> None:
        self.settle()
        for half in self.halves:
            half.check()
        for number, (sent_on, active) in enumerate(zip(self.sent_on, self.active, strict=True)):
            oracles = [half.oracles[number] for half in self.halves]
            wanted = set().union(*(oracle.forwards for oracle in oracles))
            assert sent_on == wanted, f"forwards differ: {sent_on ^ wanted}"
            people = set().union(*(oracle.active for oracle in oracles))
            assert active == people, f"activities differ: {active ^ people}"

    def check_interruptions(self) -> None:
        """What every ledger holds of outcomes is what a fold that never stopped makes of the same logs."""
        self.settle()
        for half in self.halves:
            wanted = half.uninterrupted()
            for ledger in half.ledgers:
                found = Counter({key: n for key, n in ledger.totals()[0].items() if _is_of_outcomes(key)})
                assert found == wanted, f"differs from a fold without end: {_difference(found, wanted)}"
