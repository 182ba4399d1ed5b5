"""Queries against sums in plain Python, over open and merged rows of many days and generations."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from stream.contract.names import LABELS
from stream.contract.rows import IMPORT, LIVE, USAGE_MEASURES, Shard, StateRecord
from stream.ledger import queries
from stream.ledger.database import open_ledger
from stream.ledger.errors import LedgerError
from stream.ledger.writer import Writer
from tests.unit.ledger.records import DAY, closed, marker, row, shard, usage_row

ROWS = st.tuples(
    st.sampled_from(["g", "h"]),  # generation
    st.integers(0, 2),  # arrival day
    st.integers(0, 3),  # hour
    st.sampled_from([LIVE, LIVE, IMPORT]),
    st.fixed_dictionaries(
        {
            "department": st.sampled_from(["sales", "care", "Care", "ü", ""]),
            "model": st.sampled_from(["m-1", "m-2"]),
            "custom_4": st.sampled_from(["", "x"]),
        }
    ),
    st.dictionaries(st.sampled_from(USAGE_MEASURES), st.integers(1, 2**40), max_size=3),
)
LABEL = st.sampled_from(LABELS)
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def filled(rows: dict[tuple[object, ...], dict[str, int]], merged: set[tuple[str, int]]) -> Engine:
    """A ledger of rows keyed (generation, day, hour, origin, labels), some days merged."""
    days = defaultdict(list)
    for (generation, day, hour, origin, labels), measures in rows.items():
        days[generation, day].append(row(measures, hour=hour, origin=origin, **dict(labels)))
    records: list[StateRecord] = [
        Shard(generation, 0, DAY + day, 0, 9, found) for (generation, day), found in days.items()
    ]
    for generation, day in merged:
        end = closed({0: 9} if (generation, day) in days else {}, day=DAY + day)
        records.append(type(end)(generation, 0, end.day, end.shards))
    engine = open_ledger("sqlite://")
    Writer(engine).commit(records, {})
    return engine


@QUIET
@given(
    st.lists(ROWS, max_size=12),
    st.sets(st.tuples(st.sampled_from(["g", "h"]), st.integers(0, 2))),
    st.lists(LABEL | st.sampled_from(["department", "model"]), unique=True, max_size=3),
    st.tuples(st.none() | st.integers(0, 4), st.none() | st.integers(0, 4)),
    st.dictionaries(
        st.sampled_from(["department", "custom_4"]), st.sampled_from(["care", "", "x"]), max_size=1
    ),
    st.booleans(),
    st.sampled_from([None, LIVE, IMPORT]),
)
def test_usage_is_the_sum_of_its_rows(found, merged, by, hours, where, by_hour, origin):  # type: ignore[no-untyped-def]
    """Any grouping, span, filter and origin: exactly the rows asked for, open or merged, once each."""
    rows: dict[tuple[object, ...], dict[str, int]] = {}
    for generation, day, hour, born, labels, measures in found:
        rows[generation, day, hour, born, tuple(sorted(labels.items()))] = measures
    expected: dict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    for (_, _, hour, born, labels), measures in rows.items():
        values = dict.fromkeys(LABELS, "") | {"environment": "production"} | dict(labels)
        since, until = hours
        wanted = (since is None or hour >= since) and (until is None or hour < until)
        wanted = wanted and (origin is None or born == origin)
        if wanted and all(values[name] == value for name, value in where.items()):
            expected[tuple(values[name] for name in by), hour if by_hour else None].update(measures)
    engine = filled(rows, merged)
    figures = queries.usage(
        engine, by, since_hour=hours[0], until_hour=hours[1], where=where, by_hour=by_hour, origin=origin
    )
    assert {(f.labels, f.hour): f.measures for f in figures} == expected
    assert figures == sorted(figures, key=lambda f: (f.labels, f.hour or 0))


def test_an_unknown_label_is_named() -> None:
    """A typing error gets the list of labels, not an empty answer."""
    engine = open_ledger("sqlite://")
    with pytest.raises(LedgerError, match="'departement' is not a label; labels are department, use_case"):
        queries.usage(engine, ["departement"])
    with pytest.raises(LedgerError) as caught:
        queries.usage(engine, [], where={"user": "x"})
    assert caught.value.reason == "unknown_label"


def test_an_empty_ledger_answers() -> None:
    """Before the first record there are no figures, no refusals, and nothing is behind."""
    engine = open_ledger("sqlite://")
    assert queries.usage(engine, []) == queries.usage(engine, ["model"], by_hour=True) == []
    assert queries.refusals(engine) == queries.conflicts(engine) == queries.minutes(engine, 0) == []
    assert queries.freshness(engine) == (0, 0, 0)


def test_freshness_tells_accepted_written_and_behind() -> None:
    """Newest accept time of all markers, the last commit's time, shards that lack."""
    engine = open_ledger("sqlite://")
    writer = Writer(engine, lambda: 77)
    writer.commit([marker({0: 5, 1: 6}, 6), marker({0: 9}, 9, partition=1)], {})
    assert queries.freshness(engine) == (9_000_000, 77, 3)
    writer.commit([shard([usage_row("sales", 1)], 5), shard([], 9, partition=1)], {})
    assert queries.freshness(engine) == (9_000_000, 77, 1)
