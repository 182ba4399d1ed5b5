"""The world of tests/exact with the real ledger, on a database in memory, in place of its plain one."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, cast
from unittest.mock import patch

from sqlalchemy.exc import OperationalError

from stream.contract.rows import (
    CONFLICT,
    MEASURES,
    PEOPLE,
    PROBE,
    REFUSAL,
    ROW_LABELS,
    TASK,
    USAGE,
    StateRecord,
    decode_state,
)
from stream.ledger import queries, store
from stream.ledger.database import open_ledger
from stream.ledger.errors import LedgerError
from stream.ledger.figures import View
from stream.ledger.sums import Span, sums
from stream.ledger.writer import Place, Position, Writer
from tests.exact import world
from tests.exact.world import Ledger, MakePartition, World, make_partition
from tests.exact_others.world import OtherWorld, Subject

STATE, CLOSED = Place("state", 0), Place("closed", 0)


class RealLedger(Ledger):
    """The ledger's writer and queries, beside the plain rule on the same records."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = open_ledger("sqlite://")
        self.writer = Writer(self.engine)
        self.shown: dict[object, int] = {}

    def copy(self) -> RealLedger:
        """A backup of the database, read on by a process of its own."""
        other = type(self)()
        with self.engine.connect() as source, other.engine.connect() as target:
            source.rollback()
            _driver(source).backup(_driver(target))
        other.rows, other.read_state, other.read_closed = dict(self.rows), self.read_state, self.read_closed
        return other

    def commit(self, records: Sequence[StateRecord], state: int, closed: int) -> None:
        """One transaction; then what it shows is held to the database and to what was shown before."""
        positions = {STATE: Position("id", state), CLOSED: Position("id", closed)}
        self.writer.commit(records, positions)
        self.read_state, self.read_closed = state, closed
        self.check_view()

    def restart(self) -> None:
        """The process is killed: what it held in memory is gone."""
        self.writer = Writer(self.engine)
        self.go_on()

    def go_on(self) -> None:
        """Read on from where the database stands."""
        positions = self.writer.positions()
        self.read_state = min(self.read_state, _offset(positions.get(STATE)))
        self.read_closed = min(self.read_closed, _offset(positions.get(CLOSED)))
        self.check_view()

    def check_view(self) -> None:
        """What is shown never falls, and is what the database sums up to."""
        view = self.writer.view()
        shown = flat(view)
        fell = [key for key, before in self.shown.items() if shown[key] < before]
        assert not fell, f"{fell} fell"
        for wide in (view, view.tasks, view.probes):
            assert not ((wide.values > 0) & (wide.first_seen_us == 0)).any(), (
                "shown without a first-seen time"
            )
        self.shown = shown

    def totals(self) -> tuple[Counter[object], Counter[object]]:
        counts: Counter[object] = Counter()
        for figures in queries.usage(self.engine, ["department", "source_key"], by_hour=True):
            for name, measure in world._PICKED.items():
                if figures.measures.get(measure):
                    counts[(*figures.labels, figures.hour, name)] += figures.measures[measure]
        refused: Counter[object] = Counter(
            {(source, reason): events for source, reason, events in queries.refusals(self.engine)}
        )
        self.check_view_is_whole(self.writer.view())
        return counts, refused

    def check_view_is_whole(self, view: View) -> None:
        """The view in memory is the sum that the database gives to others."""
        fresh = Writer(self.engine)
        fresh.load()
        again = fresh.view()
        assert flat(view) == flat(again), "the view in memory differs from the database"
        for wide, other in zip(
            (view, view.tasks, view.probes), (again, again.tasks, again.probes), strict=True
        ):
            assert wide.labels == other.labels
            assert (wide.first_seen_us == other.first_seen_us).all()
        assert (view.refusals, view.behind) == (again.refusals, again.behind)
        assert view.behind == queries.freshness(self.engine).behind


