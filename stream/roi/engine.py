"""``estimate``: (programme, what was measured, period) → the four readings with their derivations. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from stream.roi import costs
from stream.roi.benefits import Built, Place, build
from stream.roi.costs import Scope
from stream.roi.figure import SOURCES, Source
from stream.roi.measured import Measured, Period
from stream.roi.policies import AS_MEASURED, POLICIES, PRUDENT, Policy
from stream.roi.program import Program
from stream.roi.ranges import Range, exactly, total
from stream.roi.tree import Node, factor, product_of, return_of, sum_of
from stream.roi.warnings import warnings

Verdict = Literal["robust", "fragile", "negative", "no cost yet"]
_HALF: Final = exactly(Fraction(1, 2))
_TWICE: Final = exactly(2)


@dataclass(frozen=True)
class Reading:
    """``tree``: the ROI, made of benefits, TCO and risks. ``by_source``: benefits by how well their gain is
    known; they add up to the benefits before a stress.
    """

    policy: Policy
    tree: Node
    by_source: dict[Source, Range]

    @property
    def roi(self) -> Range | None:
        """As a ratio: 1.5 is 150 %. None where there is no cost yet."""
        return self.tree.value

    @property
    def benefits(self) -> Range:
        return _value(self.tree.children[0])

    @property
    def tco(self) -> Range:
        return _value(self.tree.children[1])

    @property
    def risks(self) -> Range:
        return _value(self.tree.children[2])

    @property
    def net(self) -> Range:
        """Benefits less costs and risks, in the programme's currency."""
        return self.benefits.minus(self.tco).minus(self.risks)


@dataclass(frozen=True)
class Hours:
    """Saved in the period: all of them, those put to other use, and those whose other use is measured.
    ``gross_measured``: of all of them, those whose minutes and driver are measured.
    """

    gross: Range
    net: Range
    net_prudent: Range
    gross_measured: Range


@dataclass(frozen=True)
class Estimate:
    """``readings``: in the order of POLICIES. ``missing``: what to connect so that a benefit is counted."""

    currency: str
    period: Period
    department: str | None
    readings: tuple[Reading, ...]
    hours: Hours | None  #: None where no time saved is measured, which is not 0
    tco: Node
    provision: Node
    missing: tuple[str, ...]
    warnings: tuple[str, ...]

    def reading(self, key: str) -> Reading:
        return next(reading for reading in self.readings if reading.policy.key == key)

    @property
    def verdict(self) -> Verdict:
        """Of the ×2 ÷ 2 test, by the central value."""
        plain, stressed = self.reading("as_measured").roi, self.reading("stressed").roi
        if plain is None or stressed is None:
            return "no cost yet"
        if plain.central < 0:
            return "negative"
        return "robust" if stressed.central > 0 else "fragile"


def estimate(program: Program, measured: Measured, period: Period, department: str | None = None) -> Estimate:
    """The ROI of the programme, or of one department's own lines, over the period."""
    scope = Scope(program, measured, period, department)
    tco, provision = costs.tco(scope), costs.risks(scope)
    built = {policy: list(_benefits(scope, policy)) for policy in POLICIES}
    readings = tuple(_reading(scope, policy, built[policy], tco, provision) for policy in POLICIES)
    usual = built[AS_MEASURED]
    hours = _hours(usual, built[PRUDENT])
    missing = [one.missing for one in usual if one.missing] + costs.unmeasured(scope)
    return Estimate(
        program.currency,
        period,
        department,
        readings,
        hours,
        tco,
        provision,
        tuple(missing),
        tuple(warnings(scope)),
    )


def _benefits(scope: Scope, policy: Policy) -> Iterator[Built]:
    for number, case in enumerate(scope.program.use_cases, 1):
        if scope.has(case.department):
            for place, benefit in enumerate(case.benefits, 1):
                path = f"use_cases[{number}].benefits[{place}]"
                where = Place(scope.program, scope.measured, case, path, scope.period.years)
                yield build(where, benefit, policy)


def _reading(scope: Scope, policy: Policy, built: list[Built], tco: Node, risk: Node) -> Reading:
    currency = scope.program.currency
    benefits = sum_of("benefits", currency, [one.node for one in built])
    by_source = {
        source: total(_known(one.node for one in built if one.source == source)) for source in SOURCES
    }
    if policy.stressed:
        half = factor("÷ 2", _HALF, "stress", "benefits may be half of what is expected")
        twice = factor("× 2", _TWICE, "stress", "budgets are under-estimated by 40 to 60 % as a rule")
        benefits = product_of("benefits", currency, [benefits, half])
        tco, risk = (
            product_of("TCO", currency, [tco, twice]),
            product_of("risk provision", currency, [risk, twice]),
        )
    return Reading(policy, return_of(benefits, tco, risk), by_source)


def _hours(usual: list[Built], prudent: list[Built]) -> Hours | None:
    gross = list(_known(one.gross for one in usual))
    if not gross:
        return None
    measured = total(_known(one.gross for one in usual if one.source == "measured"))
    net, prudently = (total(_known(one.net for one in built)) for built in (usual, prudent))
    return Hours(total(gross), net, prudently, measured)


def _known(nodes: Iterator[Node | None]) -> Iterator[Range]:
    return (node.value for node in nodes if node is not None and node.value is not None)


def _value(node: Node) -> Range:
    assert node.value is not None  # a sum is always known
    return node.value
