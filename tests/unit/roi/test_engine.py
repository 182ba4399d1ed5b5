"""The engine on one small programme, computed by hand: exact figures, no silent zero, each factor once."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest

from stream.roi import Estimate, Measured, Period, Program, Usage, estimate, hour_of

PLACE = ("Support", "Answers")
YEAR = Period(hour_of(dt.date(2026, 1, 1)), hour_of(dt.date(2027, 1, 1)))
LIVE = {"source": "measured", "method": "time study", "measured_on": "live"}


def time_benefit(**changed: Any) -> dict[str, Any]:
    given = {
        "name": "Time",
        "category": "time",
        "driver": {"count": "tasks"},
        "minutes_saved": {"value": 6, **LIVE},
        "hourly_cost": {"value": 40, "source": "declared"},
        "reallocated": {"value": "0.5", **LIVE},
    }
    return {**given, **changed}


def program(*benefits: dict[str, Any], **changed: Any) -> Program:
    case = {"name": PLACE[1], "department": PLACE[0], "stage": "pilot", "benefits": list(benefits)}
    given = {"currency": "USD", "start": "2026-01-01", "use_cases": [case], **changed}
    return Program.model_validate(given)


def of(planned: Program, usage: Usage | None = None, **options: Any) -> Estimate:
    used = Usage(1_000 * 10**9, requests=5_000, tasks=10_000) if usage is None else usage
    return estimate(planned, Measured({PLACE: used}), YEAR, **options)


def central(found: Estimate, key: str) -> Fraction | None:
    roi = found.reading(key).roi
    return None if roi is None else roi.central


def test_the_four_readings_are_exact() -> None:
    """10 000 tasks × 6 min × 40 an hour × 0.5 reallocated is 20 000; each reading has its own rule."""
    found = of(program(time_benefit(), risks=[{"name": "Leak", "cost": 10_000, "probability": "0.1"}]))
    assert central(found, "as_measured") == 18  # (20 000 − 1 000 − 1 000) ÷ 1 000
    assert central(found, "guide") == 7  # FM of a pilot, 0.45, on a measured benefit, too: 9 000
    assert central(found, "prudent") == 18  # all of it is measured live
    assert central(found, "stressed") == 3  # (10 000 − 2 000 − 2 000) ÷ 2 000
    assert found.verdict == "robust"
    assert found.hours is not None
    assert found.hours.gross.central == 1_000 and found.hours.net.central == 500


def test_a_driver_that_is_not_measured_is_said_and_never_zero() -> None:
    """Without task records the benefit is unknown: its node has no value, and what to connect is named."""
    found = of(program(time_benefit()), Usage(10**9))
    benefits = found.reading("as_measured").tree.children[0]
    assert benefits.children[0].value is None
    assert found.hours is None
    assert len(found.missing) == 1 and "tasks not measured: connect task records" in found.missing[0]


def test_a_count_of_zero_is_a_count() -> None:
    """Task records that say 0 make a benefit of 0, without asking for a connection."""
    found = of(program(time_benefit()), Usage(10**9, tasks=0))
    assert found.missing == () and central(found, "as_measured") == -1


def test_a_use_case_without_requests_in_the_ledger_is_said() -> None:
    """Labels that match nothing do not make a benefit of 0."""
    ratio = {"count": "requests", "ratio": 1}
    found = estimate(program(time_benefit(driver=ratio)), Measured(), YEAR)
    assert "check its labels" in found.missing[0]


def test_no_cost_is_no_infinite_return() -> None:
    """TCO 0: no ROI and no verdict, while benefits are still shown."""
    found = of(program(time_benefit()), Usage(0, tasks=10_000))
    assert found.verdict == "no cost yet"
    assert [reading.roi for reading in found.readings] == [None] * 4
    assert found.reading("as_measured").benefits.central == 20_000


def test_unmeasured_reallocation_counts_nothing_in_the_prudent_reading() -> None:
    """An assumed share is used elsewhere, with a warning, and is 0 there."""
    found = of(program(time_benefit(reallocated="0.5")))
    assert found.reading("prudent").benefits.central == 0
    assert found.reading("as_measured").benefits.central == 20_000
    assert found.hours is not None and found.hours.net_prudent.central == 0
    assert any("reallocation is not measured" in said for said in found.warnings)


@pytest.mark.parametrize(
    ("stage", "measured_on", "plain", "prudent"),
    [
        ("mature", "pilot", "0.9", "0.65"),
        ("mature", "extrapolated", "0.9", "0.6"),
        ("proof_of_concept", "pilot", "0.25", "0.25"),
        ("proof_of_concept", "live", "1", "1"),
    ],
)
def test_a_pilots_figure_is_discounted_once(stage: Any, measured_on: str, plain: str, prudent: str) -> None:
    """FM and the pilot factor have one cause: the lower applies, never their product."""
    saved = {"value": 6, "source": "measured", "method": "time study", "measured_on": measured_on}
    planned = program(time_benefit(minutes_saved=saved))
    case = planned.use_cases[0].model_copy(update={"stage": stage})
    found = of(planned.model_copy(update={"use_cases": [case]}))
    assert found.reading("as_measured").benefits.central == 20_000 * Fraction(plain)
    assert found.reading("prudent").benefits.central == 20_000 * Fraction(prudent)


def test_a_proxy_stays_outside_the_central_value_until_finance_accepts_it() -> None:
    """Two departures × 40 000 × 0.2, FT 0.7, FM of a pilot: in the high value alone, then in all."""
    proxy = {
        "name": "Departures",
        "category": "quality",
        "per_year": 2,
        "each": 40_000,
        "share": "0.2",
    }
    before = of(program(proxy)).reading("as_measured").benefits
    after = of(program({**proxy, "accepted_by_finance": "2026-03-01"})).reading("as_measured").benefits
    assert before.central == 0 and before.high == 16_000 * Fraction("0.7") * Fraction("0.6")
    assert after.central == 16_000 * Fraction("0.7") * Fraction("0.45")


def test_every_cost_line_counts_for_its_time() -> None:
    """Half a year: seats by month, yearly costs by half, one-off costs by date, maintenance of those."""
    costs = [
        {"line": "seats", "name": "Seats", "department": "Support", "per_person_month": 20},
        {"line": "infrastructure", "name": "Store", "per_year": 9_000},
        {"line": "integration", "name": "Connectors", "once": 50_000, "date": "2026-02-01"},
        {"line": "training", "name": "Later", "once": 7_000, "date": "2026-12-01"},
        {"line": "maintenance", "name": "Upkeep", "share_of_initial": "0.2"},
        {
            "line": "quality_control",
            "name": "Checks",
            "department": "Support",
            "use_case": "Answers",
            "driver": {"count": "tasks"},
            "minutes": 3,
            "hourly_cost": 40,
        },
    ]
    planned = program(costs=costs, populations={"Support": 10})
    half = Period(YEAR.since_hour, YEAR.since_hour + 4_380)
    found = estimate(planned, Measured({PLACE: Usage(10**9, tasks=100)}), half)
    lines = {line.name: line.value.central for line in found.tco.children if line.value}
    assert lines == {
        "usage": 1,
        "seats": 1_200,
        "infrastructure": 4_500,
        "integration": 50_000,
        "training": 0,
        "maintenance": 5_000,
        "quality control": 200,
    }


def test_risk_enters_once() -> None:
    """The formula's TCO leaves the provision out; it is shown apart."""
    risks = [{"name": "Leak", "cost": 10_000, "probability": "0.1"}]
    found = of(program(time_benefit(), risks=risks))
    assert found.provision.value is not None and found.provision.value.central == 1_000
    assert found.tco.value is not None and found.tco.value.central == 1_000
    assert central(found, "as_measured") == (20_000 - 1_000) / 1_000 - 1


