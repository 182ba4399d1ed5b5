"""A KPI's reading for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from stream.contract.kpi_words import targets_words
from stream.readings.interval import wilson
from stream.readings.reading import CHANGE, RATIO, Beside, Part, Reading, Window
from stream.roi import day_of
from stream.roi.rounding import rounded, short

_NOT_KNOWN: Final = "not known"
_MOST_PARTS: Final = 40
_STATUS: Final = {
    "met": "target met",
    "missed": "target missed",
    "undecided": "undecided: too few, or the interval holds the target",
    "no_target": "no target with a number",
    "no_baseline": "no baseline: nothing says how it was without AI",
    "no_data": "no data",
}


def reading_lines(reading: Reading, window: Window) -> Iterator[str]:
    """Value, what it is made of, how it stands to its targets, what is beside it, and its parts."""
    scope = f" ({reading.scope})" if reading.scope else ""
    since, last = day_of(window.since_hour), day_of(window.until_hour - 1)
    yield f"{reading.kpi.name}{scope}, {since} to {last} (UTC): {amount(reading.value, reading.unit)}"
    yield f"  {_STATUS[reading.status]}; target: {targets_words(reading.kpi)}"
    for item in reading.against:
        own = ", the programme's own" if item.own else ""
        yield f"    {item.text}{own}: {item.status.replace('_', ' ')}"
    if reading.connect:
        yield f"  to have it: {reading.connect}"
    if reading.value is not None:
        yield from _made_of(reading)
    yield f"  counted: {reading.kpi.definition.formula}"
    if reading.origin:
        yield f"  from: ledger, {reading.origin}"
    for note in reading.notes:
        yield f"  note: {note}"
    for beside in reading.beside:
        yield f"  beside it: {_beside(beside)}"
    for part in reading.by[:_MOST_PARTS]:
        yield f"  {', '.join(part.by)} {_part(part, reading.unit)}"
    if len(reading.by) > _MOST_PARTS:
        yield f"  {len(reading.by) - _MOST_PARTS} more parts are in --json"


def amount(value: Fraction | None, unit: str) -> str:
    """``62.5 %``, ``+12.5 %``, ``1.42 seconds``."""
    if value is None:
        return _NOT_KNOWN
    if unit in (RATIO, CHANGE):
        text = rounded(value * 100, 2)
        return f"{'+' * (unit == CHANGE and value > 0)}{text} %"
    return f"{short(value)} {unit}".strip()


def _made_of(reading: Reading) -> Iterator[str]:
    definition = reading.kpi.definition
    if reading.numerator is not None and reading.denominator is not None:
        yield f"  numerator {short(reading.numerator)}: {definition.numerator}"
        yield f"  denominator {short(reading.denominator)}: {definition.denominator}"
    if reading.low is not None and reading.high is not None:
        low, high = amount(reading.low, reading.unit), amount(reading.high, reading.unit)
        is_wilson = wilson(reading.numerator or 0, reading.denominator or 0) == (reading.low, reading.high)
        name = "95 % interval (Wilson)" if is_wilson else "low to high"
        yield f"  {name}: {low} to {high}"
    yield f"  the window before: {amount(reading.previous, reading.unit)}"
    if not reading.measured:
        yield "  this is not called measured: see the notes"


def _beside(item: Beside) -> str:
    text = f"{item.name}: {amount(item.value, item.unit)}"
    if item.numerator is not None and item.denominator is not None:
        text += f" ({short(item.numerator)} of {short(item.denominator)})"
    if item.low is not None and item.high is not None:
        text += f", {amount(item.low, item.unit)} to {amount(item.high, item.unit)}"
    return text


def _part(part: Part, unit: str) -> str:
    if part.suppressed:
        return f"{part.name}: too few people to be shown"
    notes = f" [{'; '.join(part.notes)}]" if part.notes else ""
    if part.denominator is None or part.numerator is None:
        return f"{part.name}: {amount(part.value, 'people' if 'window' in part.by else unit)}{notes}"
    made = f" ({short(part.numerator)} of {short(part.denominator)})"
    status = "" if part.status == "no_target" else f", {part.status}"
    return f"{part.name}: {amount(part.value, unit)}{made}{status}{notes}"
