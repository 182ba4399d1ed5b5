"""Judgements, tasks, checks and people: they go the way of usage rows, each is shown by its own rules."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from stream.contract.rows import IMPORT, OUTCOME, TASK, TASK_JUDGEMENT, Row, StateRecord
from stream.ledger import queries, schema
from stream.ledger.database import open_ledger
from stream.ledger.errors import LedgerError
from stream.ledger.figures import View, Wide
from stream.ledger.writer import Writer
from tests.unit.ledger.records import (
    DAY,
    check_row,
    closed,
    conflict,
    delivered,
    judged,
    marker,
    people_row,
    refusal,
    row_of,
    shard,
    task_row,
    usage_row,
)

DAY_US = 86_400_000_000


class Clock:
    """The ledger's clock, moved by hand; it begins at noon of DAY."""

    def __init__(self) -> None:
        self.now_us = DAY * DAY_US + DAY_US // 2

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def engine() -> Engine:
    return open_ledger("sqlite://")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def write(engine: Engine, clock: Clock, *records: StateRecord) -> Writer:
    """A writer that has committed each record in a transaction of its own."""
    writer = Writer(engine, clock)
    for record in records:
        writer.commit([record], {})
    return writer


def views(engine: Engine, clock: Clock, writer: Writer) -> list[View]:
    """As the writer shows it, as a process shows it that starts now, both again with the day merged."""
    shown = [writer.view(), write(engine, clock, marker({}, 1)).view()]
    writer.commit([closed({0: 5})], {})
    with engine.connect() as connection:
        merged = select(schema.arrivals.c.id).where(schema.arrivals.c.merged_us.is_not(None))
        for _, rows, _ in schema.SHAPES:
            left = select(rows.c.hour).where(rows.c.arrival.in_(merged))
            assert connection.execute(left).first() is None, f"{rows.name} of a merged day"
    return [*shown, writer.view(), write(engine, clock, marker({}, 1)).view()]


def named(wide: Wide, measure: int) -> dict[tuple[str, ...], int]:
    return dict(zip(wide.labels, wide.values[:, measure].tolist(), strict=True))


def judgement(department: str, ai: str, step: tuple[str, str, str], events: int) -> Row:
    labels = {"department": department, "ai": ai, "environment": "production", "source_key": "s"}
    names = ("aspect", "from_value", "to_value")
    return row_of(TASK_JUDGEMENT, {"events": events}, **labels, **dict(zip(names, step, strict=True)))


def test_judgements_are_counted_by_step_and_shown_apart_from_deliveries(engine: Engine, clock: Clock) -> None:
    """Open, merged and after a restart: the view has each step of each series, without the selection; what
    became of outcomes received is no judgement of an output.
    """
    rows = [
        judged("sales", "verdict", "", "rejected", 3),
        judged("sales", "verdict", "", "rejected", 1, selection="random"),
        judged("sales", "verdict", "rejected", "used_as_is", 2, model="m"),
        delivered("app", "", "waiting", 5),
        delivered("app", "waiting", "joined", 4),
    ]
    first = clock.now_us
    for view in views(engine, clock, write(engine, clock, shard(rows, 5))):
        outputs = {labels[1:]: held for labels, held in view.transitions[OUTCOME].items()}
        assert outputs == {
            ("sales", "", "", "", "verdict", "", "rejected"): (4, first),
            ("sales", "", "", "m", "verdict", "rejected", "used_as_is"): (2, first),
        }
        assert view.deliveries == {
            ("app", "", "waiting"): (5, first),
            ("app", "waiting", "joined"): (4, first),
        }
        assert view.transitions[TASK_JUDGEMENT] == {}


def test_transitions_by_label_with_their_selection(engine: Engine, clock: Clock) -> None:
    """A query has every step with its selection, of the hours, labels and aspects asked for."""
    rows = [
        judged("sales", "verdict", "", "rejected", 3),
        judged("sales", "verdict", "", "rejected", 1, selection="random"),
        judged("care", "control", "", "passed", 7),
        delivered("app", "", "joined", 9),
    ]
    write(engine, clock, shard(rows, 5))
    found = queries.transitions(engine, OUTCOME, ["department"], where={"environment": "production"})
    assert found == [
        (("care",), "control", "", "passed", "all", 7, None),
        (("sales",), "verdict", "", "rejected", "all", 3, None),
        (("sales",), "verdict", "", "rejected", "random", 1, None),
    ]
    assert queries.transitions(engine, OUTCOME, ["source_key"], where={"aspect": "delivery"}) == [
        (("app",), "delivery", "", "joined", "", 9, None)
    ]
    assert queries.transitions(engine, OUTCOME, [], since_hour=DAY * 24 + 1) == []
    assert {t.hour for t in queries.transitions(engine, OUTCOME, [], by_hour=True)} == {DAY * 24}
    assert queries.transitions(engine, TASK_JUDGEMENT, []) == []


