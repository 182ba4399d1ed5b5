"""The KPI catalogue: what every KPI carries, and what counts as good."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from stream.board import headline
from stream.contract import kpi_ranges as ranges
from stream.contract.kpi_decisions import DECISIONS, INPUT, INPUTS, WORSENED_PERCENT
from stream.contract.kpi_reviews import REVIEWS
from stream.contract.kpi_types import DIMENSIONS, RHYTHMS, Kpi
from stream.contract.kpi_words import alarms_words, targets_words
from stream.contract.kpis import (
    BASELINE_MONTHS,
    BOARD_LEAST,
    BOARD_MOST,
    CORE,
    KPI,
    KPIS,
    LATENCY_CLASSES,
    STARTER,
    downtime_budget_minutes,
    of_dimension,
)

ROOT = Path(__file__).resolve().parents[3]
COMPANIONS = {
    "compliance_score",
    "user_satisfaction",
    "operating_margin",
    "hours_saved",
    "system_error_rate",
    "use_per_feature",
}
RELATIVE = {
    "time_saved_per_task",
    "production_throughput",
    "cost_per_task",
    "automation_rate",
    "revenue_per_employee",
}
TARGETS = {
    "time_saved_per_task": "+20 to +40 %",
    "automation_rate": "> 50 %",
    "production_throughput": "+30 %",
    "output_reuse_rate": "> 60 %",
    "hours_saved": "documented",
    "post_ai_error_rate": "< 5 %, below the rate of the work done by hand",
    "csat_nps": "CSAT > 85 %, NPS > 50",
    "human_revision_rate": "< 30 %, falling",
    "compliance_score": "documented",
    "user_satisfaction": "own target",
    "cost_per_task": "−30 to −50 %",
    "revenue_per_employee": "+15 %",
    "cost_avoidance": "documented",
    "genai_roi": "> 150 %",
    "operating_margin": "own target",
    "mean_latency": "overall < 3 s, chat < 5 s, code suggestions < 2 s",
    "adoption_rate": "> 70 %",
    "cost_per_request": "falling",
    "service_uptime": "> 99.5 %",
    "system_error_rate": "shown",
    "use_per_feature": "shown",
}
ALARMS = {
    "output_reuse_rate": "< 40 %",
    "post_ai_error_rate": "> 5 %, above the rate of the work done by hand",
    "human_revision_rate": "> 30 %",
    "genai_roi": "below the programme's own plan curve",
    "mean_latency": "overall > 3 s, chat > 5 s, code suggestions > 2 s",
    "adoption_rate": "< 50 % from 3 months after the launch",
    "cost_per_request": "rises",
    "service_uptime": "error budget burns too fast",
}
DECIDES = {
    "use-case owner": {
        "time_saved_per_task",
        "hours_saved",
        "output_reuse_rate",
        "human_revision_rate",
        "post_ai_error_rate",
        "compliance_score",
    },
    "department head": {"automation_rate", "production_throughput"},
    "service owner": {"csat_nps", "user_satisfaction"},
    "change lead": {"adoption_rate", "use_per_feature"},
    "platform team": {"cost_per_request", "mean_latency", "service_uptime", "system_error_rate"},
    "finance with the sponsor": {
        "cost_per_task",
        "cost_avoidance",
        "revenue_per_employee",
        "operating_margin",
        "genai_roi",
    },
}
each = pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.key)


def test_fifteen_core_kpis_and_their_companions() -> None:
    """The core is exactly fifteen, as many as a board may show, in all four dimensions."""
    assert len(CORE) == 15
    assert (BOARD_LEAST, BOARD_MOST) == (12, 18)
    assert BOARD_LEAST <= len(CORE) <= BOARD_MOST
    assert {kpi.key for kpi in KPIS if kpi.rank == "companion"} == COMPANIONS
    assert [kpi.dimension for kpi in KPIS] == [name for name in DIMENSIONS for _ in of_dimension(name)]
    assert {name: sum(kpi.dimension == name for kpi in CORE) for name in DIMENSIONS} == {
        "productivity": 4,
        "quality": 3,
        "finance": 4,
        "technical": 4,
    }


def test_targets_and_alarms_stand_as_agreed() -> None:
    """No target and no alarm changes unnoticed."""
    assert {kpi.key: targets_words(kpi) for kpi in KPIS} == TARGETS
    assert {kpi.key: alarms_words(kpi) for kpi in KPIS if kpi.alarms} == ALARMS


def test_keys_are_unique_and_parts_of_metric_names() -> None:
    """A key can stand in a metric's name, a file's name and an address as it is."""
    assert len(KPI) == len(KPIS) == len({kpi.name for kpi in KPIS})
    assert [kpi.key for kpi in KPIS if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", kpi.key)] == []
    assert [kpi.key for kpi in KPIS if len(kpi.key) > 40] == []


@each
def test_every_kpi_changes_a_decision(kpi: Kpi) -> None:
    """Each says why it is watched, who decides, and what they do: without, it would be for vanity."""
    assert kpi.decision in DECISIONS
    assert all((kpi.decision.objective, kpi.decision.decides, kpi.decision.action))
    assert WORSENED_PERCENT == 20


def test_who_decides_stands_as_agreed() -> None:
    """Each KPI has one who decides, and it does not change unnoticed."""
    found: dict[str, set[str]] = {}
    for kpi in KPIS:
        found.setdefault(kpi.decision.decides, set()).add(kpi.key)
    assert found == DECIDES


@each
def test_every_rate_names_its_denominator(kpi: Kpi) -> None:
    """Numerator and denominator are named apart; only amounts have none. Rates have Wilson's interval."""
    definition = kpi.definition
    assert definition.numerator
    assert definition.formula
    assert bool(definition.denominator) == (definition.kind != "amount")
    assert kpi.interval == ("wilson" if definition.kind == "rate" else "")
    assert definition.kind == "rate" or not kpi.key.endswith("_rate")


