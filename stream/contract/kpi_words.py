"""Targets, alarms, ranges and rhythms in a few words. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from stream.contract.kpi_ranges import Range
from stream.contract.kpi_types import Alarm, Kpi, Rhythm, Target
from stream.contract.kpis_technical import LATENCY_CLASS

_UNITS: Final = {
    "percent": " %",
    "percent_change": " %",
    "seconds": " s",
    "points": "",
    "times": "",
    "": "",
}
_REFERENCES: Final = {
    "manual_error_rate": "the rate of the work done by hand",
    "plan_curve": "the programme's own plan curve",
}


def targets_words(kpi: Kpi) -> str:
    """All targets of a KPI in one line."""
    return ", ".join(target_words(target) for target in kpi.targets)


def target_words(target: Target) -> str:
    """One target, such as ``+20 to +40 %`` or ``overall < 3 s``."""
    if target.comparison == "below_reference":
        text = f"below {_REFERENCES[target.reference]}"
    elif not target.values:
        text = target.comparison.replace("_", " ")
    else:
        signed = target.unit == "percent_change"
        values = " to ".join(_number(value, signed) for value in target.values)
        mark = {"above": "> ", "below": "< "}.get(target.comparison, "")
        text = f"{mark}{values}{_UNITS[target.unit]}"
    return _scoped(text, target.scope)


def alarms_words(kpi: Kpi) -> str:
    """All alarms of a KPI in one line, "" where it has none."""
    return ", ".join(alarm_words(alarm) for alarm in kpi.alarms)


def alarm_words(alarm: Alarm) -> str:
    """One alarm, such as ``< 50 % from 3 months after the launch``."""
    if alarm.kind == "rises":
        return "rises"
    if alarm.kind == "budget_burn":
        return "error budget burns too fast"
    if alarm.value is None:
        return f"{alarm.kind.partition('_')[0]} {_REFERENCES[alarm.reference]}"
    mark = "<" if alarm.kind == "below" else ">"
    text = _scoped(f"{mark} {_number(alarm.value)}{_UNITS[alarm.unit]}", alarm.scope)
    return f"{text} from {alarm.after_months} months after the launch" if alarm.after_months else text


def rhythm_words(rhythm: Rhythm) -> str:
    """``real time``, ``half-yearly`` …"""
    return {"real_time": "real time", "half_yearly": "half-yearly"}.get(rhythm, rhythm)


def range_words(found: Range) -> str:
    """``−45 to −35 %``, ``×4 to ×8``, ``200 to 350 % at 18 months``."""
    if found.unit == "times":
        text = f"×{_number(found.low)} to ×{_number(found.high)}"
    else:
        signed = found.unit in ("percent_change", "points")
        unit = " points" if found.unit == "points" else " %"
        text = f"{_number(found.low, signed)} to {_number(found.high, signed)}{unit}"
    return text if found.at_months is None else f"{text} at {found.at_months} months"


def _scoped(text: str, scope: str) -> str:
    name = LATENCY_CLASS[scope].name if scope in LATENCY_CLASS else scope
    return f"{name} {text}" if name else text


def _number(value: Decimal, signed: bool = False) -> str:
    return f"{value:+f}".replace("-", "−") if signed else f"{value:f}".replace("-", "−")
