"""The global ROI as a KPI's reading. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stream.contract.kpis import KPI
from stream.readings.reading import RATIO, Beside, LiveRoi, Part, Reading, RoiReading
from stream.roi import Range, day_of

_PLAIN: Final = "as_measured"


def roi_reading(live: LiveRoi | None) -> Reading:
    """Programme to date, as measured: low, central, high. Its other readings, and 90 days, beside it."""
    kpi = KPI["genai_roi"]
    whole = live.programme if live else None
    if live is None or whole is None:
        begun = ("the programme has not begun",) if live else ()
        return Reading(kpi, "", RATIO, None, notes=begun)
    plain = whole.estimate.reading(_PLAIN)
    found = plain.roi
    since, last = day_of(whole.period.since_hour), whole.period.last_day
    notes = (
        f"programme to date, {since} to {last} (UTC), in {whole.currency}; low and high are its range",
        f"×2 ÷ 2 test: {whole.estimate.verdict}",
        *whole.warnings,
    )
    return Reading(
        kpi,
        "",
        RATIO,
        found.central if found else None,
        plain.net.central,
        plain.tco.central,
        found.low if found else None,
        found.high if found else None,
        measured=whole.measured_share == 1,
        notes=notes if found else (*notes, "no cost yet"),
        beside=tuple(_beside(whole, live.trailing)),
        by=tuple(_departments(live)),
        origin="the programme, and " + _origin(whole),
    )


def _origin(reading: RoiReading) -> str:
    """The ledger's query that the estimate stands on."""
    hours = reading.period
    return f"usage, tasks and outcomes, hours {hours.since_hour} to {hours.until_hour} (exclusive)"


def _beside(whole: RoiReading, trailing: RoiReading | None) -> Iterator[Beside]:
    for key, found in whole.ratios.items():
        if key != _PLAIN:
            yield _ratio(key, whole.names[key], found)
    if trailing is not None:
        yield _ratio("trailing_90_days", "the last 90 days, as measured", trailing.ratios[_PLAIN])
    plain = whole.estimate.reading(_PLAIN)
    for key, amount in (("benefits", plain.benefits), ("tco", plain.tco), ("risks", plain.risks)):
        name = {"tco": "total cost of ownership"}.get(key, key)
        yield Beside(key, name, amount.central, whole.currency, low=amount.low, high=amount.high)
    measured, benefits = plain.by_source["measured"].central, plain.benefits.central
    name = "share of the benefits that is measured"
    yield Beside("measured_share", name, whole.measured_share, RATIO, measured, benefits)


def _ratio(key: str, name: str, found: Range | None) -> Beside:
    ends = (found.central, found.low, found.high) if found else (None, None, None)
    return Beside(f"roi_{key}", name, ends[0], RATIO, low=ends[1], high=ends[2])


def _departments(live: LiveRoi) -> Iterator[Part]:
    for department, reading in live.departments:
        plain = reading.estimate.reading(_PLAIN)
        low, central, high = plain.roi.ends if plain.roi else (None, None, None)
        net, tco = plain.net.central, plain.tco.central
        yield Part(("department",), (department,), central, net, tco, low, high)