def test_usage_is_converted_at_the_dated_rate() -> None:
    """1 000 US dollars at 0.92 are 920 euros, exactly; an old rate is said."""
    rate = {"rate": "0.92", "date": "2026-01-15", "source": "planning"}
    found = of(program(time_benefit(), currency="EUR", usd_rate=rate))
    assert found.tco.value is not None and found.tco.value.central == 920
    assert any("renew it" in said for said in found.warnings)


def test_a_department_has_its_own_lines_alone() -> None:
    """Shared costs are left out of a department's ROI, by name."""
    costs = [{"line": "infrastructure", "name": "Vector store", "per_year": 500}]
    found = of(program(time_benefit(), costs=costs), department="Support")
    assert found.tco.value is not None and found.tco.value.central == 1_000
    assert found.warnings == ("shared by all departments and left out here: Vector store",)


def test_a_gain_above_the_fields_range_is_warned_about() -> None:
    """A declared 12 of 20 minutes for code, 60 %, is above the field's 40 %; a measured one is believed."""
    declared = {"value": 12, "source": "declared"}
    for saved, warned in ((declared, True), ({"value": 12, **LIVE}, False)):
        found = of(program(time_benefit(minutes_saved=saved, minutes_before=20, kind="code")))
        assert any("above what the field sees for code" in said for said in found.warnings) is warned


def test_cost_without_a_whole_price_and_unknown_use_cases_are_said() -> None:
    """The TCO is a lower bound where attempts are unpriced; usage outside the programme costs, too."""
    usage = {PLACE: Usage(10**9, unpriced=3), ("Support", "Else"): Usage(10**9)}
    found = estimate(program(), Measured(usage), YEAR)
    assert found.tco.value is not None and found.tco.value.central == 2
    assert any("3 attempts without a whole price" in said for said in found.warnings)
    assert any("Else: no use case of the programme" in said for said in found.warnings)


def test_benefits_are_apart_by_how_they_are_known() -> None:
    """A declared gain is never inside the measured sum, and the parts make the whole."""
    declared = {
        "name": "Calls",
        "category": "operating_cost",
        "per_year": {"value": 100, "source": "declared"},
    }
    reading = of(program(time_benefit(), declared)).reading("as_measured")
    assert reading.by_source["measured"].central == 20_000
    assert reading.by_source["declared"].central == 45
    assert reading.benefits.central == 20_045
