"""The writer's rules, each by the shortest history that shows it."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import Engine, select

from stream.contract.rows import IMPORT, MEASURE_INDEX, USAGE, Row, StateRecord
from stream.ledger import queries, schema
from stream.ledger.database import open_ledger
from stream.ledger.errors import LedgerFault
from stream.ledger.writer import Place, Position, Writer
from tests.unit.ledger.records import DAY, closed, conflict, marker, refusal, row, shard, usage_row

MINUTE_US = 60_000_000


class Clock:
    """The ledger's clock, moved by hand."""

    def __init__(self) -> None:
        self.now_us = 10**9 * MINUTE_US

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def engine() -> Engine:
    return open_ledger("sqlite://")


def write(engine: Engine, *records: StateRecord, clock: Clock | None = None) -> Writer:
    """A writer that has committed each record in a transaction of its own."""
    writer = Writer(engine, clock or Clock())
    for record in records:
        writer.commit([record], {})
    return writer


def requests(engine: Engine, **options: int) -> dict[tuple[str, ...], int]:
    """Successful requests by department."""
    found = queries.usage(engine, ["department"], **options)
    return {figures.labels: figures.measures["requests_success"] for figures in found}


def of_view(writer: Writer, name: str) -> dict[str, int]:
    view = writer.view()
    return {labels[1]: int(view.values[i, MEASURE_INDEX[name]]) for i, labels in enumerate(view.labels)}


def ignored(engine: Engine) -> int:
    with engine.connect() as connection:
        return sum(connection.execute(select(schema.arrivals.c.ignored)).scalars())


def open_rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(schema.SHAPE_OF[USAGE].rows.c.hour)).all())


def test_equal_stamp_with_another_value_stops_and_writes_nothing(engine: Engine) -> None:
    """Of two writes as of one offset neither is chosen: nothing of the transaction stands."""
    writer = write(engine, shard([usage_row("sales", 3)], 5))
    with pytest.raises(LedgerFault) as caught:
        writer.commit([shard([usage_row("care", 1)], 6), shard([usage_row("sales", 4)], 5)], {})
    assert caught.value.reason == "equal_stamp"
    assert requests(engine) == {("sales",): 3}
    assert of_view(writer, "requests_success") == {"sales": 3}


def test_equal_stamp_is_found_after_a_restart_too(engine: Engine) -> None:
    """What is held is compared from the database, not from memory alone."""
    write(engine, shard([usage_row("sales", 3)], 5))
    with pytest.raises(LedgerFault, match="differ in requests_success"):
        write(engine, shard([usage_row("sales", 4)], 5))


def test_a_row_that_falls_stops_it(engine: Engine) -> None:
    """A higher stamp with less than before is no state of ours; counters must not go back."""
    with pytest.raises(LedgerFault) as caught:
        write(engine, shard([usage_row("sales", 3)], 5), shard([usage_row("sales", 2)], 6))
    assert caught.value.reason == "row_fell"


def test_the_highest_stamp_wins_in_any_order() -> None:
    """Open and closing shards, the end of the day and a zombie's older write: every order ends the same."""
    records: list[StateRecord] = [
        shard([usage_row("sales", 1)], 5),
        shard([usage_row("sales", 2), usage_row("care", 1)], 8),
        shard([usage_row("sales", 4), usage_row("care", 1)], 9),
        closed({0: 9}),
    ]
    for order in permutations(records):
        engine = open_ledger("sqlite://")
        writer = write(engine, *order)
        assert requests(engine) == {("sales",): 4, ("care",): 1}, order
        assert of_view(writer, "requests_success") == {"sales": 4, "care": 1}, order
        assert open_rows(engine) == 0


def test_a_day_is_merged_only_when_every_shard_named_is_held(engine: Engine) -> None:
    """The end of a day alone, or with a shard below its stamp, merges nothing: more is to come."""
    writer = write(engine, closed({0: 9, 1: 8}), shard([usage_row("sales", 1)], 5))
    writer.commit([shard([usage_row("care", 1)], 8, number=1)], {})
    assert open_rows(engine) == 2
    writer.commit([shard([usage_row("sales", 3)], 9)], {})
    assert open_rows(engine) == 0
    assert requests(engine) == {("sales",): 3, ("care",): 1}


def test_what_comes_for_a_merged_day_is_ignored_and_counted(engine: Engine) -> None:
    """Read again from the beginning, a merged day adds nothing, in this process and in the next."""
    records = [shard([usage_row("sales", 1)], 5), shard([usage_row("sales", 3)], 9), closed({0: 9})]
    write(engine, *records)
    write(engine, *records)
    assert requests(engine) == {("sales",): 3}
    assert ignored(engine) == 2


def test_another_generation_never_overwrites(engine: Engine) -> None:
    """Offsets of a topic made anew begin at 0: its rows stand beside the old log's."""
    write(engine, shard([usage_row("sales", 3)], 50), shard([usage_row("sales", 1)], 2, generation="h"))
    assert requests(engine) == {("sales",): 4}