def test_judgements_of_tasks_are_their_own(engine: Engine, clock: Clock) -> None:
    """Corrections of work with and without AI stay apart from those of outputs."""
    rows = [
        judgement("sales", "none", ("verdict", "", "revised"), 2),
        judgement("sales", "wholly", ("verdict", "", "revised"), 3),
    ]
    for view in views(engine, clock, write(engine, clock, shard(rows, 5))):
        assert {labels[4]: held.events for labels, held in view.transitions[TASK_JUDGEMENT].items()} == {
            "none": 2,
            "wholly": 3,
        }
        assert view.transitions[OUTCOME] == view.deliveries == {}
    assert queries.transitions(engine, TASK_JUDGEMENT, ["ai"], where={"ai": "none"}) == [
        (("none",), "verdict", "", "revised", "", 2, None)
    ]


def test_tasks_and_checks_are_wide(engine: Engine, clock: Clock) -> None:
    """Every measure of both comes back, by the labels asked for and by hour; series are shown in full."""
    rows = [task_row("sales", 2), task_row("sales", 3, ai="none"), check_row("chat", 4)]
    rows += [check_row("chat", 1, outcome="timeout", hour=DAY * 24 + 1)]
    for view in views(engine, clock, write(engine, clock, shard(rows, 5))):
        assert named(view.tasks, 0) == {
            ("production", "sales", "", "", "partly"): 2,
            ("production", "sales", "", "", "none"): 3,
        }
        outcomes = {labels[-1]: checks for labels, checks in named(view.probes, 0).items()}
        assert outcomes == {"success": 4, "timeout": 1}
        assert ((view.tasks.values > 0) == (view.tasks.first_seen_us == clock.now_us)).all()
        assert ((view.probes.values > 0) == (view.probes.first_seen_us == clock.now_us)).all()
    assert queries.tasks(engine, ["department"]) == [
        (("sales",), None, {"tasks": 5, "seconds": 300, "quantity": 10})
    ]
    assert queries.tasks(engine, ["ai"], where={"ai": "none"}, until_hour=DAY * 24) == []
    assert queries.probes(engine, ["check", "outcome"], by_hour=True) == [
        (("openai", "success"), DAY * 24, {"checks": 4, "duration_us_sum": 4000}),
        (("openai", "timeout"), DAY * 24 + 1, {"checks": 1, "duration_us_sum": 1000}),
    ]


def test_imported_work_is_in_queries_and_in_no_view(engine: Engine, clock: Clock) -> None:
    """Tasks of last year come in for the review; live counters do not jump by them."""
    labels = {"department": "sales", "ai": "none"}
    for view in views(
        engine, clock, write(engine, clock, shard([row_of(TASK, {"tasks": 9}, origin=IMPORT, **labels)], 5))
    ):
        assert len(view.tasks.labels) == 0
    assert queries.tasks(engine, [])[0].measures == {"tasks": 9}


def test_people_add_up_over_partitions_and_days_stay_apart(engine: Engine, clock: Clock) -> None:
    """A partition counts its own people; of one as-of day, scope and window they are summed."""
    rows = [people_row(5), people_row(3, department="sales", window=28), people_row(2, day=DAY + 1)]
    writer = write(engine, clock, shard(rows, 5), shard([people_row(4)], 3, partition=1))
    expected = [
        (DAY, "", "", 7, 9, 4, 0),
        (DAY, "sales", "", 28, 3, 1, 0),
        (DAY + 1, "", "", 7, 2, 1, 0),
    ]
    for view in views(engine, clock, writer):
        assert queries.people(engine) == expected
        assert view.people == {line[:4]: line[4:] for line in expected}
    assert queries.people(engine, since_day=DAY + 1) == expected[2:]
    assert queries.people(engine, until_day=DAY + 1) == expected[:2]


