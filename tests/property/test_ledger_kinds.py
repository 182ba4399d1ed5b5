"""Every kind of rows of four logs, in any order, through restarts and failures, against plain sums."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from unittest.mock import patch
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from stream.contract.judgements import DELIVERY
from stream.contract.rows import (
    CONFLICT,
    IMPORT,
    LIVE,
    MEASURES,
    OUTCOME,
    PEOPLE,
    PROBE,
    REFUSAL,
    ROW_LABELS,
    TASK,
    TASK_JUDGEMENT,
    USAGE,
    Row,
    Shard,
    StateRecord,
)
from stream.ledger import schema, store
from stream.ledger.database import open_ledger
from stream.ledger.errors import LedgerError
from stream.ledger.figures import View
from stream.ledger.queries import freshness_by_agent
from stream.ledger.sums import Span, sums
from stream.ledger.writer import Writer
from tests.property.ledger_world import flat
from tests.unit.ledger.records import DAY, closed, marker

KINDS = {
    "telemetry": (USAGE, REFUSAL, CONFLICT, OUTCOME),
    "tasks": (REFUSAL, TASK, TASK_JUDGEMENT),
    "probes": (REFUSAL, PROBE),
    "people": (REFUSAL, PEOPLE),
}
WORDS = {"aspect": ("verdict", DELIVERY), "window": ("1", "28"), "environment": ("production", "test")}
NOW_US = (DAY + 1) * 86_400_000_000
RowId = tuple[int, int, int, tuple[str, ...]]  #: kind, origin, hour, labels
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


@dataclass
class History:
    """What workers of four logs wrote, and what the rows hold in the end."""

    chance: Random
    records: list[StateRecord] = field(default_factory=list)
    rows: list[tuple[RowId, Counter[int]]] = field(default_factory=list)
    days_closed: int = 0

    def write(self) -> History:
        for agent in KINDS:
            for partition in range(2):
                for day in (DAY, DAY + 1):
                    self._day(agent, partition, day)
        return self

    def _day(self, agent: str, partition: int, day: int) -> None:
        ends = {}
        for number in range(self.chance.randint(0, 2)):
            rows: dict[RowId, Counter[int]] = {}
            for stamp in range(1, self.chance.randint(2, 4)):
                self._grow(agent, number, rows)
                ends[number] = stamp
                shard = [_row(row_id, values) for row_id, values in rows.items()]
                self.records.append(Shard(agent, partition, day, number, stamp, shard))
            self.rows += rows.items()
        if self.chance.random() < 0.6:
            self.days_closed += 1
            self.records.append(closed(ends, day=day, partition=partition, generation=agent))
        if day > DAY:
            self.records.append(marker(ends, 9, day=day, partition=partition, log=agent))

    def _grow(self, agent: str, number: int, rows: dict[RowId, Counter[int]]) -> None:
        for _ in range(self.chance.randint(0, 6)):
            kind = self.chance.choice(KINDS[agent])
            labels = tuple(self.chance.choice(WORDS.get(name, ("", "a", "ü"))) for name in ROW_LABELS[kind])
            hour = 24 * DAY + 24 * self.chance.randint(-4, 3) + (kind != PEOPLE) * self.chance.randint(0, 23)
            row_id = (kind, self.chance.choice([LIVE, LIVE, IMPORT]), hour, labels)
            if crc32(repr(row_id).encode()) % 2 == number:  # a row's key says which shard it is in
                rows.setdefault(row_id, Counter())
        for (kind, *_), values in rows.items():
            values[self.chance.randrange(len(MEASURES[kind]))] += self.chance.choice([0, 1, 2**40])


def _row(row_id: RowId, values: Counter[int]) -> Row:
    held = sorted((measure, value) for measure, value in values.items() if value)
    return Row(*row_id, tuple(m for m, _ in held), tuple(v for _, v in held))


class Reader:
    """A ledger that reads in any order and is killed, and whose database fails, in between."""

    def __init__(self) -> None:
        self.engine = open_ledger("sqlite://")
        self.writer = Writer(self.engine, lambda: NOW_US)
        self.shown: dict[object, int] = {}

    def read(self, records: Sequence[StateRecord], chance: Random) -> None:
        left = list(records)
        while left:
            taken, left = left[: (size := chance.choice([1, 3, 50]))], left[size:]
            if chance.random() < 0.2:
                self._fail(taken)
            self.writer.commit(taken, {}, {agent: agent for agent in KINDS})
            if chance.random() < 0.2:
                self.writer = Writer(self.engine, lambda: NOW_US)
                self.writer.load()
            now = flat(self.writer.view())
            assert all(now[key] >= value for key, value in self.shown.items()), "what is shown fell"
            self.shown = now

    def _fail(self, records: Sequence[StateRecord]) -> None:
        failing = OperationalError("COMMIT", None, sqlite3.OperationalError("database is locked"))
        with patch.object(store, "write_standing", side_effect=failing), pytest.raises(LedgerError):
            self.writer.commit(records, {})


def expected_view(history: History, view: View) -> Counter[int]:
    """Sum of the live rows of each kind that a view shows."""
    total: Counter[int] = Counter()
    for (kind, origin, hour, _), values in history.rows:
        if origin == LIVE and (kind != PEOPLE or abs(hour // 24 - DAY - 0.5) <= 1.5):
            total[kind] += sum(values.values())
    return total


def shown_by_kind(view: View) -> Counter[int]:
    total: Counter[int] = Counter()
    for key, value in flat(view).items():
        assert isinstance(key, tuple)
        total[OUTCOME if key[0] == "delivery" else key[0]] += value
    return total


def held(engine: Engine, kind: int, origin: int) -> dict[tuple[str, ...], dict[str, int]]:
    found = sums(engine, kind, ROW_LABELS[kind], Span(origin=origin), by_hour=True)
    return {(*f.labels, str(f.hour)): dict(f.measures) for f in found if f.measures}


@settings(max_examples=15, deadline=None, suppress_health_check=QUIET)
@given(st.randoms(use_true_random=False))
def test_every_kind_is_exact_in_any_order(chance: Random) -> None:
    """The highest stamp of every row, once, in whatever order and however often it is read: queries equal the
    sums, views equal the queries, nothing shown falls, closed days are merged, nothing is behind.
    """
    check_a_history(chance)


@pytest.mark.long
@settings(max_examples=400, deadline=None, suppress_health_check=QUIET)
@given(st.randoms(use_true_random=False))
def test_every_kind_is_exact_in_any_order_at_length(chance: Random) -> None:
    """The same, twenty-five times as long."""
    check_a_history(chance)


def check_a_history(chance: Random) -> None:
    history, reader = History(chance).write(), Reader()
    records = [*history.records, *chance.choices(history.records, k=len(history.records))]
    chance.shuffle(records)
    reader.read(records, chance)
    for kind, names in MEASURES.items():
        for origin in (LIVE, IMPORT):
            expected: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
            for (of, born, hour, labels), values in history.rows:
                if (of, born) == (kind, origin):
                    named = {names[m]: value for m, value in values.items() if value}
                    expected[*labels, str(hour)].update(named)
            assert held(reader.engine, kind, origin) == {at: c for at, c in expected.items() if c}, kind
    fresh = Writer(reader.engine, lambda: NOW_US)
    fresh.load()
    view = reader.writer.view()
    assert flat(fresh.view()) == flat(view)
    assert +shown_by_kind(view) == +expected_view(history, view)
    assert view.behind == 0
    assert {agent: each.behind for agent, each in freshness_by_agent(reader.engine).items()} == dict.fromkeys(
        KINDS, 0
    )
    with reader.engine.connect() as connection:
        at = schema.arrivals.c
        merged = connection.execute(select(at.id).where(at.merged_us.is_not(None))).scalars().all()
        assert len(merged) == history.days_closed
        for _, rows, _ in schema.SHAPES:
            left = select(func.count()).where(rows.c.arrival.in_(merged))
            assert connection.execute(left).scalar() == 0, f"{rows.name} of a merged day"