def test_partitions_and_days_add_up(engine: Engine) -> None:
    """The same row of two partitions, or two arrival days, is two rows."""
    write(
        engine,
        shard([usage_row("sales", 1)], 5),
        shard([usage_row("sales", 2)], 5, partition=1),
        shard([usage_row("sales", 4)], 9, day=DAY + 1),
    )
    assert requests(engine) == {("sales",): 7}


def test_the_marker_of_an_older_log_holds_nothing_back(engine: Engine) -> None:
    """Nobody writes a shard of a log that was made anew: what its marker lacks is not waited for."""
    writer = write(engine, marker({0: 5}, 5))
    assert writer.view().behind == 1
    writer.commit([marker({}, 1, log="h", made=2)], {})
    assert writer.view().behind == 0 == queries.freshness(engine).behind


def test_shards_of_a_merged_day_are_held(engine: Engine) -> None:
    """A marker that still names a day which is over and merged holds nothing back."""
    writer = write(engine, shard([usage_row("sales", 1)], 5), closed({0: 5}), marker({0: 4, 1: 3}, 4))
    assert writer.view().behind == 0 == queries.freshness(engine).behind


def test_an_older_marker_says_nothing(engine: Engine) -> None:
    """Of two markers the one that reaches farther counts, whatever their order."""
    writer = write(engine, marker({0: 9}, 9), shard([usage_row("sales", 1)], 7), marker({0: 5}, 5))
    assert writer.view().behind == 1
    assert writer.view().accepted_us == 9_000_000


def test_values_near_the_bound_stay_exact(engine: Engine) -> None:
    """Values of 2**62 and an odd unit more come back to the unit: open, merged, in view and queries."""
    large = 2**62 + 1
    writer = write(engine, shard([row({"cost_nano_usd_output": large}, department="sales")], 5))
    for _ in ("open", "merged"):
        assert queries.usage(engine, ["department"])[0].measures == {"cost_nano_usd_output": large}
        assert of_view(writer, "cost_nano_usd_output") == {"sales": large}
        assert of_view(write(engine, marker({}, 1)), "cost_nano_usd_output") == {"sales": large}
        writer = write(engine, closed({0: 5}))
    assert open_rows(engine) == 0
    more = row({"cost_nano_usd_output": 2**62 - 2}, department="sales")
    write(engine, shard([more], 9, day=DAY + 1), closed({0: 9}, day=DAY + 1))
    assert queries.usage(engine, [])[0].measures == {"cost_nano_usd_output": 2**63 - 1}


def test_a_sum_that_would_wrap_stops_it(engine: Engine) -> None:
    """One more than int64 holds is a fault, and what is held stays as it was."""
    full = row({"tokens_input": 2**63 - 1}, department="sales")
    writer = write(engine, shard([full], 5))
    with pytest.raises(LedgerFault) as caught:
        writer.commit([shard([row({"tokens_input": 1}, department="sales")], 9, day=DAY + 1)], {})
    assert caught.value.reason == "overflow"
    assert queries.usage(engine, [])[0].measures == {"tokens_input": 2**63 - 1}


def test_a_total_that_would_wrap_stops_the_merge(engine: Engine) -> None:
    """Imports are in no view; their totals are held to int64 as well, never turned into a float."""
    for day in (DAY, DAY + 1):
        write(engine, shard([row({"tokens_input": 2**62}, origin=IMPORT)], 5, day=day))
    write(engine, closed({0: 5}))
    with pytest.raises(LedgerFault, match="64 bits"):
        write(engine, closed({0: 5}, day=DAY + 1))


def test_a_value_that_does_not_fit_stops_it(engine: Engine) -> None:
    """What msgpack can say and int64 cannot is refused before the database rounds it."""
    with pytest.raises(LedgerFault, match="64 bits"):
        write(engine, shard([row({"tokens_input": 2**63})], 5))


@pytest.mark.parametrize(
    "found",
    [
        Row(0, 0, 1, ("a",), (0,), (1,)),
        Row(99, 0, 1, (), (0,), (1,)),
        Row(1, 0, 1, ("a", "b"), (1,), (1,)),
    ],
)
def test_a_row_of_another_release_stops_it(engine: Engine, found: Row) -> None:
    """A kind, label or measure without a column is not dropped in silence."""
    with pytest.raises(LedgerFault) as caught:
        write(engine, shard([found], 5))
    assert caught.value.reason == "unknown_row"


