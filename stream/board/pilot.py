"""The four large figures a reader sees first: ROI, hours saved, cost per request, adoption. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from stream.board import comparison, shown
from stream.board import formatting as f
from stream.board import kpi_figures as figures
from stream.board.kpi_cards import measure
from stream.board.kpi_page import STATUS_LEVELS, Bar, Goal, Lead
from stream.board.kpi_parts import label_name, suppressed
from stream.board.kpi_parts import value as part_figure
from stream.board.numbers import quotient, usd
from stream.board.page import Figure
from stream.board.period import Window
from stream.board.roi_words import SHORT, period_words, ratio, spread
from stream.board.sums import Sums
from stream.contract.kpis import KPI
from stream.readings.reading import HOURS, KpiReadings, LiveRoi, Part, Reading, RoiReading
from stream.roi import Range

READING: Final = "as_measured"  #: the reading whose figure is the large one
MOST_BARS: Final = 8


def leads(
    readings: KpiReadings, roi: LiveRoi | None, now: Sums, before: Sums | None, window: Window
) -> Sequence[Lead]:
    """In the guide's order."""
    against = window.earlier_words()
    return (
        _roi(readings.of("genai_roi"), roi, against),
        _hours(readings.of("hours_saved"), roi, against),
        _cost(readings.of("cost_per_request"), now, before, window),
        _adoption(readings.of("adoption_rate"), readings.min_group_size, against),
    )


def _roi(reading: Reading, roi: LiveRoi | None, against: str) -> Lead:
    name, definition = reading.kpi.name, reading.kpi.definition.formula
    found = roi.programme if roi is not None else None
    if found is None:
        connect = reading.connect or "The programme has not begun yet."
        return Lead("genai_roi", name, definition, Figure(f.NO_DATA), connect=connect)
    central = found.ratios[READING]
    more = [(SHORT[key], ratio(value.central if value else None)) for key, value in found.ratios.items()
            if key != READING]  # fmt: skip
    if roi is not None and roi.trailing is not None:
        last = roi.trailing.ratios[READING]
        more.append(("last 90 days", ratio(last.central if last else None)))
    lines = [f"reading: {SHORT[READING]}, central value", period_words(found)]
    if central is not None:
        lines.insert(0, spread(central))
    share = found.measured_share
    if share is not None:
        lines.append(f"{f.percent(figures.decimal(share))} % of its benefits are measured")
    goals = measure(reading, against).goals
    return Lead(
        "genai_roi",
        name,
        definition,
        ratio(central.central if central else None, instead="no cost yet"),
        goals[0] if goals else None,
        lines,
        more,
    )


def _hours(reading: Reading, roi: LiveRoi | None, against: str) -> Lead:
    definition = reading.kpi.definition.formula
    found = roi.programme if roi is not None else None
    if reading.value is not None:
        read = measure(reading, against)
        more = [
            (item.name, figures.figure(item.value, item.unit, item.denominator)) for item in reading.beside
        ]
        return Lead(
            "hours_saved", "Hours saved", definition, read.figure, None, read.notes, more, (), read.change
        )
    if found is None or found.hours is None:
        connect = reading.connect or "No time saved is measured: give a benefit of the programme a driver."
        return Lead("hours_saved", "Hours saved", definition, Figure(f.NO_DATA), connect=connect)
    hours = found.hours
    more = [("net", _hours_of(hours.net)), ("net, reuse measured", _hours_of(hours.net_prudent))]
    lines = ["gross, by the programme's gains per unit", f"{_ends(hours.gross)} h", period_words(found)]
    lines.append(_measured_share(found))
    return Lead("hours_saved", "Hours saved", definition, _hours_of(hours.gross), None, lines, more)


def _hours_of(value: Range) -> Figure:
    return figures.figure(value.central, HOURS)


def _ends(value: Range) -> str:
    low, _, high = (figures.figure(end, HOURS).shown for end in value.ends)
    return f"low {low} · high {high}"


def _measured_share(found: RoiReading) -> str:
    share = found.measured_share
    if share is None:
        return "share measured: no data"
    return f"{f.percent(figures.decimal(share))} % of the benefits' gain is measured, not declared"


def _cost(reading: Reading, now: Sums, before: Sums | None, window: Window) -> Lead:
    priced = now.attempts - now.without_whole_price
    more = [
        ("tokens per request", shown.ratio(now.tokens_in + now.tokens_out, now.requests, "", "requests")),
        ("attempts with a whole price", shown.portion(priced, now.attempts, "attempts")),
    ]
    change = comparison.rated(
        now, before, window, lambda sums: quotient(usd(sums.cost_nano_usd), sums.requests)
    )
    found = shown.cost_per_request(now)
    goals = [Goal(one.text, one.status) for one in reading.against]
    return Lead(
        "cost_per_request",
        "Cost per request",
        KPI["cost_per_request"].definition.formula,
        found,
        goals[0] if goals and found.exact is not None else None,
        [found.denominator] if found.exact is not None else (),
        more if found.exact is not None else (),
        (),
        change,
        "" if found.exact is not None else reading.connect or "No request in this period.",
    )


def _adoption(reading: Reading, min_group_size: int, against: str) -> Lead:
    read = measure(reading, against)
    found = sorted(reading.split("department"), key=_by_share)
    bars = [_bar(reading, part, min_group_size) for part in found[:MOST_BARS]]
    lines = [line for line in (read.figure.denominator, read.interval) if line]
    if len(found) > MOST_BARS:
        lines.append(f"{len(found) - MOST_BARS} more departments below")
    return Lead(
        "adoption_rate",
        "Adoption by department",
        reading.kpi.definition.formula,
        read.figure,
        read.goals[0] if read.goals and reading.value is not None else None,
        [*lines, *reading.notes],
        (),
        bars,
        read.change,
        "" if reading.value is not None or bars else reading.connect,
    )


def _bar(reading: Reading, part: Part, min_group_size: int) -> Bar:
    name = label_name(part.labels[0])
    if part.suppressed:
        return Bar(name, suppressed(min_group_size))
    share = None if part.value is None else min(Decimal(1), figures.decimal(part.value))
    return Bar(name, part_figure(reading, part), share, STATUS_LEVELS.get(part.status, "info"))


def _by_share(part: Part) -> tuple[bool, Fraction, tuple[str, ...]]:
    """Highest first; what has no figure last."""
    return part.value is None, -(part.value or Fraction(0)), part.labels
