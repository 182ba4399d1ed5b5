"""The value part of the board over HTTP: its order, KPIs, small groups, ROI, and who sends what."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from stream.board.period import period_named, window
from stream.contract.kpis import DIMENSIONS
from stream.ledger.database import open_ledger, read_ledger
from stream.readings.ledger import read_kpis
from stream.readings.program_file import load_program
from stream.readings.reading import Window as Hours
from stream.roi import POLICIES
from tests.board.demo_ledger import DemoLedger
from tests.board.serving import PROGRAM, serving
from tests.board.test_server import NOW_US, answer, url


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with hours of everything: usage, outcomes, tasks, probes and people."""
    path = tmp_path_factory.mktemp("judged") / "ledger.sqlite"
    engine = open_ledger(url(path))
    DemoLedger(engine, judged=True).fill(NOW_US, hours=8)
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def valued(judged: Path) -> Iterator[str]:
    with serving(url(judged), lambda: NOW_US, PROGRAM) as found:
        yield found


def test_the_page_goes_from_value_to_cost_to_what_it_lacks(valued: str) -> None:
    """Pilot view, KPIs, ROI, cost drivers, tables, data quality: in this order."""
    text = httpx.get(valued).text
    marks = [
        *(f'id="lead-{key}"' for key in ("genai_roi", "hours_saved", "cost_per_request", "adoption_rate")),
        'id="kpis"', *(f'id="group-{key}"' for key in DIMENSIONS), 'id="roi"', 'id="chart-roi_readings"',
        'id="costs"', 'id="tile-cost"', 'id="chart-cost_by_hour"', 'id="table-departments"', 'id="quality"',
    ]  # fmt: skip
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_the_kpis_are_those_of_the_readings(valued: str, judged: Path) -> None:
    """What the page and its JSON say of each KPI is what the readings say, with its denominator."""
    data = answer(valued, "day")
    frame = window(period_named("day"), NOW_US)
    engine = read_ledger(url(judged))
    program = load_program(PROGRAM).program
    assert frame.since is not None
    found = read_kpis(engine, Hours(frame.since, frame.until), NOW_US, program=program)
    engine.dispose()
    assert {reading.key for reading in found} == set(data["kpis"])
    checked = 0
    for reading in found:
        shown = data["kpis"][reading.key]
        if reading.kpi.interval and reading.value is not None and not reading.scope:
            assert abs(Fraction(shown["value"]) / 100 - reading.value) < Fraction(1, 10**9)
            assert shown["denominator"] == reading.samples
            assert shown["interval"].startswith("95 % interval")
            assert shown["status"] == reading.status
            checked += 1
    assert checked >= 5


def test_no_small_group_leaves_the_board(valued: str) -> None:
    """Three people of finance were active of four: neither number, nor their share, is anywhere."""
    parts = answer(valued)["kpis"]["adoption_rate"]["parts"]["adoption_rate-department"]["rows"]
    rows = {row["name"]: row for row in parts}
    assert rows["customer service"]["value"]["value"] is not None
    assert [rows["finance"][cell]["value"] for cell in ("value", "of", "status")] == [None] * 3
    assert rows["finance"]["value"]["shown"] == "< 5 people"


def test_sources_are_served(valued: str) -> None:
    """As a page that the board links, and as JSON; each of its parts is there."""
    assert 'href="/sources?period=day"' in httpx.get(valued).text
    text = httpx.get(f"{valued}/sources").text
    data = httpx.get(f"{valued}/api/sources.json").json()
    assert set(data["tables"]) == {"senders", "outcomes", "tasks", "probes", "refusals", "conflicts"}
    for key in data["tables"]:
        assert f'id="table-{key}"' in text
    for key, name in (("senders", "gateway"), ("outcomes", "help desk"), ("tasks", "ticket system")):
        rows = {row["name"]: row for row in data["tables"][key]["rows"]}
        assert rows[name]["seen"]["shown"].endswith("ago")


def test_the_derivation_is_served(valued: str) -> None:
    """Down to the fields of the programme, for each reading."""
    for reading in ("guide", "as_measured", "prudent", "stressed"):
        text = httpx.get(f"{valued}/roi?reading={reading}").text
        assert "use_cases[1].benefits[1].minutes_saved" in text
    assert set(httpx.get(f"{valued}/api/roi.json").json()["readings"]) == {policy.key for policy in POLICIES}


def test_a_programme_with_a_mistake_leaves_the_rest(judged: Path, tmp_path: Path) -> None:
    """The board says file, line and mend; once it is mended, the ROI is there without a restart."""
    program = tmp_path / "program.yaml"
    program.write_text("version: 1\ncurrency: EUR\n")
    with serving(url(judged), lambda: NOW_US, program) as board:
        found = answer(board)
        assert found["roi"] is None and "start" in found["roi_trouble"][0]
        assert int(found["tiles"]["requests"]["value"]) > 0
        program.write_text(PROGRAM.read_text())
        until = time.monotonic() + 30
        while answer(board)["roi"] is None and time.monotonic() < until:
            time.sleep(0.1)
        assert answer(board)["roi"]["currency"] == "EUR"
