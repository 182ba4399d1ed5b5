"""``tokonomics explain roi`` over a real ledger: what is joined, shown and refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stream.cli import build
from stream.contract.names import PRODUCTION, US_PER_HOUR
from stream.contract.rows import COST_TYPES
from stream.ledger.database import open_ledger
from stream.ledger.queries import usage
from stream.readings.errors import PeriodInvalid
from stream.readings.roi import measured, period_of
from stream.roi import Period, hour_of
from tests.board.demo_ledger import DemoLedger

NOW_HOUR = hour_of(dt.date(2025, 3, 1))
PROGRAM = """\
currency: USD
start: 2025-02-28
use_cases:
  - name: ticket replies
    department: customer service
    stage: scale
    benefits:
      - name: Handling
        category: time
        driver: {count: requests, ratio: 0.5}
        minutes_saved: 3
        hourly_cost: 30
        reallocated: 0.5
"""


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    engine = open_ledger(url)
    DemoLedger(engine).fill(NOW_HOUR * US_PER_HOUR, hours=10)
    engine.dispose()
    (tmp_path / "program.yaml").write_text(PROGRAM)
    return url


def run(ledger: str, *more: str) -> Result:
    program = Path(ledger.removeprefix("sqlite:///")).parent / "program.yaml"
    options = ["--program", str(program), "--database", ledger, "--period", "2025-02-28..2025-03-02"]
    return CliRunner().invoke(build(), ["explain", "roi", *options, *more])


def test_the_tree_names_each_source(ledger: str) -> None:
    """The four readings, then each input with its line in the programme or its query of the ledger."""
    result = run(ledger)
    assert result.exit_code == 0, result.output
    for said in (
        "guide as printed",
        "as measured",
        "prudent",
        "×2 ÷ 2 test",
        "program.yaml:11",
        "ledger: usage by",
    ):
        assert said in result.stdout, result.stdout


def test_json_is_exact_and_whole(ledger: str) -> None:
    """For machines: every reading with its derivation, decimals in text."""
    found = json.loads(run(ledger, "--json").stdout)
    assert list(found["readings"]) == ["guide", "as_measured", "prudent", "stressed"]
    assert [part["name"] for part in found["readings"]["guide"]["derivation"]["children"]] == [
        "benefits",
        "TCO",
        "risk provision",
    ]


def test_what_is_measured_is_what_the_ledger_holds(ledger: str) -> None:
    """Cost of all environments, requests of production that were answered with success."""
    engine = open_ledger(ledger)
    found = measured(engine, Period(NOW_HOUR - 24, NOW_HOUR + 1)).usage
    rows = usage(engine, ("environment",), since_hour=NOW_HOUR - 24, until_hour=NOW_HOUR + 1)
    engine.dispose()
    costs = sum(row.measures.get(f"cost_nano_usd_{part}", 0) for row in rows for part in COST_TYPES)
    ours = sum(row.measures["requests_success"] for row in rows if row.labels == (PRODUCTION,))
    assert sum(one.cost_nano_usd for one in found.values()) == costs > 0
    assert sum(one.requests or 0 for one in found.values()) == ours > 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--period", "soon"), "--period"),
        (("--program", "none.yaml"), "deploy/program.example.yaml"),
        (("--database", "sqlite:///none.sqlite"), "tokonomics ledger"),
    ],
)
def test_what_is_missing_is_one_line(ledger: str, more: tuple[str, str], said: str) -> None:
    """No ledger, no programme, no such period: exit code 1 and one line with the mend."""
    result = run(ledger, *more)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1 and said in result.stderr


@pytest.mark.parametrize("more", [("--department", "Nobody"), ("--reading", "rosy")])
def test_a_wrong_name_is_a_usage_error(ledger: str, more: tuple[str, str]) -> None:
    """Exit code 2, and the option is named."""
    result = run(ledger, *more)
    assert result.exit_code == 2 and more[0] in result.stderr


def test_periods() -> None:
    """From the programme's start, days before now, or dates with an exclusive end; never later than now."""
    start = dt.date(2025, 2, 1)
    assert period_of("programme", start, NOW_HOUR) == Period(hour_of(start), NOW_HOUR + 1)
    assert period_of("2d", start, NOW_HOUR) == Period(NOW_HOUR - 47, NOW_HOUR + 1)
    assert period_of("2025-02-01..2025-02-02", start, NOW_HOUR).until_hour - hour_of(start) == 24
    assert period_of("2025-02-01..2026-02-01", start, NOW_HOUR) == Period(hour_of(start), NOW_HOUR + 1)
    for bad in ("0d", "d", "2025-02-02..2025-02-01", "x..y", ""):
        with pytest.raises(PeriodInvalid):
            period_of(bad, start, NOW_HOUR)
    with pytest.raises(PeriodInvalid):
        period_of("programme", dt.date(2027, 1, 1), NOW_HOUR)
