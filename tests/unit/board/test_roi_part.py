"""The ROI on the board: four readings, their ranges and how each comes about."""

from __future__ import annotations

import html as entities
import json
import re
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stream.board.answers import Html
from stream.board.board_json import json_roi
from stream.board.board_page import Page
from stream.board.charts_spans import draw_spans, ticks_of
from stream.board.kpi_page import Span, Spans, Step
from stream.board.period import DEFAULT
from stream.readings.program_file import load_program
from stream.readings.reading import LiveRoi, RoiReading
from stream.roi import POLICIES, Measured, Period, Program, Usage, estimate, hour_of
from tests.board.serving import PROGRAM
from tests.unit.board.rows import Ledger, answered, usage
from tests.unit.board.test_answers import as_html, as_json, shown


def program() -> Program:
    return load_program(PROGRAM).program


def live(accepted: int | None = 40_000) -> LiveRoi:
    """Of three weeks of one use case."""
    made = program()
    start = hour_of(made.start)
    period = Period(start, start + 21 * 24)
    case = ("customer service", "ticket replies")
    found = Measured({case: Usage(5 * 10**10, 50_000, 7, None, accepted)})
    reading = RoiReading("programme", estimate(made, found, period))
    return LiveRoi(reading, RoiReading("trailing", reading.estimate), ((case[0], reading),))


def page(roi: LiveRoi | None, **changed: object) -> Page:
    return Ledger().page(usage(**answered(10, 1_000)), roi=roi, **changed)


def steps(top: Step) -> list[Step]:
    return [top, *(below for child in top.children for below in steps(child))]


def test_the_roi_has_its_range_and_names_its_reading() -> None:
    """The large figure is the central one as measured; low, high and the other readings stand with it."""
    found = live()
    lead = page(found).value.leads[0]
    assert found.programme is not None
    central = found.programme.ratios["as_measured"]
    assert central is not None and lead.figure.exact is not None
    assert abs(Fraction(lead.figure.exact) / 100 - central.central) < Fraction(1, 10**9)
    said = " ".join(lead.lines)
    assert "low " in said and "high " in said and "as measured" in said and "since 01 May 2026" in said
    assert {name for name, _ in lead.more} == {"guide as printed", "prudent", "×2 ÷ 2", "last 90 days"}


def test_four_readings_stand_side_by_side() -> None:
    """Each with low, central, high, benefits, TCO, risks and net, in the engine's order."""
    part = page(live()).value.roi
    assert part is not None and part.chart is not None
    table = part.tables[0]
    assert [row.labels for row in table.rows] == [(policy.key,) for policy in POLICIES]
    for row in table.rows:
        low, central, high = (float(cell.exact or "nan") for cell in row.cells[:3])
        assert low <= central <= high
    assert [span.name for span in part.chart.spans] == [
        "guide as printed",
        "as measured",
        "prudent",
        "×2 ÷ 2",
    ]
    assert part.verdict and part.warnings and "EUR" in part.currency
    assert [row.name for row in part.tables[1].rows] == ["customer service"]


def test_what_is_not_measured_is_named() -> None:
    """A benefit whose driver nobody measures says what to connect."""
    part = page(live(accepted=None)).value.roi
    assert part is not None
    assert any("accepted_outputs not measured" in said for said in part.missing)
    assert part.missing[0] in entities.unescape(as_html(page(live(accepted=None))))


def test_each_figure_can_be_followed_to_its_inputs() -> None:
    """The derivation holds every node of the engine's tree, each input with its origin; ids are unique."""
    found = live()
    made = page(found)
    assert made.value.roi is not None and found.programme is not None
    for key, _, top in made.value.roi.steps:
        nodes = list(found.programme.estimate.reading(key).tree.walk())
        mine = steps(top)
        assert [one.name for one in mine] == [node.name for node in nodes]
        assert [one.origin for one in mine] == [node.origin for node in nodes]
        assert len({one.key for one in mine}) == len(mine)
    text = entities.unescape(Html().derivation(shown(made), "prudent", DEFAULT, made.made_us, "n0nce"))
    assert "use_cases[1].benefits[1].minutes_saved" in text and "reallocation is not measured" in text
    data = json.loads(json_roi(shown(made)))
    assert set(data["readings"]) == {policy.key for policy in POLICIES}


def test_a_reading_nobody_knows_is_as_measured() -> None:
    """A link of another version shows the usual reading and never fails."""
    made = page(live())
    text = Html().derivation(shown(made), "<nonsense>", DEFAULT, made.made_us, "n0nce")
    assert re.search(r'reading=as_measured" aria-current="page"', text) and "<nonsense>" not in text


def test_a_programme_that_cannot_be_read_is_said() -> None:
    """With file, line and mend, above all figures, on the page and in the JSON."""
    made = page(None, trouble=("program.yaml:3: start: is missing",))
    assert "program.yaml:3: start: is missing" in as_html(made)
    assert as_json(made)["roi_trouble"] == ["program.yaml:3: start: is missing"]


def test_a_programme_that_lies_ahead_is_said() -> None:
    """It has no figure and no 0."""
    made = page(LiveRoi(None, None))
    assert made.value.roi is None and "has not begun" in made.value.roi_connect
    assert made.value.leads[0].figure.exact is None and "has not begun" in made.value.leads[0].connect


def test_the_chart_of_ranges_says_in_words_what_it_shows() -> None:
    """A picture with a text, without styles, scripts or links, whatever the range."""
    for ends in (("-100", "-99.5", "-99"), ("0", "0", "0"), ("5", "1000", "26000")):
        chart = Spans("roi", "title", "what", [Span('a <b> "c"', *ends)], 'in "words"')
        svg = draw_spans(chart)
        assert svg.startswith("<svg ") and 'role="img"' in svg
        label = re.search(r'aria-label="([^"]*)"', svg)
        assert label is not None and entities.unescape(label[1]) == chart.text
        assert re.findall(r"<(?:script|style|defs|a|b)\b|xlink|\shref=|\sstyle=", svg) == []
        assert svg.count("<title>") == 3


@given(st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=2, max_size=2).map(sorted))
def test_the_axis_holds_every_range_and_0(ends: list[Decimal]) -> None:
    """From a round value at or below the lowest to one at or above the highest, in equal steps."""
    low, high = (str(end) for end in ends)
    ticks = ticks_of([Span("as measured", low, low, high)])
    assert ticks[0] <= min(0.0, float(low)) and ticks[-1] >= max(0.0, float(high))
    assert 0.0 in ticks and 2 <= len(ticks) <= 12


def test_without_a_cost_there_is_no_return() -> None:
    """No chart, no ratio, no 0 %: it says that there is no cost yet."""
    made = program().model_copy(update={"costs": []})
    start = hour_of(made.start)
    period = Period(start, start + 24)
    reading = RoiReading("programme", estimate(made, Measured({}), period))
    found = page(LiveRoi(reading, None))
    assert found.value.leads[0].figure.shown == "no cost yet"
    part = found.value.roi
    assert part is not None and part.chart is None and part.verdict == "no cost yet"
    assert [cell.shown for cell in part.tables[0].rows[0].cells[:4]] == ["no cost yet"] * 3 + ["no data"]
    assert "no cost yet" in as_html(found)
