"""Gauges from a real ledger: computed beside the scrapes, on /metrics alone, gone when they cannot be had."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from stream.contract.metrics import METRIC
from stream.contract.names import US_PER_HOUR, US_PER_SECOND
from stream.contract.rows import PEOPLE, TASK, USAGE
from stream.ledger.database import open_ledger
from stream.ledger.errors import LedgerError
from stream.ledger.writer import Writer
from stream.metrics.computed import KEPT_S, Computed
from stream.metrics.declared import Declared, DeclaredFiles
from stream.metrics.page import Page
from tests.unit.ledger.records import DAY, row_of, shard
from tests.unit.metrics.expected import make_view

NOW_US = (DAY * 24 + 5) * US_PER_HOUR
PROGRAM = """
version: 1
currency: EUR
start: 2024-09-01
usd_rate: {rate: 0.9, date: 2024-09-01, source: finance}
populations: {Support: 50}
use_cases:
  - name: Answers
    department: Support
    stage: scale
    benefits:
      - name: Time
        category: time
        driver: {count: tasks}
        minutes_saved: 3
        hourly_cost: 60
        reallocated: 0.5
"""


class Desk:
    """A ledger, the files and a clock; ``gauges``: what a scrape gets of them, by name and labels."""

    def __init__(self, directory: Path) -> None:
        self.now_us = NOW_US
        self.program = directory / "program.yaml"
        self.program.write_text(PROGRAM)
        self.engine: Engine = open_ledger(f"sqlite:///{directory}/ledger.sqlite")
        self.process = CollectorRegistry()
        self.computed = self.compute(self.program)

    def compute(self, program: Path | None, least: int = 5) -> Computed:
        return Computed(self.engine, DeclaredFiles(program, None), least, lambda: self.now_us)

    def fill(self, people: int = 20) -> None:
        place = {"department": "Support", "use_case": "Answers", "environment": "production"}
        rows = [row_of(USAGE, {"cost_nano_usd_input": 10**11}, **place)]
        rows += [row_of(TASK, {"tasks": 5000}, ai="wholly", **place)]
        for day, count in ((DAY - 1, 40), (DAY, people), (DAY + 1, 30)):
            rows.append(row_of(PEOPLE, {"people": count}, hour=24 * day, window="7"))
        Writer(self.engine, lambda: NOW_US).commit([shard(rows, 1)], {})

    def gauges(self, computed: Computed | None = None) -> dict[tuple[str, ...], float]:
        text = generate_latest((computed or self.computed).registry).decode()
        return {
            (s.name, *(s.labels[label] for label in METRIC[s.name].labels)): s.value
            for family in text_string_to_metric_families(text)
            for s in family.samples
        }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.engine.dispose()


def test_the_ledger_as_it_stands(desk: Desk) -> None:
    """People of today (not of tomorrow, whose count still grows), the population, and the ROI."""
    desk.fill()
    desk.computed.refresh()
    found = desk.gauges()
    assert found["llm_active_people", "", "", "7d"] == 20
    assert found["llm_target_people", "Support"] == 50
    assert found["llm_roi_costs", "as_measured", "central", "programme", "EUR"] == 90
    assert found["llm_roi_saved_seconds", "gross", ""] == 250 * 3600
    assert found["llm_roi_ratio", "as_measured", "central", "programme"] > 0
    assert found["llm_roi_computed_time_seconds",] == NOW_US / US_PER_SECOND


def test_nothing_known_nothing_shown(desk: Desk) -> None:
    """An empty ledger without a programme has no gauge, not even at 0; with usage still no ROI."""
    bare = desk.compute(None)
    bare.refresh()
    assert desk.gauges(bare) == {}
    desk.fill()
    bare.refresh()
    assert {name for name, *_ in desk.gauges(bare)} == {"llm_active_people"}


@pytest.mark.parametrize(("people", "least"), [(4, 5), (20, 21)])
def test_the_smallest_group_is_the_settings(desk: Desk, people: int, least: int) -> None:
    """Fewer than the installation's smallest group are not shown."""
    desk.fill(people)
    computed = desk.compute(None, least)
    computed.refresh()
    assert desk.gauges(computed) == {}


def test_scrapes_compute_nothing(desk: Desk) -> None:
    """A scrape shows what was computed before, on /metrics; /metrics/process has none of it."""
    desk.fill()
    desk.computed.refresh()
    desk.engine.dispose()
    desk.computed._engine = None  # type: ignore[assignment] # whoever asks it now fails
    page = Page(
        lambda: make_view({}), desk.process, clock=lambda: desk.now_us, computed=desk.computed.registry
    )
    text = page.text()
    assert b"llm_roi_ratio{" in text
    assert text.index(b"llm_ledger_series") < text.index(b"llm_active_people")
    assert b"llm_" not in page.process_text()


def test_old_gauges_go(desk: Desk) -> None:
    """What could not be computed anew for a minute is no figure of now."""
    desk.fill()
    desk.computed.refresh()
    desk.now_us += round(KEPT_S * US_PER_SECOND) - 1
    assert desk.gauges()
    desk.now_us += 1
    assert desk.gauges() == {}


def test_it_goes_on_after_a_failure(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away is counted and asked again; the thread ends when it is told to."""
    desk.fill()
    desk.computed.count_on(desk.process)
    monkeypatch.setattr("stream.metrics.computed.EVERY_S", 0.01)
    failing = True

    def read(files: DeclaredFiles) -> Declared:
        if failing:
            raise LedgerError("unavailable", "the database is away")
        return Declared(None, None)

    monkeypatch.setattr(DeclaredFiles, "read", read)
    stop = threading.Event()
    thread = threading.Thread(target=desk.computed.run, args=(stop,))
    thread.start()
    try:
        _until(lambda: (desk.process.get_sample_value("tokonomics_ledger_computed_failures_total") or 0) > 1)
        assert desk.gauges() == {}
        failing = False
        _until(lambda: bool(desk.gauges()))
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()
    assert desk.process.get_sample_value("tokonomics_ledger_computed_duration_seconds") is not None


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)