@each
def test_every_relative_kpi_needs_a_baseline(kpi: Kpi) -> None:
    """A target that is a change, or a figure that is, has something it changed from."""
    relative = kpi.definition.kind == "change" or any(t.unit == "percent_change" for t in kpi.targets)
    assert kpi.needs_baseline == (kpi.key in RELATIVE)
    assert kpi.needs_baseline or not relative
    assert BASELINE_MONTHS == 3


@each
def test_every_reference_leads_somewhere(kpi: Kpi) -> None:
    """What stands beside, what is needed and when it is reviewed exist."""
    assert kpi.targets
    assert kpi.inputs
    assert set(kpi.inputs) | set(kpi.fuller_with) <= INPUT.keys()
    assert not set(kpi.inputs) & set(kpi.fuller_with)
    assert set(kpi.beside) <= KPI.keys() - {kpi.key}
    assert set(kpi.reviewed) <= set(RHYTHMS)
    assert kpi.reviewed


def test_throughput_never_stands_without_quality() -> None:
    """Quantity stands beside a KPI of quality, adoption beside one of value, uptime beside its errors."""
    assert "quality" in {KPI[key].dimension for key in KPI["production_throughput"].beside}
    assert KPI["adoption_rate"].beside == ("output_reuse_rate",)
    assert KPI["service_uptime"].beside == ("system_error_rate",)


def test_what_is_missing_can_be_connected() -> None:
    """Each input is of use to some KPI and says what to connect; receivers that it names are there."""
    assert {key for kpi in KPIS for key in (*kpi.inputs, *kpi.fuller_with)} == INPUT.keys()
    assert len(INPUT) == len(INPUTS)
    assert all(item.connect for item in INPUTS)
    for name in (name for item in INPUTS for name in item.receivers):
        assert (ROOT / "collectors" / name / "receiver.py").is_file(), name


def test_the_starter_set() -> None:
    """Five to begin with, each of which is in the catalogue."""
    assert set(STARTER) == {
        "time_saved_per_task",
        "adoption_rate",
        "cost_per_request",
        "post_ai_error_rate",
        "user_satisfaction",
    }
    assert len(STARTER) == 5
    assert set(STARTER) <= KPI.keys()


@pytest.mark.parametrize(
    ("key", "met", "missed"),
    [
        ("time_saved_per_task", "20", "19.9"),
        ("cost_per_task", "-30", "-29.9"),
        ("production_throughput", "30", "29.9"),
        ("automation_rate", "50.1", "50"),
        ("post_ai_error_rate", "4.9", "5"),
        ("mean_latency", "2.9", "3"),
        ("service_uptime", "99.51", "99.5"),
        ("genai_roi", "150.1", "150"),
    ],
)
def test_a_target_is_met_on_one_side_alone(key: str, met: str, missed: str) -> None:
    """“Less than 5 %” is not met at 5 %; “+20 to +40 %” is at +20, and −30 % where a cut is wanted."""
    target = KPI[key].targets[0]
    assert target.is_met(Decimal(met)) is True
    assert target.is_met(Decimal(missed)) is False


def test_beyond_a_range_is_still_met() -> None:
    """More than the far end of a target is no failure; whether it is realistic is another question."""
    assert KPI["time_saved_per_task"].targets[0].is_met(Decimal(60))
    assert KPI["cost_per_task"].targets[0].is_met(Decimal(-60))


def test_a_target_without_a_number_is_not_judged() -> None:
    """Nobody is told that a documented KPI or a falling one without a past is good or bad."""
    assert KPI["cost_avoidance"].targets[0].is_met(Decimal(10)) is None
    falling = KPI["cost_per_request"].targets[0]
    assert falling.is_met(Decimal(10)) is None
    assert [falling.is_met(Decimal(10), Decimal(before)) for before in (9, 10, 11)] == [False, False, True]
    manual = KPI["post_ai_error_rate"].targets[1]
    assert [manual.is_met(Decimal(4), Decimal(by_hand)) for by_hand in (3, 4, 5)] == [False, False, True]


