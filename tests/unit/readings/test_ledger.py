"""From a real ledger: every kind of row is read, of its window alone, and the command explains it."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine
from typer.testing import CliRunner

from stream.contract.directory import Directory, Membership
from stream.contract.names import US_PER_HOUR
from stream.contract.rows import OUTCOME, PEOPLE, PROBE, TASK, TASK_JUDGEMENT, USAGE, Row
from stream.control.commands_explain import kpi
from stream.ledger.database import open_ledger
from stream.ledger.writer import Writer
from stream.readings.errors import PeriodInvalid, UnknownKpi
from stream.readings.ledger import load_directory, read_kpis
from stream.readings.program_file import load_program
from stream.readings.reading import KpiReadings, Window
from stream.readings.roi import live_roi, measured
from stream.roi import Period, hour_of
from tests.board.demo_ledger import DemoLedger
from tests.unit.ledger.records import DAY, row_of, shard
from tests.unit.readings.given import program

HOUR = DAY * 24 + 5
NOW_US = HOUR * US_PER_HOUR
WINDOW = Window(HOUR - 27 * 24, HOUR + 1)
PLACE = {"department": "Support", "use_case": "Answers", "environment": "production"}


def rows() -> Iterator[Row]:
    step = {"aspect": "verdict", "from_value": "", "to_value": "used_as_is", "selection": "all"}
    work = {"tasks": 40, "tasks_timed": 40, "seconds": 40 * 360}
    yield row_of(USAGE, {"requests_success": 100, "cost_nano_usd_input": 10**9}, hour=HOUR, **PLACE)
    yield row_of(
        USAGE,
        {"requests_success": 7, "cost_nano_usd_input": 10**9},
        hour=HOUR,
        **PLACE | {"environment": "test"},
    )
    yield row_of(USAGE, {"requests_success": 5}, hour=WINDOW.since_hour - 1, **PLACE)
    yield row_of(OUTCOME, {"events": 60}, hour=HOUR, **PLACE, **step)
    yield row_of(OUTCOME, {"events": 20}, hour=HOUR, **PLACE, **step | {"to_value": "revised"})
    yield row_of(TASK, work, hour=HOUR, ai="partly", **PLACE)
    yield row_of(TASK, work | {"seconds": 40 * 600}, hour=HOUR, ai="none", **PLACE)
    control = step | {"aspect": "control", "to_value": "passed"}
    yield row_of(TASK_JUDGEMENT, {"events": 30}, hour=HOUR, ai="none", **PLACE, **control)
    yield row_of(PROBE, {"checks": 10}, hour=HOUR, probe="gateway", outcome="success")
    for day, people in ((DAY - 1, 10), (DAY, 20), (DAY + 1, 30)):
        yield row_of(PEOPLE, {"people": people}, hour=24 * day, window="7")


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    engine = open_ledger(url)
    Writer(engine, lambda: NOW_US).commit([shard(list(rows()), 1)], {})
    engine.dispose()
    return url


@pytest.fixture
def engine(ledger: str) -> Engine:
    return open_ledger(ledger)


def read(engine: Engine) -> KpiReadings:
    people = Directory(Membership(f"p{number}", "Support") for number in range(40))
    return read_kpis(engine, WINDOW, NOW_US, program=program(), directory=people)


def test_every_kind_of_row_is_read(engine: Engine) -> None:
    """Production alone, of the window alone; people of the as-of day, not of days to come."""
    found = read(engine)
    assert found.of("use_per_feature").value == 100
    assert (found.of("output_reuse_rate").numerator, found.of("output_reuse_rate").denominator) == (60, 80)
    assert found.of("time_saved_per_task").value == Fraction(2, 5)
    manual = found.of("post_ai_error_rate").figure("manual_error_rate")
    assert manual is not None and manual.denominator == 30
    probes = found.of("service_uptime").figure("by_probes")
    assert probes is not None and probes.value == 1
    adoption = found.of("adoption_rate")
    assert (adoption.numerator, adoption.denominator) == (20, 40)


def test_the_roi_takes_tasks_and_accepted_outputs(engine: Engine) -> None:
    """Tasks done with AI and outputs that stand accepted, of production; cost of all environments."""
    one = measured(engine, Period(WINDOW.since_hour, WINDOW.until_hour)).usage["Support", "Answers"]
    assert (one.tasks, one.accepted_outputs, one.requests, one.cost_nano_usd) == (40, 60, 100, 2 * 10**9)


def test_without_any_task_or_verdict_they_are_not_measured(tmp_path: Path) -> None:
    """A ledger of usage alone: None, which the ROI calls missing, not 0."""
    engine = open_ledger(f"sqlite:///{tmp_path / 'usage.sqlite'}")
    Writer(engine, lambda: NOW_US).commit([shard([next(rows())], 1)], {})
    one = measured(engine, Period(WINDOW.since_hour, WINDOW.until_hour)).usage["Support", "Answers"]
    assert (one.tasks, one.accepted_outputs, one.requests) == (None, None, 100)


def test_live_roi_is_to_date_and_of_ninety_days(engine: Engine) -> None:
    """40 tasks × 3 minutes × 60 an hour × 0.5 put to other use × FM 0.7 = 42 for 2 dollars of usage, in both;
    departments are those of the programme; before its start there is nothing.
    """
    live = live_roi(engine, program(start=dt.date(1970, 1, 1) + dt.timedelta(DAY - 200)), NOW_US)
    assert live.programme is not None and live.trailing is not None
    ratio = live.programme.ratios["as_measured"]
    assert ratio is not None and ratio.central == 20
    assert live.trailing.period.until_hour - live.trailing.period.since_hour == 90 * 24
    assert live.trailing.ratios["as_measured"] == ratio and [name for name, _ in live.departments] == [
        "Support"
    ]
    later = live_roi(engine, program(start=dt.date(2100, 1, 1)), NOW_US)
    assert later.programme is None and later.trailing is None


@pytest.mark.long
def test_it_is_quick_over_25_000_rows(tmp_path: Path) -> None:
    """A month of a busy organisation, ROI included, within the two seconds that a page may take; alone on two
    cores it takes 0.6 s.
    """
    engine = open_ledger(f"sqlite:///{tmp_path / 'large.sqlite'}")
    now = hour_of(dt.date(2026, 3, 1))
    DemoLedger(engine, per_hour=4_000).fill(now * US_PER_HOUR, hours=700)
    window = Window(now - 15 * 24, now + 1)
    best = 60.0
    for _ in range(3):
        begun = time.perf_counter()
        read_kpis(engine, window, now * US_PER_HOUR, program=program())
        best = min(best, time.perf_counter() - begun)
    assert best < 2


APP = typer.Typer()
APP.callback()(lambda: None)
APP.command()(kpi)


def explain(ledger: str, *more: str) -> str:
    since, until = (dt.date(1970, 1, 1) + dt.timedelta(day) for day in (DAY - 27, DAY + 1))
    result = CliRunner().invoke(APP, ["kpi", *more, "--database", ledger, "--period", f"{since}..{until}"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_the_command_names_what_it_is_made_of(ledger: str) -> None:
    """Value, numerator, denominator, interval, target, definition, origin, and how they were chosen."""
    said = explain(ledger, "output_reuse_rate")
    for words in (
        "75.00 %",
        "numerator 60: outputs used unchanged",
        "denominator 80: ",
        "95 % interval (Wilson): 64.52 % to 83.19 %",
        "target: > 60 %",
        "counted: ",
        "from: ledger, outcomes by department",
        "all 100%",
        "Support / Answers: 75.00 % (60 of 80)",
    ):
        assert words in said, said


def test_the_command_says_what_to_connect(ledger: str) -> None:
    """A KPI without data: not known, never 0."""
    said = explain(ledger, "user_satisfaction")
    assert "not known" in said and "to have it: hand in answers" in said and " 0" not in said.splitlines()[0]


def test_the_command_speaks_to_machines(ledger: str) -> None:
    """All scopes of the KPI, decimals in text."""
    found = json.loads(explain(ledger, "mean_latency", "--json"))
    assert [one["scope"] for one in found] == ["overall", "chat", "code"]
    assert json.loads(explain(ledger, "output_reuse_rate", "--json"))[0]["value"] == "0.750000000"


def test_wrong_names_are_refused(ledger: str, tmp_path: Path) -> None:
    """No such KPI; the programme's period without a programme; a directory that is not there."""
    with pytest.raises(UnknownKpi, match="tokonomics kpis"):
        explain(ledger, "reuse")
    with pytest.raises(PeriodInvalid, match="--program"):
        CliRunner().invoke(
            APP,
            ["kpi", "cost_per_request", "--database", ledger, "--period", "programme"],
            catch_exceptions=False,
        )
    with pytest.raises(ValueError, match=r"deploy/directory\.example\.csv shows one"):
        load_directory(tmp_path / "none.csv")


def test_the_example_programme_has_what_readings_need(engine: Engine) -> None:
    """What deploy/ tells people to copy gives readings with its baselines and targets."""
    example = load_program(Path(__file__).parents[3] / "deploy" / "program.example.yaml").program
    found = read_kpis(engine, WINDOW, NOW_US, program=example)
    assert example.baselines and example.targets
    assert any(item.own for item in found.of("human_revision_rate").against)
