"""What moves the ROI, moves it one way: more benefit, more work, less cost are never read as worse."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.roi import Measured, Program, estimate
from tests.property.roi_programs import COUNTS, MONEY, PERIOD, PLACES, ledgers, programs


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers(), MONEY)
def test_more_benefit_never_lowers_the_return(given: dict[str, Any], measured: Measured, more: int) -> None:
    """One more benefit, of any size: no reading falls at any end, in ROI or in money."""
    richer = {**given, "use_cases": [dict(case) for case in given["use_cases"]]}
    extra = {"name": "More", "category": "operating_cost", "per_year": more}
    richer["use_cases"][0]["benefits"] = [*richer["use_cases"][0]["benefits"], extra]
    before = estimate(Program.model_validate(given), measured, PERIOD)
    after = estimate(Program.model_validate(richer), measured, PERIOD)
    for one, other in zip(before.readings, after.readings, strict=True):
        assert all(a <= b for a, b in zip(one.net.ends, other.net.ends, strict=True))
        if one.roi is not None and other.roi is not None:
            assert all(a <= b for a, b in zip(one.roi.ends, other.roi.ends, strict=True))


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers(), MONEY, st.booleans())
def test_more_cost_never_raises_the_return(
    given: dict[str, Any], measured: Measured, more: int, risky: bool
) -> None:
    """One more cost or risk never raises what is left in money. It never raises the ROI either where benefits
    cover risks: where they do not, a loss is smaller in proportion to a larger cost.
    """
    cost = {"line": "other", "name": "More", "per_year": more}
    risk = {"name": "More", "cost": more, "probability": 1}
    dearer = (
        {**given, "risks": [*given["risks"], risk]} if risky else {**given, "costs": [*given["costs"], cost]}
    )
    before = estimate(Program.model_validate(given), measured, PERIOD)
    after = estimate(Program.model_validate(dearer), measured, PERIOD)
    for one, other in zip(before.readings, after.readings, strict=True):
        assert all(a >= b for a, b in zip(one.net.ends, other.net.ends, strict=True))
        covered = one.benefits.minus(one.risks)
        if one.roi is not None and other.roi is not None:
            for a, b, left in zip(one.roi.ends, other.roi.ends, covered.ends, strict=True):
                assert a >= b or (left < 0 and not risky)


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers(), st.sampled_from(["tasks", "accepted_outputs", "requests"]), COUNTS)
def test_more_work_measured_never_lowers_the_return(
    given: dict[str, Any], measured: Measured, count: str, more: int
) -> None:
    """More tasks, accepted outputs or requests at the same cost: no benefit, ROI or hour falls at any end."""
    place = PLACES[0]
    usage = measured.usage[place]
    busier = replace(usage, **{count: (getattr(usage, count) or 0) + more})
    planned = Program.model_validate(given)
    before = estimate(planned, measured, PERIOD)
    after = estimate(planned, Measured({**measured.usage, place: busier}), PERIOD)
    for one, other in zip(before.readings, after.readings, strict=True):
        assert all(a <= b for a, b in zip(one.benefits.ends, other.benefits.ends, strict=True))
        if one.roi is not None and other.roi is not None:
            assert all(a <= b for a, b in zip(one.roi.ends, other.roi.ends, strict=True))
    if before.hours is not None and after.hours is not None:
        for name, part in vars(before.hours).items():
            assert all(a <= b for a, b in zip(part.ends, getattr(after.hours, name).ends, strict=True))


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers(), st.integers(0, 10**15))
def test_dearer_usage_never_raises_what_is_left(given: dict[str, Any], measured: Measured, more: int) -> None:
    """The same work at a higher price of usage: what is left in money falls by it, in every reading."""
    place = PLACES[0]
    usage = measured.usage[place]
    dearer = replace(usage, cost_nano_usd=usage.cost_nano_usd + more)
    planned = Program.model_validate(given)
    before = estimate(planned, measured, PERIOD)
    after = estimate(planned, Measured({**measured.usage, place: dearer}), PERIOD)
    for one, other in zip(before.readings, after.readings, strict=True):
        times = 2 if one.policy.stressed else 1
        assert one.net.central - other.net.central == Fraction(more, 10**9) * times


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers(), st.sampled_from(["maturity_factors", "time_factors"]))
def test_a_higher_factor_never_lowers_a_benefit(
    given: dict[str, Any], measured: Measured, factors: str
) -> None:
    """FM or FT of 1 for everything: no benefit falls in any reading, at any end."""
    stages, categories = (
        ("proof_of_concept", "pilot", "scale", "mature"),
        ("time", "operating_cost", "quality"),
    )
    names = (*categories, "innovation") if factors == "time_factors" else stages
    before = estimate(Program.model_validate(given), measured, PERIOD)
    after = estimate(Program.model_validate({**given, factors: dict.fromkeys(names, 1)}), measured, PERIOD)
    for one, other in zip(before.readings, after.readings, strict=True):
        assert all(a <= b for a, b in zip(one.benefits.ends, other.benefits.ends, strict=True))
