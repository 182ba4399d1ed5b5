"""How a value stands to its targets: met, missed, or not to be told apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from stream.contract.kpi_types import Comparison, Target
from stream.contract.kpi_types import Unit as TargetUnit
from stream.contract.kpi_words import target_words
from stream.contract.kpis_quality import MANUAL_ERROR_RATE
from stream.readings.interval import ENOUGH
from stream.readings.reading import CHANGE, POINTS, RATIO, SECONDS, Against, Part, Reading, Status, Unit
from stream.roi import OwnTarget

Ends = tuple[Fraction | None, Fraction | None, Fraction | None]  #: low, value, high
_REFERENCE: Final[tuple[Comparison, ...]] = ("falling", "below_reference")
_UNITS: Final[dict[Unit, TargetUnit]] = {
    RATIO: "percent",
    CHANGE: "percent_change",
    SECONDS: "seconds",
    POINTS: "points",
}
_NUMBERED: Final[tuple[Comparison, ...]] = ("above", "below", "at_least", "between")


def judged(reading: Reading, before: Reading | None, own: Sequence[OwnTarget] = ()) -> Reading:
    """The reading with its value over the window before, and its status against every target."""
    reading = replace(reading, previous=before.value if before else None)
    if reading.value is None:
        return reading
    against = tuple(_against(reading, before, own))
    parts = tuple(_part(part, reading, own) for part in reading.by)
    return replace(reading, against=against, status=together(item.status for item in against), by=parts)


def together(found: Iterable[Status]) -> Status:
    """Missed where one is; undecided where one is; met where all that can be judged are."""
    statuses = set(found)
    order: tuple[Status, ...] = ("missed", "undecided", "met")
    return next((status for status in order if status in statuses), "no_target")


def compare(target: Target, unit: Unit, ends: Ends, samples: Fraction | None, other: Ends) -> Status:
    """``samples``: what the value is made of, None where that says nothing. ``other``: what a target that
    has no number compares with, in the same unit.
    """
    low, value, high = ends
    if value is None:
        return "no_data"
    if target.comparison not in (*_REFERENCE, *_NUMBERED):
        return "no_target"
    if samples is not None and samples < ENOUGH:
        return "undecided"
    if target.comparison in _REFERENCE:
        return _to_reference(ends, other)
    found = {target.is_met(_in(target, unit, end)) for end in (low, value, high) if end is not None}
    if None in found:
        return "no_target"
    return "undecided" if len(found) > 1 else "met" if True in found else "missed"


def own_target(target: OwnTarget, unit: Unit) -> Target:
    """A target of the programme as one of the catalogue's. ``unit``: of the reading."""
    number = target.above if target.above is not None else target.below
    assert number is not None
    side: Comparison = "above" if target.above is not None else "below"
    return Target(side, (number,), _UNITS.get(unit, ""), target.scope)


def _against(reading: Reading, before: Reading | None, own: Sequence[OwnTarget]) -> Iterable[Against]:
    ends = reading.low, reading.value, reading.high
    mine = [one for one in own if (one.kpi, one.department) == (reading.key, None)]
    mine = [one for one in mine if one.scope == reading.scope]
    for target in [own_target(one, reading.unit) for one in mine] or list(reading.kpi.targets):
        if target.scope == reading.scope:
            other = _other(target, reading, before)
            status = compare(target, reading.unit, ends, reading.samples, other)
            yield Against(target, target_words(target), status, bool(mine))


def _part(part: Part, reading: Reading, own: Sequence[OwnTarget]) -> Part:
    """Parts are judged by targets that have a number, a department's own first."""
    if part.value is None:
        return part
    department = part.labels[part.by.index("department")] if "department" in part.by else None
    mine = [
        one
        for one in own
        if (one.kpi, one.scope) == (reading.key, reading.scope) and one.department in (None, department)
    ]
    mine.sort(key=lambda one: one.department is None)
    targets = [own_target(mine[0], reading.unit)] if mine else list(reading.kpi.targets)
    ends = part.low, part.value, part.high
    nothing: Ends = None, None, None
    found = [
        compare(target, reading.unit, ends, part.samples, nothing)
        for target in targets
        if target.scope == reading.scope and target.comparison in _NUMBERED
    ]
    return replace(part, status=together(found))


def _other(target: Target, reading: Reading, before: Reading | None) -> Ends:
    if target.comparison == "falling" and before is not None:
        return before.low, before.value, before.high
    manual = reading.figure(MANUAL_ERROR_RATE)
    if target.reference == MANUAL_ERROR_RATE and manual is not None:
        return manual.low, manual.value, manual.high
    return None, None, None


def _to_reference(ends: Ends, other: Ends) -> Status:
    """Less than the other: told apart where their intervals do not meet."""
    (low, value, high), (other_low, other_value, other_high) = ends, other
    if value is None or other_value is None:
        return "undecided"
    if (high if high is not None else value) < (other_low if other_low is not None else other_value):
        return "met"
    if (low if low is not None else value) > (other_high if other_high is not None else other_value):
        return "missed"
    return "undecided"


def _in(target: Target, unit: Unit, value: Fraction) -> Fraction:
    """The value in the target's unit: targets speak of per cent where readings have ratios."""
    return value * 100 if unit in (RATIO, CHANGE) else value
