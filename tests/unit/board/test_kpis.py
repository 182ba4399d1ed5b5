"""KPIs on the board: figures against targets, what to connect, small groups."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from stream.board import formatting as f
from stream.board import kpi_figures as figures
from stream.board.board_page import Page
from stream.board.kpi_page import Card, Lead
from stream.board.kpi_trend import higher_is_better, trend
from stream.board.period import window
from stream.contract.kpi_decisions import INPUT
from stream.contract.kpis import DIMENSIONS, KPI, KPIS, NO_BASELINE
from stream.ledger.figures import Freshness
from stream.readings.reading import Beside, Reading
from tests.unit.board.kpi_rows import part, rate, silent, with_readings
from tests.unit.board.rows import NOW_US, Ledger, answered, usage
from tests.unit.board.test_answers import as_html, as_json


def page(*found: Reading, least: int = 5, **changed: object) -> Page:
    return Ledger().page(usage(**answered(10, 1_000)), kpis=with_readings(found, least), **changed)


def card(made: Page, key: str) -> Card:
    (found,) = [one for group in made.value.groups for one in group.cards if one.key == key]
    return found


def lead(made: Page, key: str) -> Lead:
    (found,) = [one for one in made.value.leads if one.key == key]
    return found


def test_the_board_has_every_kpi_of_the_catalogue_by_dimension() -> None:
    """None is left out for having no data, and the four dimensions stand in the catalogue's order."""
    groups = page().value.groups
    assert [group.key for group in groups] == list(DIMENSIONS)
    assert [one.key for group in groups for one in group.cards] == [kpi.key for kpi in KPIS]
    for group in groups:
        for one in group.cards:
            assert one.about.decides and one.about.definition and one.about.reviewed


def test_what_has_no_data_says_what_to_connect_and_never_0() -> None:
    """In the row, on opening, in the JSON; and there is no digit in place of a figure."""
    made = page()
    text, data = as_html(made), as_json(made)
    for kpi in KPIS:
        first = card(made, kpi.key).first
        assert (first.figure.shown, first.figure.exact) == (f.NO_DATA, None)
        assert first.connect and first.needs
        assert data["kpis"][kpi.key]["connect"] == first.connect
    assert "connect outcomes" in text and "connect tasks" in text
    assert {one.name for one in made.value.needs} <= {item.name for item in INPUT.values()}
    assert sum(one.kpis for one in made.value.needs) == len(KPIS)
    for key in ("genai_roi", "hours_saved", "adoption_rate"):
        assert lead(made, key).figure.exact is None and lead(made, key).connect
    assert made.value.roi is None and made.value.roi_connect


def test_a_rate_has_its_denominator_interval_and_target() -> None:
    """Value, of how many, Wilson's interval, each target and how the value stands to it."""
    made = page(rate("output_reuse_rate", 625, 1_000))
    first = card(made, "output_reuse_rate").first
    assert (first.figure.shown, first.figure.unit, first.figure.exact) == ("62.5", "%", "62.5")
    assert first.figure.denominator == "of 1,000 outputs judged"
    assert first.interval == "95 % interval 60.5 to 64.5 %"
    assert [(goal.text, goal.word, goal.level) for goal in first.goals] == [("> 60 %", "met", "good")]
    data = as_json(made)["kpis"]["output_reuse_rate"]
    assert (data["value"], data["denominator"], data["status"]) == ("62.5", 1000, "met")
    assert data["targets"] == [{"target": "> 60 %", "status": "met"}]
    assert data["interval"] and data["decides"] == "use-case owner"


@pytest.mark.parametrize(
    ("status", "word", "level"),
    [("met", "met", "good"), ("missed", "missed", "bad"), ("undecided", "undecided", "warn")],
)
def test_a_target_is_met_missed_or_undecided_in_words(status: str, word: str, level: str) -> None:
    """Never by colour alone."""
    made = page(rate("automation_rate", 6, 10, status=status))  # type: ignore[arg-type]
    goal = card(made, "automation_rate").first.goals[0]
    assert (goal.word, goal.level) == (word, level)
    assert f'<span class="pill {level}">{word}</span>' in as_html(made)


