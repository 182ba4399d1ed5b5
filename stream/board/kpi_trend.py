"""A reading against the window before. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from stream.board import formatting as f
from stream.board.kpi_figures import decimal
from stream.board.page import Change, Level
from stream.contract.kpi_types import Kpi
from stream.readings.reading import CHANGE, RATIO, Reading

_STEADY: Final = Fraction(1, 200)  #: a change that rounds to less than 1 % (or half a point) is none
_SLIGHT: Final = Fraction(1, 20)  #: below this it is shown, and called neither good nor bad


def trend(reading: Reading, against: str) -> Change | None:
    """Points of a share, percent of anything else. Within the interval of the value no change is claimed."""
    now, before = reading.value, reading.previous
    if now is None or before is None:
        return None
    if reading.low is not None and reading.high is not None and reading.low <= before <= reading.high:
        return Change("no clear change", "info", against)
    difference = now - before
    in_points = reading.unit in (RATIO, CHANGE)
    if not in_points and before == 0:
        return None
    size = difference if in_points else difference / abs(before)
    if abs(size) < _STEADY:
        return Change("unchanged", "info", against)
    text = f.signed_percent(decimal(size), plus=True)
    unit = "points" if in_points else "%"
    return Change(f"{text} {unit}", _level(reading.kpi, difference > 0, abs(size)), against)


def _level(kpi: Kpi, rose: bool, size: Fraction) -> Level:
    better = higher_is_better(kpi)
    if better is None or size < _SLIGHT / (5 if kpi.definition.kind == "rate" else 1):
        return "info"
    return "good" if rose == better else "warn"


def higher_is_better(kpi: Kpi) -> bool | None:
    """By the catalogue's targets; None where they do not say."""
    for target in kpi.targets:
        if target.comparison in ("below", "below_reference", "falling"):
            return False
        if target.comparison == "above":
            return True
        if target.comparison in ("at_least", "between"):
            return target.values[0] > 0
    return None