def test_people_shown_are_those_of_the_days_around_the_clock(engine: Engine, clock: Clock) -> None:
    """Two days back to one ahead; when the day changes so does the view, without a commit, and a day of the
    future is shown with all that came for it before.
    """
    writer = write(engine, clock, shard([people_row(1, day=day) for day in range(DAY - 4, DAY + 28)], 5))
    for _ in range(3):
        today = clock.now_us // DAY_US
        for shown in (writer, write(engine, clock, marker({}, 1))):
            assert {day for day, *_ in shown.view().people} == set(range(today - 2, today + 2))
        clock.now_us += DAY_US
    more = [people_row(6, day=DAY + 3)]
    writer.commit([shard(more, 6, number=1, partition=1)], {})
    for shown in (writer, write(engine, clock, marker({}, 1))):
        assert shown.view().people[DAY + 3, "", "", 7] == (7, 3, 0)


def test_sources_are_heard_of_when_a_row_of_theirs_moves(engine: Engine, clock: Clock) -> None:
    """The commit's time for every source named in a row that changed; a row read again is no sign of life."""
    first = clock.now_us
    labels = {"environment": "production", "source_key": "app"}
    rows = [
        usage_row("sales", 1),
        judged("sales", "verdict", "", "revised", 1, **labels),
        refusal("r", "x", 1),
    ]
    writer = write(engine, clock, shard([*rows, conflict("c", "d", "tokens", 1), task_row("sales", 1)], 5))
    clock.now_us += 1_000_000
    writer.commit([shard([*rows, refusal("r", "y", 1)], 6)], {})
    assert queries.sources(engine) == [
        ("app", first),
        ("c", first),
        ("d", first),
        ("r", first + 1_000_000),
        ("s", first),
    ]


def test_the_first_hour_is_the_earliest_of_any_kind(engine: Engine, clock: Clock) -> None:
    """Open or merged, of usage, tasks or checks; an as-of day of people is no hour of an event."""
    assert queries.first_hour(engine) is None
    writer = write(engine, clock, shard([people_row(1, day=DAY - 9), usage_row("sales", 1)], 5))
    assert queries.first_hour(engine) == DAY * 24
    writer.commit([closed({0: 5}), shard([check_row("chat", 1, hour=DAY * 24 - 3)], 6, day=DAY + 1)], {})
    assert queries.first_hour(engine) == DAY * 24 - 3
    writer.commit(
        [shard([task_row("sales", 1, hour=DAY * 24 - 50)], 6, day=DAY + 2), closed({0: 6}, day=DAY + 1)], {}
    )
    assert queries.first_hour(engine) == DAY * 24 - 50


def test_each_agents_newest_log_decides_what_is_behind(engine: Engine, clock: Clock) -> None:
    """Logs of four agents are made at different times: one made later takes back another of its own agent
    alone, in memory and for readers of the database.
    """
    writer = Writer(engine, clock)
    agents = {"t": "telemetry", "k": "tasks", "k2": "tasks"}
    writer.commit([marker({0: 5, 1: 5}, 5, log="k", made=1), marker({0: 7}, 7, log="t", made=9)], {}, agents)
    expected = {"tasks": (5_000_000, clock.now_us, 2), "telemetry": (7_000_000, clock.now_us, 1)}
    assert queries.freshness_by_agent(engine) == expected
    assert writer.view().behind == queries.freshness(engine).behind == 3
    writer.commit([marker({0: 3}, 3, log="k2", made=2)], {}, agents)
    for shown in (writer, write(engine, clock)):
        shown.positions()
        assert shown.view().behind == queries.freshness(engine).behind == 2
        assert shown.view().accepted_us_by_agent == {"tasks": 5_000_000, "telemetry": 7_000_000}
    assert queries.freshness(engine).accepted_us == writer.view().accepted_us == 7_000_000


@pytest.mark.parametrize(
    ("ask", "reason", "message"),
    [
        (
            lambda e: queries.tasks(e, ["model"]),
            "unknown_label",
            "by: 'model' is not a label; labels are depart",
        ),
        (lambda e: queries.probes(e, [], where={"x": "y"}), "unknown_label", "where: 'x' is not a label"),
        (lambda e: queries.transitions(e, OUTCOME, ["ai"]), "unknown_label", "by: 'ai' is not a label"),
        (lambda e: queries.transitions(e, OUTCOME, ["aspect"]), "unknown_label", "part of every transition"),
        (
            lambda e: queries.transitions(e, TASK, []),
            "unknown_kind",
            r"kinds are 3 \(OUTCOME\), 5 \(TASK_JUDG",
        ),
    ],
)
def test_what_cannot_be_asked_is_named(engine: Engine, ask, reason, message) -> None:  # type: ignore[no-untyped-def]
    """A typing error gets the labels or kinds there are, not an empty answer."""
    with pytest.raises(LedgerError, match=message) as caught:
        ask(engine)
    assert caught.value.reason == reason