def test_imports_are_in_queries_and_in_no_view(engine: Engine) -> None:
    """What was replayed with its own dates is for review; live counters do not jump by it."""
    writer = write(engine, shard([usage_row("sales", 3), usage_row("sales", 2, origin=IMPORT)], 5))
    assert of_view(writer, "requests_success") == {"sales": 3}
    assert of_view(write(engine, marker({}, 1)), "requests_success") == {"sales": 3}, "after a restart"
    assert requests(engine) == {("sales",): 5}
    assert requests(engine, origin=IMPORT) == {("sales",): 2}


def test_first_seen_is_stored_once(engine: Engine) -> None:
    """A measure's first-seen time is the commit's that brought it above 0, in every process thereafter."""
    clock = Clock()
    writer = write(engine, shard([usage_row("sales", 3), refusal("s", "too_old", 2)], 5), clock=clock)
    first = clock.now_us
    clock.now_us += 1_000_000
    more = row(
        {"requests_success": 4, "tokens_input": 30, "cache_hits": 1, "cost_nano_usd_input": 21},
        department="sales",
    )
    writer.commit([shard([more, refusal("s", "too_old", 9)], 6)], {})
    for view in (writer.view(), write(engine, marker({}, 1)).view()):
        seen = view.first_seen_us[0]
        assert seen[MEASURE_INDEX["requests_success"]] == first
        assert seen[MEASURE_INDEX["cache_hits"]] == first + 1_000_000
        assert seen[MEASURE_INDEX["conflicts"]] == 0
        assert view.refusals == {("s", "too_old"): (9, first)}


def test_refusals_and_conflicts_are_counted_open_and_merged(engine: Engine) -> None:
    """Both kinds go the way of usage rows: highest stamp, merge, view and query agree."""
    rows = [refusal("s", "too_old", 2), refusal("s", "too_early", 1), conflict("s", "t", "tokens", 5)]
    writer = write(engine, shard(rows, 5))
    for _ in ("open", "merged"):
        assert queries.refusals(engine) == [("s", "too_early", 1), ("s", "too_old", 2)]
        assert queries.conflicts(engine) == [("s", "t", "tokens", 5)]
        assert {key: held.events for key, held in writer.view().refusals.items()} == {
            ("s", "too_old"): 2,
            ("s", "too_early"): 1,
        }
        assert writer.view().conflicts["s", "t", "tokens"].events == 5
        writer.commit([closed({0: 5})], {})
    assert queries.refusals(engine, since_hour=DAY * 24 + 1) == []


def test_the_pulse_moves_by_what_is_new_and_is_a_day_long(engine: Engine) -> None:
    """A minute holds what reached the ledger within it; a row read again adds nothing."""
    clock = Clock()
    writer = write(engine, shard([usage_row("sales", 3)], 5), clock=clock)
    writer.commit([shard([usage_row("sales", 3)], 6)], {})
    clock.now_us += MINUTE_US
    failed = row(
        {"requests_success": 4, "requests_error": 2, "tokens_input": 30, "cost_nano_usd_input": 21},
        department="sales",
    )
    writer.commit([shard([failed], 7)], {})
    first = 10**9
    assert queries.minutes(engine, first) == [
        (first, "sales", 3, 0, 30, 21),
        (first + 1, "sales", 3, 2, 0, 0),
    ]
    clock.now_us += 24 * 60 * MINUTE_US
    writer.commit([], {})
    assert queries.minutes(engine, 0) == []


def test_positions_are_stored_with_the_rows(engine: Engine) -> None:
    """Where to read on is what the rows hold: both or neither."""
    writer = write(engine, shard([usage_row("sales", 3)], 5))
    writer.commit([], {Place("t", 1): Position("id", 7)})
    with pytest.raises(LedgerFault):
        writer.commit([shard([usage_row("sales", 4)], 5)], {Place("t", 1): Position("id", 8)})
    assert dict(writer.positions()) == {Place("t", 1): Position("id", 7)}


def test_a_view_does_not_change(engine: Engine) -> None:
    """A snapshot stays as it was while the ledger goes on; without a change it is the same object."""
    writer = write(engine, shard([usage_row("sales", 3)], 5))
    before = writer.view()
    assert writer.view() is before
    writer.commit([shard([usage_row("sales", 4), usage_row("care", 1)], 6)], {})
    assert before.values.sum() == 3 + 30 + 21
    assert len(before.labels) == 1
    with pytest.raises(ValueError, match="read-only"):
        before.values[0, 0] = 1
    assert writer.view().labels[:1] == before.labels


def test_many_series_are_kept_apart(engine: Engine) -> None:
    """More series than the first arrays hold: order and values survive growth and a restart."""
    writer = Writer(engine)
    for start in (0, 100, 200):
        rows = [usage_row(f"d{n}", n + 1) for n in range(start, start + 100)]
        writer.commit([shard(rows, start, number=start // 100)], {})
    expected = {f"d{n}": n + 1 for n in range(300)}
    assert of_view(writer, "requests_success") == expected
    again = Writer(engine)
    again.positions()
    assert list(of_view(again, "requests_success").items()) == list(expected.items())