class EveryRealRow(RealLedger):
    """Totals of every kind of row but refusals, by all labels and hour."""

    def totals(self) -> tuple[Counter[object], Counter[object]]:
        counts: Counter[object] = Counter()
        _, refused = super().totals()
        for kind in set(MEASURES) - {REFUSAL}:
            for figures in sums(self.engine, kind, ROW_LABELS[kind], Span(), by_hour=True):
                for name, value in figures.measures.items():
                    counts[kind, figures.hour, figures.labels, name] += value
        return counts, refused


class RealReading(World):
    """Reads in transactions of any size, with crashes and databases that fail in between."""

    chance: Random

    def read(self, ledger: Ledger, count: int | None = None) -> None:
        assert isinstance(ledger, RealLedger)
        most = 10**9 if count is None else count
        ends = (
            min(len(self.state), ledger.read_state + most),
            min(len(self.closed), ledger.read_closed + most),
        )
        while (ledger.read_state, ledger.read_closed) != ends:
            size = self.chance.choice([1, 2, 5, 1000])
            state = min(ends[0], ledger.read_state + size)
            closed = min(ends[1], ledger.read_closed + self.chance.choice([0, size]))
            values = [value for _, value in self.state[ledger.read_state : state]]
            values += self.closed[ledger.read_closed : closed]
            records = [decode_state(value) for value in values if value is not None]
            if self.chance.random() < 0.1:
                fail_in_commit(ledger, records, state, closed)
            else:
                ledger.commit(records, state, closed)
            if self.chance.random() < 0.1:
                ledger.restart()

    def settle(self) -> None:
        super().settle()
        for ledger in self.ledgers:
            assert isinstance(ledger, RealLedger)
            assert ledger.writer.view().behind == 0, "a shard is held below what the marker vouches for"


class LedgerWorld(RealReading):
    """The telemetry log, read by the real ledger."""

    def __init__(self, seed: int, make: MakePartition = make_partition) -> None:
        self.chance = Random(seed + 1)
        super().__init__(seed, make, RealLedger)


class OtherLedgerWorld(RealReading, OtherWorld):
    """Another log, read by the real ledger."""

    def __init__(self, seed: int, subject: Subject) -> None:
        self.chance = Random(seed + 1)
        super().__init__(seed, subject)
        self.make_ledger = EveryRealRow
        self.ledgers, self.backup = [EveryRealRow()], EveryRealRow()


def fail_in_commit(ledger: RealLedger, records: Sequence[StateRecord], state: int, closed: int) -> None:
    """The database fails after the rows and before the positions: nothing of the transaction may stand."""
    failing = OperationalError("COMMIT", None, sqlite3.OperationalError("database is locked"))
    with patch.object(store, "write_standing", side_effect=failing):
        try:
            ledger.writer.commit(records, {STATE: Position("id", state), CLOSED: Position("id", closed)})
        except LedgerError as error:
            assert error.reason == "unavailable"
    ledger.go_on()


def flat(view: View) -> dict[object, int]:
    """Every number that is shown."""
    shown: dict[object, int] = {}
    wide = ((USAGE, view.labels, view.values), (TASK, view.tasks.labels, view.tasks.values))
    for kind, labels, values in (*wide, (PROBE, view.probes.labels, view.probes.values)):
        for series, sums_of in zip(labels, values.tolist(), strict=True):
            shown |= {(kind, series, measure): value for measure, value in enumerate(sums_of)}
    counts = {REFUSAL: view.refusals, CONFLICT: view.conflicts, "delivery": view.deliveries}
    for name, held in (counts | dict(view.transitions)).items():
        shown |= {(name, series): count.events for series, count in held.items()}
    for at, people in view.people.items():
        shown |= {(PEOPLE, at, n): value for n, value in enumerate(people)}
    return shown


def _offset(position: Position | None) -> int:
    return 0 if position is None else position.next_offset


def _driver(connection: Any) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)