def test_alarms_sound_beyond_their_threshold() -> None:
    """At the threshold nothing sounds, beyond it does; what takes more than a value is not judged by one."""
    reuse, adoption = KPI["output_reuse_rate"].alarms[0], KPI["adoption_rate"].alarms[0]
    assert [reuse.sounds(Decimal(value)) for value in (39, 40, 41)] == [True, False, False]
    assert adoption.after_months == 3
    error, manual = KPI["post_ai_error_rate"].alarms
    assert [error.sounds(Decimal(value)) for value in (4, 5, 6)] == [False, False, True]
    assert [manual.sounds(Decimal(4), Decimal(by_hand)) for by_hand in (3, 4, 5)] == [True, False, False]
    plan = KPI["genai_roi"].alarms[0]
    assert [plan.sounds(Decimal(-20), Decimal(planned)) for planned in (-30, -20, -10)] == [
        False,
        False,
        True,
    ]
    assert plan.sounds(Decimal(-20)) is None
    assert KPI["service_uptime"].alarms[0].sounds(Decimal(90)) is None


def test_no_value_both_meets_its_target_and_alarms() -> None:
    """For each KPI with thresholds of both kinds, in the same scope."""
    for kpi in KPIS:
        for alarm in kpi.alarms:
            for target in kpi.targets:
                if alarm.value is None or not target.values or alarm.scope != target.scope:
                    continue
                for step in range(-10, 2000):
                    value = Decimal(step) / 10
                    assert not (target.is_met(value) and alarm.sounds(value)), (kpi.key, value)


def test_the_board_has_its_latency_target_from_the_catalogue() -> None:
    """The board judges by the catalogue's 3 s, and speaks of 5 s and 2 s as it does."""
    assert {item.key: item.mean_below_s for item in LATENCY_CLASSES} == {"overall": 3, "chat": 5, "code": 2}
    overall = KPI["mean_latency"].targets[0]
    assert (overall.scope, overall.values) == ("overall", (Decimal(headline.TARGET_MEAN_S),))


def test_the_error_budget_of_the_uptime_target() -> None:
    """99.5 % leaves 3 h 36 min in 30 days."""
    assert downtime_budget_minutes(KPI["service_uptime"].targets[0].values[0]) == 3 * 60 + 36


def test_reviews_look_at_everything() -> None:
    """Weekly cost and throughput, monthly productivity and quality, each quarter all, each half-year ROI."""
    found = {review.key: set(review.looks_at) for review in REVIEWS}
    assert found == {
        "weekly": {"cost_per_request", "production_throughput"},
        "monthly": {kpi.key for kpi in KPIS if kpi.dimension in ("productivity", "quality")},
        "quarterly": KPI.keys(),
        "half_yearly": {"genai_roi"},
    }
    assert all(review.who and review.agenda and review.rhythm in RHYTHMS for review in REVIEWS)


def test_time_saved_beyond_what_is_realistic() -> None:
    """The upper end is still realistic, more is warned about."""
    found = {item.key: (item.range.low, item.range.high) for item in ranges.TIME_SAVED}
    assert found == {
        "code": (25, 40),
        "marketing_text": (30, 50),
        "summaries": (40, 60),
        "complex_analysis": (10, 15),
        "whole_company": (10, 25),
    }
    code = ranges.TIME_SAVED[0]
    assert [code.is_beyond(Decimal(value)) for value in ("10", "40", "40.1")] == [False, False, True]


def test_ranges_go_from_low_to_high() -> None:
    """Of departments, their points and sizes; five departments, three sizes."""
    departments = ranges.DEPARTMENTS
    spans = [item.range for item in ranges.TIME_SAVED]
    spans += [department.roi for department in departments] + [size.roi for size in ranges.SIZES]
    spans += [point.range for department in departments for point in department.points]
    assert all(span.low < span.high for span in spans)
    assert {item.key: (item.roi.low, item.roi.high) for item in departments} == {
        "customer_service": (200, 350),
        "software_development": (150, 250),
        "marketing": (250, 400),
        "human_resources": (120, 200),
        "finance": (130, 220),
    }


@pytest.mark.parametrize(
    ("people", "key"),
    [(49, None), (50, "small"), (499, "small"), (500, "medium"), (4_999, "medium"), (5_000, "large")],
)
def test_every_company_of_fifty_or_more_has_one_size(people: int, key: str | None) -> None:
    """Sizes follow on each other without a gap; below fifty people nothing is claimed."""
    size = ranges.size_of(people)
    assert (size.key if size else None) == key