def test_a_change_without_a_baseline_says_so() -> None:
    """Not 0 %, and what to name."""
    found = Reading(KPI["production_throughput"], "", "ratio_change", None, status="no_baseline")
    first = card(page(found), "production_throughput").first
    assert (first.figure.shown, first.figure.exact) == (NO_BASELINE, None)
    assert "dated baseline" in first.connect


def test_a_small_group_has_no_figure_anywhere() -> None:
    """Not on the page, not in a tooltip, not in the JSON; the other departments keep theirs."""
    by = ("department",)
    hidden = part(by, ("finance",), 3, 4, suppressed=True)
    found = rate("adoption_rate", 103, 154, by=(part(by, ("marketing",), 100, 150), hidden))
    made = page(found)
    bars = {bar.name: bar for bar in lead(made, "adoption_rate").bars}
    assert bars["marketing"].figure.shown == "66.7"
    assert (bars["finance"].figure.shown, bars["finance"].figure.exact) == ("< 5 people", None)
    assert bars["finance"].share is None
    parts = as_json(made)["kpis"]["adoption_rate"]["parts"]["adoption_rate-department"]["rows"]
    rows = {row["name"]: row for row in parts}
    assert [rows["finance"][cell]["value"] for cell in ("value", "of", "status")] == [None] * 3
    assert "75.0" not in as_html(made) and "75" not in json.dumps(rows["finance"])


def test_counts_of_people_by_window_are_no_parts_of_the_rate() -> None:
    """Adoption's counts of a day and of 28 days are not shown as shares."""
    found = rate("adoption_rate", 6, 10, by=(part(("department", "window"), ("marketing", "28"), 9, 1),))
    assert card(page(found), "adoption_rate").parts == []


def test_departments_show_what_came_of_their_cost() -> None:
    """Accepted outputs, errors after control and adoption stand in the department's own row."""
    place = ("department", "use_case")
    found = (
        rate("output_reuse_rate", 80, 100, by=(part(("department",), ("marketing",), 30, 40),
                                               part(place, ("marketing", "product texts"), 20, 25))),
        rate("post_ai_error_rate", 3, 90, by=(part(("department",), ("marketing",), 2, 50),)),
        rate("adoption_rate", 50, 90, by=(part(("department",), ("marketing",), 1, 2, suppressed=True),)),
    )  # fmt: skip
    table = page(*found).tables[0]
    keys = [column.key for column in table.columns]
    department, use_case = table.rows
    cells = dict(zip(keys, department.cells, strict=True))
    assert (cells["accepted"].shown, cells["accepted"].of) == ("75.0", 40)
    assert (cells["post_ai_error"].shown, cells["adoption"].exact) == ("4.0", None)
    assert dict(zip(keys, use_case.cells, strict=True))["accepted"].shown == "80.0"
    assert table.total is not None
    assert dict(zip(keys, table.total.cells, strict=True))["accepted"].of == 100


def test_columns_without_any_data_are_left_out_and_named() -> None:
    """A wall of "no data" says less than what to connect."""
    table = page().tables[0]
    assert not {"accepted", "post_ai_error", "adoption"} & {column.key for column in table.columns}
    assert "Accepted and Post-AI error columns: connect outcomes" in table.note


def test_companions_stand_beside_a_kpi() -> None:
    """Throughput is never shown without quality: their figures come with it, even when they have none."""
    found = card(page(rate("human_revision_rate", 2, 10)), "production_throughput")
    assert {key: figure.shown for key, _, figure in found.companions} == {
        "post_ai_error_rate": "no data",
        "human_revision_rate": "20.0",
    }


def test_every_scope_of_a_kpi_is_shown() -> None:
    """Latency of chat stands with the overall one, each against its own target."""
    kpi = KPI["mean_latency"]
    overall, chat = (
        Reading(kpi, scope, "seconds", Fraction(value), samples=Fraction(100), status="met")
        for scope, value in (("overall", 2), ("chat", 4))
    )
    found = card(page(overall, chat, silent("mean_latency", "code")), "mean_latency")
    assert [one.scope for one in found.measures] == ["overall", "chat", "code suggestions"]
    assert [one.scope for one in found.others] == ["chat"]


def test_the_freshness_of_each_input_stands_with_its_kpi() -> None:
    """How old the newest event is that it could hold."""
    agents = {"tasks": Freshness(NOW_US - 90_000_000, NOW_US, 0)}
    assert card(page(agents=agents), "automation_rate").freshness == "tasks 90 s ago"
    assert card(page(agents=agents), "human_revision_rate").freshness == ""


