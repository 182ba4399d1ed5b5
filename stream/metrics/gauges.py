"""People and ROI as families of gauges, from what readings say of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from stream.contract.metrics import METRIC
from stream.contract.names import US_PER_SECOND
from stream.readings.reading import LiveRoi, Part, Reading
from stream.readings.sums import Population
from stream.readings.withheld import is_small, withheld
from stream.roi import Hours, Range

#: Value of the label window -> the reading's figure beside it, and the value of its parts' label.
_WINDOWS: Final = {"1d": ("active_day", "1"), "7d": ("active_7_days", ""), "28d": ("active_28_days", "28")}
_CELLS: Final = ("department", "use_case")
_SECONDS: Final = 3600  #: of an hour
PROGRAMME: Final = "programme"
TRAILING: Final = "trailing_90d"


def people_families(adoption: Reading, population: Population | None, least: int) -> Iterator[Metric]:
    """Active people as the reading of adoption shows them; target people by department. ``least``: no group
    of fewer people is shown, nor one that would tell of it.
    """
    active = _family("llm_active_people")
    if adoption.beside:  # else nobody was seen, nor that there was nobody
        for window, (key, of_parts) in _WINDOWS.items():
            whole = adoption.figure(key)
            _add(active, ("", "", window), whole.value if whole else None)
            for label in _CELLS:
                by = (label, "window") if of_parts else (label,)
                for part in adoption.split(*by):
                    if not of_parts or part.labels[1] == of_parts:
                        place = [part.labels[0] if name == label else "" for name in _CELLS]
                        _add(active, (*place, window), _people(part))
    target = _family("llm_target_people")
    if population is not None:
        if not is_small(population.whole, least):
            _add(target, ("",), Fraction(population.whole))
        hidden = withheld(population.departments, least)
        for name, size in population.departments.items():
            if name not in hidden:
                _add(target, (name,), Fraction(size))
    yield from (family for family in (active, target) if family.samples)


def _people(part: Part) -> Fraction | None:
    return None if part.suppressed else part.numerator


def roi_families(live: LiveRoi, computed_us: int) -> Iterator[Metric]:
    """The ROI by reading, bound and scope; nothing while no ratio is known."""
    ratio, *amounts = money = [_family(f"llm_roi_{name}") for name in ("ratio", "benefits", "costs", "risks")]
    for scope, found in ((PROGRAMME, live.programme), (TRAILING, live.trailing)):
        if found is None:
            continue
        for key, known in found.ratios.items():
            if known is None:
                continue
            reading = found.estimate.reading(key)
            _add_range(ratio, (key, scope), known)
            for family, amount in zip(amounts, (reading.benefits, reading.tco, reading.risks), strict=True):
                _add_range(family, (key, scope), amount, found.currency)
    if not ratio.samples:
        return
    yield from money
    hours = _family("llm_roi_saved_seconds")
    for department, one in (("", live.programme), *live.departments):
        if one is not None and one.hours is not None:
            _add_hours(hours, department, one.hours)
    if hours.samples:
        yield hours
    computed = _family("llm_roi_computed_time_seconds")
    _add(computed, (), Fraction(computed_us, US_PER_SECOND))
    yield computed


def _add_range(family: Metric, place: tuple[str, str], amount: Range, *currency: str) -> None:
    reading, scope = place
    for bound, value in zip(("low", "central", "high"), amount.ends, strict=True):
        _add(family, (reading, bound, scope, *currency), value)


def _add_hours(family: Metric, department: str, hours: Hours) -> None:
    for kind, amount in (("gross", hours.gross), ("net", hours.net)):
        _add(family, (kind, department), amount.central * _SECONDS)


def _family(name: str) -> Metric:
    return GaugeMetricFamily(name, METRIC[name].help)


def _add(family: Metric, labels: tuple[str, ...], value: Fraction | None) -> None:
    """One more sample; None: nothing is known, or may be shown."""
    if value is not None:
        named = zip(METRIC[family.name].labels, labels, strict=True)
        family.add_sample(family.name, dict(named), float(value))
