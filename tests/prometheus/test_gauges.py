"""Gauges of the real ledger process as Prometheus scrapes them, and the files that they need."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedBroker
from stream.broker.ports import LOOPBACK
from stream.contract.rows import OUTCOME, PEOPLE, PROBE, TASK, USAGE, Row
from stream.ledger.database import open_ledger
from stream.ledger.writer import Writer
from stream.metrics.page import now_us
from tests.prometheus.growing import wait, wait_until
from tests.prometheus.ledger_process import LedgerUnderTest
from tests.prometheus.shard_writer import ShardWriter
from tests.support.prometheus import Prometheus, Scrape
from tests.unit.ledger.records import row_of, shard

PLACE = {"department": "Support", "use_case": "Answers", "environment": "production"}
PROGRAM = """version: 1
currency: EUR
start: {start}
usd_rate: {{rate: 0.9, date: {start}, source: finance}}
populations: {{Support: 50}}
use_cases:
  - name: Answers
    department: Support
    stage: scale
    benefits:
      - name: Time
        category: time
        driver: {{count: tasks}}
        minutes_saved: 3
        hourly_cost: 60
        reallocated: 0.5
"""
_START = (datetime.now(UTC) - timedelta(days=30)).date()


def rows() -> Iterator[Row]:
    """Of this hour: usage that cost 100 USD, 5000 tasks, a verdict, checks; 20 people of today."""
    hour = now_us() // 3_600_000_000
    step = {"aspect": "verdict", "from_value": "", "to_value": "used_as_is", "selection": "all"}
    yield row_of(USAGE, {"requests_success": 100, "cost_nano_usd_input": 10**11}, hour=hour, **PLACE)
    yield row_of(TASK, {"tasks": 5000, "tasks_timed": 10, "seconds": 600}, hour=hour, ai="wholly", **PLACE)
    yield row_of(OUTCOME, {"events": 60}, hour=hour, **PLACE, **step)
    checks = {"checks": 3, "duration_us_sum": 30_000, "duration_le_100000": 3}
    yield row_of(PROBE, checks, hour=hour, probe="gateway", check="http", outcome="success")
    for day in (hour // 24, hour // 24 + 1):  # midnight may pass meanwhile
        for department in ("", "Support"):
            yield row_of(PEOPLE, {"people": 20}, hour=24 * day, window="7", department=department)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    """A ledger process over a database that holds those rows, and a broker with nothing new."""
    with EmbeddedBroker(None, tmp_path / "broker") as broker:
        ShardWriter(broker.bootstrap, 1).close()
        made = LedgerUnderTest(broker.bootstrap, tmp_path, 0.0, program=tmp_path / "program.yaml")
        (tmp_path / "program.yaml").write_text(PROGRAM.format(start=_START))
        engine = open_ledger(made.settings.database)
        Writer(engine, now_us).commit([shard(list(rows()), 1)], {})
        engine.dispose()
        yield made
        made.process.kill()


@pytest.mark.prometheus
def test_prometheus_has_people_and_roi_within_ten_seconds(ledger: LedgerUnderTest, tmp_path: Path) -> None:
    """They are there with the counters, no older than 10 s, outlive a programme that breaks; and
    promtool finds nothing in the page to complain of.
    """
    assert ledger.settings.program is not None
    with Prometheus(
        [Scrape("ledger", (f"{LOOPBACK}:{ledger.port}",), 0.25)], tmp_path / "prometheus"
    ) as seen:
        ledger.start()
        (costs,) = seen.wait_for('llm_roi_costs{reading="as_measured",bound="central",scope="programme"}')
        assert (costs.value, costs.labels["currency"]) == (90, "EUR")
        (active,) = seen.query('llm_active_people{department="Support",window="7d"}')
        (target,) = seen.query('llm_target_people{department="Support"}')
        assert (active.value, target.value) == (20, 50)
        ratio = "(llm_roi_benefits - llm_roi_costs - llm_roi_risks) / llm_roi_costs"
        same = f"abs(llm_roi_ratio - ignoring(currency) {ratio}) < 1e-9"
        assert len(seen.query(f'{same} and llm_roi_ratio{{bound="central"}}')) == 8
        ledger.settings.program.write_text("version: 1\ncurrency: nonsense\n")
        seen.wait_for('tokonomics_ledger_declared_failures_total{file="program"} == 1')
        wait(1.0)
        assert seen.query('llm_roi_costs{reading="as_measured",bound="central"} == 90')
        ages = seen.query("max_over_time((time() - llm_roi_computed_time_seconds)[1m:250ms])", time.time())
        assert 0 <= ages[0].value <= 10
        text = ledger.get("/metrics")[1]
    assert any(
        "program.yaml:2: currency" in line for line in ledger.process.log_file.read_text().splitlines()
    )
    assert "llm_" not in ledger.get("/metrics/process")[1]
    checked = subprocess.run(
        [shutil.which("promtool") or "promtool", "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("program.yaml", "version: 1\ncurrency: nonsense\nstart: 2026-01-15\n", "program.yaml:2: currency"),
        ("people.csv", "person,department\nann@example.org\n", "people.csv:2"),
        ("people.csv", None, "people.csv: No such file"),
    ],
)
def test_a_broken_file_stops_the_start(tmp_path: Path, name: str, text: str | None, says: str) -> None:
    """One line that names the file's line; nothing is opened, and the exit code says so."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    program, people = (path, None) if name.startswith("program") else (None, path)
    ledger = LedgerUnderTest(f"{LOOPBACK}:1", tmp_path, 0.0, program=program, people=people)
    ledger.process.start()
    try:
        wait_until(lambda: not ledger.process.running, "it ends")
        (line,) = ledger.errors()
        assert line.startswith("error: ") and says in line
        assert ledger.process.exit_code == 1
        assert not (tmp_path / "ledger.sqlite").exists()
    finally:
        ledger.process.kill()
