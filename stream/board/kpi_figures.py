"""Exact rationals of the readings as figures with their unit and denominator. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final

from stream.board import formatting as f
from stream.board.page import Figure
from stream.contract.kpi_types import Kpi
from stream.readings.reading import CHANGE, HOURS, POINTS, RATIO, SECONDS, Unit

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
_PLACES: Final = Decimal(10) ** -12
#: What a KPI is over, in fewer words than its definition has.
OF_WHAT: Final = {
    "time_saved_per_task": "tasks with AI",
    "automation_rate": "tasks",
    "output_reuse_rate": "outputs judged",
    "post_ai_error_rate": "outputs that passed control",
    "human_revision_rate": "outputs judged",
    "compliance_score": "outputs checked",
    "csat_nps": "answers",
    "user_satisfaction": "answers",
    "cost_per_task": "tasks with AI",
    "production_throughput": "tasks",
    "service_uptime": "requests or checks",
    "mean_latency": "answered requests",
    "adoption_rate": "people of the target population",
    "cost_per_request": "requests",
    "system_error_rate": "requests",
}


def of_what(kpi: Kpi) -> str:
    """What a KPI is over, in few words."""
    return OF_WHAT.get(kpi.key, kpi.definition.denominator.partition(";")[0])


def decimal(value: Fraction) -> Decimal:
    """Rounded half-even to 12 decimals."""
    quotient = _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return _EXACT.quantize(quotient, _PLACES)


def figure(
    value: Fraction | None,
    unit: Unit,
    denominator: Fraction | None = None,
    of_what: str = "",
    instead: str = f.NO_DATA,
    note: str = "",
) -> Figure:
    """``value`` as it is shown; ``instead``: what stands where there is none. Percentages are exact ones."""
    of, words = _denominator(denominator, of_what)
    if value is None:
        return Figure(instead, note=note)
    number = decimal(value)
    if unit in (RATIO, CHANGE):
        shown = f.signed_percent(number, plus=unit == CHANGE)
        if unit == RATIO and 0 <= number <= 1:
            shown = f.percent(number)
        return Figure(shown, "%", f.plain(number * 100), of, words, note=note)
    shown, name = _written(number, unit)
    return Figure(shown, name, f.plain(number), of, words, note=note)


def sign(unit: Unit) -> str:
    """How a unit is written beside a figure."""
    return "%" if unit in (RATIO, CHANGE) else _written(Decimal(0), unit)[1]


def _written(number: Decimal, unit: Unit) -> tuple[str, str]:
    if unit == SECONDS:
        return f.seconds(number * 1_000_000), "s"
    if unit == HOURS:
        return _number(number), "h"
    if unit == POINTS:
        return _number(number), "points"
    if is_currency(unit):
        return f.signed_money(number), unit
    return _number(number), unit


def is_currency(unit: Unit) -> bool:
    return len(unit) == 3 and unit.isascii() and unit.isupper()


def _number(number: Decimal) -> str:
    """A count as it is, another number with three digits that matter; below 0 with its sign."""
    if number == number.to_integral_value():
        text = f.count(abs(int(number)))
    elif abs(number) >= 100:
        text = f"{abs(number).quantize(Decimal(1), ROUND_HALF_EVEN):,f}"
    else:
        text = f.significant(abs(number))
    return f"−{text}" if number < 0 else text


def _denominator(denominator: Fraction | None, of_what: str) -> tuple[int | None, str]:
    """As a count where it is one, else in words."""
    if denominator is None:
        return None, ""
    if denominator.denominator == 1:
        return int(denominator), of_what
    return None, f"of {_number(decimal(denominator))} {of_what}".rstrip()


def words(value: Fraction | None, unit: Unit) -> str:
    """A figure in words, with its unit."""
    made = figure(value, unit)
    return f"{made.shown} {made.unit}".strip()


def interval(low: Fraction | None, high: Fraction | None, unit: Unit) -> str:
    """``95 % interval 61.0 to 65.2 %``; "" without one."""
    if low is None or high is None:
        return ""
    ends = [figure(end, unit) for end in (low, high)]
    sign = f" {ends[1].unit}" if ends[1].unit else ""
    return f"95 % interval {ends[0].shown} to {ends[1].shown}{sign}"