@pytest.mark.parametrize(
    ("now", "before", "said", "level"),
    [("0.70", "0.60", "+10.0 points", "good"), ("0.50", "0.60", "−10.0 points", "warn"),
     ("0.61", "0.60", "no clear change", "info")],
)  # fmt: skip
def test_a_share_moves_in_points_and_not_within_its_interval(
    now: str, before: str, said: str, level: str
) -> None:
    """Against the window before; within the interval no change is claimed."""
    value = Fraction(now)
    found = rate("output_reuse_rate", value.numerator, value.denominator, previous=Fraction(before))
    change = trend(found, "before")
    assert change is not None
    assert (change.shown, change.level) == (said, level)


def test_whether_more_is_better_is_the_catalogues() -> None:
    """An error rate that rises is worse, a reuse rate better, a cost per task that falls better."""
    said = {kpi.key: higher_is_better(kpi) for kpi in KPIS}
    assert said["post_ai_error_rate"] is False and said["cost_per_request"] is False
    assert said["output_reuse_rate"] is True and said["time_saved_per_task"] is True
    assert said["cost_per_task"] is False and said["use_per_feature"] is None


@pytest.mark.parametrize(
    ("value", "unit", "shown", "exact"),
    [
        (Fraction(1, 3), "ratio", "33.3", "33.3333333333"),
        (Fraction(-1, 5), "ratio", "−20.0", "-20"),
        (Fraction(1823, 1000), "ratio", "182", "182.3"),
        (Fraction(1, 4), "ratio_change", "+25.0", "25"),
        (Fraction(3, 2), "seconds", "1.50", "1.5"),
        (Fraction(-123456), "EUR", "−123,456", "-123456"),
        (Fraction(99999, 10), "hours", "10,000", "9999.9"),
        (Fraction(0), "people", "0", "0"),
    ],
)
def test_figures_are_written_in_their_unit(value: Fraction, unit: str, shown: str, exact: str) -> None:
    """Percent for ratios, signs where below 0, every digit for machines."""
    found = figures.figure(value, unit)
    assert (found.shown, found.exact) == (shown, exact)


def test_a_lower_bound_stays_one_in_the_kpis() -> None:
    """A cost per request that holds attempts without a whole price bears its ≥ here, too."""
    priced = Beside("share_priced", "share", Fraction(9, 10), "ratio")
    found = Reading(
        KPI["cost_per_request"], "", "USD", Fraction(1, 100), samples=Fraction(10), beside=(priced,)
    )
    assert card(page(found), "cost_per_request").first.figure.bound


def test_the_window_of_a_period_is_the_readings_one() -> None:
    """28 days are there: what is reviewed monthly is looked at over a month."""
    from stream.board.period import period_named

    frame = window(period_named("month"), NOW_US)
    assert frame.since is not None and frame.current - frame.since == 672


def test_a_figure_is_over_its_samples_and_not_over_seconds() -> None:
    """Time saved is made of seconds; what it is over are tasks."""
    found = Reading(KPI["time_saved_per_task"], "", "ratio_change", Fraction(1, 3), Fraction(3_538_485),
                    Fraction(5_322_540), samples=Fraction(2_690), status="met")  # fmt: skip
    assert card(page(found), "time_saved_per_task").first.figure.denominator == "of 2,690 tasks with AI"


def test_what_to_connect_is_text_but_for_its_ticks() -> None:
    """What stands between backticks is code; nothing of it is markup."""
    found = replace(silent("adoption_rate"), connect="give `<b>` and <script>alert(1)</script>")
    text = as_html(page(found))
    assert "<code>&lt;b&gt;</code>" in text and "<script>alert" not in text


def test_people_without_a_population_are_counted_and_no_share() -> None:
    """A department nobody gave a population: how many were active, and no percentage."""
    alone = replace(part(("department",), ("marketing",), 12, 1), value=None, denominator=None)
    made = page(replace(silent("adoption_rate"), by=(alone,), notes=("no population is known",)))
    (bar,) = lead(made, "adoption_rate").bars
    assert (bar.figure.shown, bar.figure.exact, bar.share) == ("12 people", None, None)
    assert "no population is known" in lead(made, "adoption_rate").lines
