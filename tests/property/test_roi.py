"""What holds for every programme: order, monotony, sums of parts, and no cause discounted twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.roi import Estimate, Measured, Node, Period, Program, Usage, estimate, hour_of

START = dt.date(2026, 1, 1)
PERIOD = Period(hour_of(START), hour_of(START) + 5_000)
PLACES = [("Support", "Answers"), ("Engineering", "Code")]
SOURCED = st.sampled_from(
    [
        {"source": "assumed"},
        {"source": "declared"},
        *(
            {"source": "measured", "method": "study", "measured_on": on}
            for on in ("live", "pilot", "extrapolated")
        ),
    ]
)
COUNTS = st.integers(0, 10**6)
MONEY = st.integers(0, 10**7)


@st.composite
def figures(draw: st.DrawFn, most: int = 1_000, per: int = 10) -> dict[str, Any]:
    """A range of decimals up to most / per, from any source."""
    ends = sorted(draw(st.lists(st.integers(0, most), min_size=3, max_size=3)))
    shown = dict(
        zip(("low", "central", "high"), (str(Fraction(end, per).__float__()) for end in ends), strict=True)
    )
    return {**shown, **draw(SOURCED)}


SHARES = figures(100, 100)


@st.composite
def benefits(draw: st.DrawFn, name: str) -> dict[str, Any]:
    category = draw(st.sampled_from(["time", "operating_cost", "revenue", "quality", "innovation"]))
    driver = draw(st.sampled_from([{"count": "tasks"}, {"count": "accepted_outputs"}, {"count": "requests"}]))
    if driver["count"] == "requests":
        driver = {**driver, "ratio": draw(SHARES)}
    made: dict[str, Any] = {"name": name, "category": category}
    if category == "time":
        times = {
            "minutes_saved": draw(figures()),
            "hourly_cost": draw(figures()),
            "reallocated": draw(SHARES),
        }
        return {**made, "driver": driver, **times}
    made |= (
        {"driver": driver, "each": draw(figures())}
        if draw(st.booleans())
        else {"per_year": draw(figures(10**6))}
    )
    if category == "revenue":
        made["time_factor"] = draw(SHARES)
    if draw(st.booleans()):
        made["share"] = draw(SHARES)
    if category in ("quality", "innovation") and draw(st.booleans()):
        made["accepted_by_finance"] = "2026-02-01"
    return made


@st.composite
def programs(draw: st.DrawFn) -> dict[str, Any]:
    """A programme as a file would give it."""
    cases = [
        {
            "name": name,
            "department": department,
            "stage": draw(st.sampled_from(["proof_of_concept", "pilot", "scale", "mature"])),
            "benefits": [draw(benefits(f"benefit {n}")) for n in range(draw(st.integers(0, 3)))],
        }
        for department, name in PLACES
    ]
    costs: list[dict[str, Any]] = [
        {"line": "infrastructure", "name": "Store", "per_year": draw(figures(10**6))},
        {"line": "integration", "name": "Connectors", "once": draw(figures(10**6)), "date": "2026-01-20"},
        {"line": "maintenance", "name": "Maintenance", "share_of_initial": draw(SHARES)},
        {"line": "seats", "name": "Seats", "department": "Support", "per_person_month": draw(figures())},
    ]
    risk = {"name": "Leak", "cost": draw(figures(10**6)), "probability": draw(SHARES)}
    return {
        "currency": "USD",
        "start": str(START),
        "populations": {"Support": draw(st.integers(0, 1000))},
        "use_cases": cases,
        "costs": costs[: draw(st.integers(0, 4))],
        "risks": [risk] if draw(st.booleans()) else [],
    }


@st.composite
def ledgers(draw: st.DrawFn) -> Measured:
    counts = st.none() | COUNTS
    usage = {
        place: Usage(draw(st.integers(0, 10**15)), draw(counts), 0, draw(counts), draw(counts))
        for place in PLACES
    }
    return Measured(usage)


def roots(found: Estimate) -> Iterator[Node]:
    for reading in found.readings:
        yield reading.tree


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_the_whole_is_made_of_its_parts(given: dict[str, Any], measured: Measured) -> None:
    """Every figure of every derivation is, exactly, what its formula makes of its children, end by end."""
    found = estimate(Program.model_validate(given), measured, PERIOD)
    for root in roots(found):
        for node in root.walk():
            if node.operation in ("input", "return"):
                continue
            parts = [child.value for child in node.children]
            for end in ("low", "central", "high"):
                ends = [getattr(part, end) for part in parts if part is not None]
                if node.operation == "sum":
                    wanted: Fraction | None = sum(ends, Fraction(0))
                elif node.operation == "lower":
                    wanted = min(ends)
                elif len(ends) < len(parts):
                    wanted = None
                else:
                    wanted = Fraction(1)
                    for value in ends:
                        wanted *= value
                assert (None if node.value is None else getattr(node.value, end)) == wanted, node.name


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_the_return_is_the_printed_formula(given: dict[str, Any], measured: Measured) -> None:
    """The central ROI is (benefits − (TCO + risks)) ÷ TCO; low and high bound all combinations."""
    for reading in estimate(Program.model_validate(given), measured, PERIOD).readings:
        if reading.roi is None:
            assert reading.tco.low == 0
            continue
        benefit, tco, risk = reading.benefits, reading.tco, reading.risks
        assert reading.roi.central == (benefit.central - (tco.central + risk.central)) / tco.central
        corners = [(b - (t + r)) / t for b in benefit.ends for t in tco.ends for r in risk.ends]
        assert (reading.roi.low, reading.roi.high) == (min(corners), max(corners))


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_no_cause_is_discounted_twice(given: dict[str, Any], measured: Measured) -> None:
    """Within one benefit no two factors that apply have the same cause, and each says its reason."""
    for root in roots(estimate(Program.model_validate(given), measured, PERIOD)):
        benefit_nodes = [node for node in root.children[0].walk() if node.operation == "sum"][-1].children
        for node in benefit_nodes:
            applied = [below for below in node.walk() if below.cause]
            causes = [below.cause for below in applied]
            assert len(causes) == len(set(causes)), causes
            assert all(below.reason for below in applied)


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_readings_are_in_order(given: dict[str, Any], measured: Measured) -> None:
    """Guide, prudent and ×2 ÷ 2 are never above "as measured", end by end; TCO and risks stay."""
    found = estimate(Program.model_validate(given), measured, PERIOD)
    plain = found.reading("as_measured")
    for key in ("guide", "prudent", "stressed"):
        other = found.reading(key)
        assert all(one <= most for one, most in zip(other.benefits.ends, plain.benefits.ends, strict=True))
        assert all(one <= most for one, most in zip(other.net.ends, plain.net.ends, strict=True))
        assert (other.roi is None) == (plain.roi is None)
        if other.roi is not None and plain.roi is not None:
            assert all(one <= most for one, most in zip(other.roi.ends, plain.roi.ends, strict=True))
        if key != "stressed":
            assert (other.tco, other.risks) == (plain.tco, plain.risks)


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
@given(programs(), ledgers())
def test_sources_make_the_benefits(given: dict[str, Any], measured: Measured) -> None:
    """Measured, declared and assumed benefits add up to all of them (half of each under ×2 ÷ 2)."""
    for reading in estimate(Program.model_validate(given), measured, PERIOD).readings:
        parts = 2 if reading.policy.stressed else 1
        for end in ("low", "central", "high"):
            whole = sum(getattr(part, end) for part in reading.by_source.values())
            assert whole == getattr(reading.benefits, end) * parts


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_departments_make_the_whole(given: dict[str, Any], measured: Measured) -> None:
    """Benefits of the departments add up to the programme's, exactly; so do their costs and risks with the
    shared ones.
    """
    planned = Program.model_validate(given)
    whole = estimate(planned, measured, PERIOD).reading("as_measured")
    parts = [
        estimate(planned, measured, PERIOD, department).reading("as_measured") for department, _ in PLACES
    ]
    alone = {**given, "costs": [one for one in given["costs"] if "department" not in one]}
    shared = estimate(Program.model_validate(alone), Measured(), PERIOD).reading("as_measured")
    for end in ("low", "central", "high"):
        benefits, tco, risks = (
            [getattr(getattr(part, name), end) for part in parts] for name in ("benefits", "tco", "risks")
        )
        assert sum(benefits) == getattr(whole.benefits, end)
        assert sum(tco) + getattr(shared.tco, end) == getattr(whole.tco, end)
        assert sum(risks) + getattr(shared.risks, end) == getattr(whole.risks, end)


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_every_range_holds_its_central_value(given: dict[str, Any], measured: Measured) -> None:
    """Of every figure in every derivation, and of every reading: low, central and high keep their order."""
    found = estimate(Program.model_validate(given), measured, PERIOD)
    ranges = [node.value for root in roots(found) for node in root.walk()]
    ranges += [one for reading in found.readings for one in (reading.net, *reading.by_source.values())]
    ranges += list(vars(found.hours).values()) if found.hours else []
    for one in ranges:
        assert one is None or one.low <= one.central <= one.high


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


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_risk_enters_once(given: dict[str, Any], measured: Measured) -> None:
    """No risk is in the TCO or among the benefits: it stands in the numerator, by itself, once for each."""
    for root in roots(estimate(Program.model_validate(given), measured, PERIOD)):
        names = [[node.name for node in child.walk()] for child in root.children]
        assert [part.count("FR") for part in names] == [0, 0, len(given["risks"])]


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_hours_net_are_a_part_of_hours_gross(given: dict[str, Any], measured: Measured) -> None:
    """What is put to other use is never more than what is saved, and prudently never more than that."""
    hours = estimate(Program.model_validate(given), measured, PERIOD).hours
    if hours is None:
        return
    for gross, net, prudent in zip(hours.gross.ends, hours.net.ends, hours.net_prudent.ends, strict=True):
        assert prudent <= net <= gross
    for gross, sure in zip(hours.gross.ends, hours.gross_measured.ends, strict=True):
        assert 0 <= sure <= gross
