"""What a reader of the estimate must know beside its figures. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from stream.roi.costs import Scope
from stream.roi.defaults import PROXIES, REALISM, STALE_RATE_DAYS
from stream.roi.measured import hour_of
from stream.roi.program import Benefit, Program


def warnings(scope: Scope) -> Iterator[str]:
    """One line each, in the order of the programme."""
    yield from _period(scope)
    yield from _usage(scope)
    for case in scope.program.use_cases:
        if scope.has(case.department):
            for benefit in case.benefits:
                for said in _benefit(scope.program, benefit):
                    yield f"{case.department} / {case.name}: {benefit.name}: {said}"
    for cost in scope.program.costs:
        before = cost.date is not None and hour_of(cost.date) < scope.period.since_hour
        if before and scope.has(cost.department):
            yield f"cost {cost.name}: paid on {cost.date}, before the period: not in its TCO"
    shared = [cost.name for cost in scope.program.costs if cost.department is None]
    shared += [risk.name for risk in scope.program.risks if risk.department is None]
    if scope.department is not None and shared:
        yield f"shared by all departments and left out here: {', '.join(shared)}"


def _period(scope: Scope) -> Iterator[str]:
    if scope.period.since_hour < hour_of(scope.program.start):
        start = scope.program.start
        yield f"the period begins before the programme's start, {start}: yearly figures count in full"
    rate = scope.program.usd_rate
    if rate is not None and (scope.period.last_day - rate.date).days > STALE_RATE_DAYS:
        yield f"usd_rate is of {rate.date}, over {STALE_RATE_DAYS} days before the period's end: renew it"


def _usage(scope: Scope) -> Iterator[str]:
    known = {(case.department, case.name) for case in scope.program.use_cases}
    ours = {place: usage for place, usage in sorted(scope.measured.usage.items()) if scope.has(place[0])}
    unpriced = sum(usage.unpriced for usage in ours.values())
    if unpriced:
        yield f"usage: {unpriced} attempts without a whole price: its cost is at least this"
    unknown = [f"{department} / {name or 'no name'}" for department, name in ours.keys() - known]
    if unknown:
        yield f"{', '.join(sorted(unknown))}: no use case of the programme: its cost counts alone"


def _benefit(program: Program, benefit: Benefit) -> Iterator[str]:
    gains = {"minutes_saved": benefit.minutes_saved, "each": benefit.each, "per_year": benefit.per_year}
    declared = [name for name, given in gains.items() if given is not None and given.source == "declared"]
    if declared:
        yield f"{', '.join(declared)} declared, not measured"
    if benefit.reallocated is not None and benefit.reallocated.source != "measured":
        yield "reallocation is not measured: counts 0 in the prudent reading"
    if benefit.category in PROXIES and benefit.accepted_by_finance is None:
        yield "a proxy that finance has not accepted: outside the central value"
    most = realistic(program, benefit.kind)[1] if benefit.kind else None
    saved, before = benefit.minutes_saved, benefit.minutes_before
    if most is not None and saved is not None and before is not None and before.central > 0:
        share = Fraction(saved.central) / Fraction(before.central)
        if saved.source != "measured" and share > most:
            bound = f"what the field sees for {benefit.kind}, {float(most):.0%} at most"
            yield f"{float(share):.0%} of the time before is saved: above {bound}"


def realistic(program: Program, kind: str) -> tuple[Fraction, Fraction]:
    """Least and most of the time before that the field saves for a kind of work; the programme's own range
    comes first.
    """
    own = program.realism.get(kind)
    return (Fraction(own.low), Fraction(own.high)) if own is not None else REALISM[kind]
