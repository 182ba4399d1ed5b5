"""Total cost of ownership and risks over the period. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from stream.roi.benefits import drivers
from stream.roi.measured import Measured, Period, hour_of
from stream.roi.program import Cost, Program
from stream.roi.ranges import exactly
from stream.roi.tree import Node, figure, product_of, sum_of

USAGE: Final = "usage"
_NANO: Final = 10**9
_MONTHS_PER_YEAR: Final = 12
_HOURS_PER_MINUTE: Final = Node("hours per minute", exactly(Fraction(1, 60)), "h/min")


@dataclass(frozen=True)
class Scope:
    """``department``: None for the whole programme; else its own lines alone, shared ones are left out."""

    program: Program
    measured: Measured
    period: Period
    department: str | None = None

    def has(self, department: str | None) -> bool:
        return self.department is None or department == self.department

    @property
    def years(self) -> Node:
        return Node("years", exactly(self.period.years), "years", origin="period")


def tco(scope: Scope) -> Node:
    """All lines, one child each, without the risk provision: risk enters the formula once, by itself."""
    by_line: dict[str, list[Node]] = {USAGE: list(_usage(scope))}
    for place, cost in enumerate(scope.program.costs):
        if scope.has(cost.department):
            by_line.setdefault(cost.line, []).extend(_cost(scope, cost, f"costs[{place + 1}]"))
    currency = scope.program.currency
    lines = [sum_of(line.replace("_", " "), currency, parts) for line, parts in by_line.items()]
    return sum_of("TCO", currency, lines)


def risks(scope: Scope) -> Node:
    """Sum of incident cost × probability a year × years."""
    currency = scope.program.currency
    parts = [
        product_of(
            risk.name,
            currency,
            [
                figure("incident cost", risk.cost, currency, f"risks[{place + 1}].cost"),
                figure("FR", risk.probability, "1/year", f"risks[{place + 1}].probability"),
                scope.years,
            ],
        )
        for place, risk in enumerate(scope.program.risks)
        if scope.has(risk.department)
    ]
    return sum_of("risk provision", currency, parts)


def unmeasured(scope: Scope) -> list[str]:
    """Costs that stand on a count which is not measured: the TCO is at least what is shown."""
    found = []
    for cost in scope.program.costs:
        if cost.driver is not None and scope.has(cost.department):
            usage = scope.measured.usage.get((cost.department or "", cost.use_case or ""))
            if usage is None or getattr(usage, cost.driver.count) is None:
                found.append(f"cost {cost.name}: {cost.driver.count} not measured: the TCO is at least this")
    return found


def _usage(scope: Scope) -> Iterator[Node]:
    rate = scope.program.usd_rate
    per_usd = exactly(Fraction(rate.rate) if rate else 1)
    words = f"of {rate.date}, {rate.source}" if rate else "the programme counts in US dollars"
    unit = f"{scope.program.currency}/USD"
    exchange = Node("exchange rate", per_usd, unit, source="declared", origin="usd_rate", reason=words)
    for (department, use_case), usage in sorted(scope.measured.usage.items()):
        if scope.has(department):
            usd = exactly(Fraction(usage.cost_nano_usd, _NANO))
            cost = Node("usage cost", usd, "USD", source="measured", origin=scope.measured.query)
            yield product_of(f"{department} / {use_case}", scope.program.currency, [cost, exchange])


def _cost(scope: Scope, cost: Cost, path: str) -> Iterator[Node]:
    currency = scope.program.currency
    if cost.once is not None:
        assert cost.date is not None
        if scope.period.holds(cost.date):
            paid = figure("paid once", cost.once, currency, f"{path}.once")
            yield product_of(cost.name, currency, [paid])
    elif cost.per_year is not None:
        yearly = figure("per year", cost.per_year, f"{currency}/year", f"{path}.per_year")
        yield product_of(cost.name, currency, [yearly, scope.years])
    elif cost.per_person_month is not None:
        people = scope.program.populations[cost.department or ""]
        origin = f"populations.{cost.department}"
        seat = figure(
            "per person and month", cost.per_person_month, f"{currency}/month", f"{path}.per_person_month"
        )
        months = Node("months", exactly(scope.period.years * _MONTHS_PER_YEAR), "months", origin="period")
        crowd = Node("people", exactly(people), "people", source="declared", origin=origin)
        yield product_of(cost.name, currency, [seat, crowd, months])
    elif cost.share_of_initial is not None:
        share = figure("share per year", cost.share_of_initial, "1/year", f"{path}.share_of_initial")
        yield product_of(cost.name, currency, [_initial(scope, cost.department), share, scope.years])
    elif cost.minutes is not None and cost.driver is not None and cost.hourly_cost is not None:
        usage = scope.measured.usage.get((cost.department or "", cost.use_case or ""))
        minutes = figure("minutes", cost.minutes, "min", f"{path}.minutes")
        hourly = figure("loaded hourly cost", cost.hourly_cost, f"{currency}/h", f"{path}.hourly_cost")
        volume = drivers(usage, cost.driver, path, scope.measured.query)
        yield product_of(cost.name, currency, [*volume, minutes, _HOURS_PER_MINUTE, hourly])


def _initial(scope: Scope, department: str | None) -> Node:
    """What was paid once until the period's end, of the same department (or shared)."""
    parts = [
        figure(cost.name, cost.once, scope.program.currency, f"costs[{place + 1}].once")
        for place, cost in enumerate(scope.program.costs)
        if cost.once is not None and cost.department == department and _before(cost.date, scope.period)
    ]
    return sum_of("initial cost", scope.program.currency, parts)


def _before(day: dt.date | None, period: Period) -> bool:
    return day is not None and hour_of(day) < period.until_hour
