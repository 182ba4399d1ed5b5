"""The four large figures a reader sees first: ROI, hours saved, cost per request, adoption. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from stream.board import comparison, shown
from stream.board import formatting as f
from stream.board import kpi_figures as figures
from stream.board.kpi_cards import interval, measure
from stream.board.kpi_page import STATUS_LEVELS, Bar, Goal, Lead
from stream.board.kpi_parts import label_name, suppressed
from stream.board.kpi_parts import value as part_figure
from stream.board.numbers import quotient, usd
from stream.board.page import Figure
from stream.board.period import Window
from stream.board.roi_words import NOT_BEGUN, SHORT, ratio, since_words, spread
from stream.board.sums import Sums
from stream.contract.kpis import KPI
from stream.readings.reading import Beside, KpiReadings, LiveRoi, Part, Reading

READING: Final = "as_measured"  #: the reading whose figure is the large one
MOST_BARS: Final = 8
_POPULATION: Final = ("population", "fewer", "no population")  #: notes that stand with the large figure
_NO_HOURS: Final = (
    "time the tasks, with AI and without, or give the programme's benefits minutes and a driver"
)
#: Figures beside the hours saved, and how they are called where there is little room.
_HOURS: Final = {
    "programme_gross": "by the programme, gross",
    "programme_net": "by the programme, net",
    "programme_net_prudent": "net, other use measured",
    "measured_share": "share measured",
}


def leads(
    readings: KpiReadings, roi: LiveRoi | None, now: Sums, before: Sums | None, window: Window
) -> Sequence[Lead]:
    """In the guide's order."""
    against = window.earlier_words()
    return (
        _roi(readings.of("genai_roi"), roi, against),
        _hours(readings.of("hours_saved"), against),
        _cost(readings.of("cost_per_request"), now, before, window),
        _adoption(readings.of("adoption_rate"), readings.min_group_size, against),
    )


def _roi(reading: Reading, roi: LiveRoi | None, against: str) -> Lead:
    name, definition = reading.kpi.name, reading.kpi.definition.formula
    found = roi.programme if roi is not None else None
    if found is None:
        connect = reading.connect if roi is None else NOT_BEGUN
        return Lead("genai_roi", name, definition, Figure(f.NO_DATA), connect=connect)
    central = found.ratios[READING]
    more = [(SHORT[key], ratio(value.central if value else None)) for key, value in found.ratios.items()
            if key != READING]  # fmt: skip
    if roi is not None and roi.trailing is not None:
        last = roi.trailing.ratios[READING]
        more.append(("last 90 days", ratio(last.central if last else None)))
    lines = [f"reading: {SHORT[READING]}, central value", since_words(found)]
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


def _hours(reading: Reading, against: str) -> Lead:
    """Gross large, as measured on tasks, else by the programme's minutes per unit; net below."""
    definition, name = reading.kpi.definition.formula, "Hours saved"
    besides = {item.key: item for item in reading.beside}
    read = measure(reading, against)
    programme = besides.get("programme_gross")
    if reading.value is not None:
        found, line = read.figure, "gross: timed tasks with AI against those without"
        more = [(said, _beside(besides[key])) for key, said in _HOURS.items() if key in besides]
    elif programme is not None and programme.value is not None:
        found, line = _beside(programme), "gross, by the programme's minutes per unit"
        more = [(said.removeprefix("by the programme, "), _beside(besides[key]))
                for key, said in _HOURS.items() if key in besides and key != "programme_gross"]  # fmt: skip
    else:
        return Lead("hours_saved", name, definition, read.figure, connect=reading.connect or _NO_HOURS)
    net = besides.get("programme_net")
    unknown = net is None or net.value is None
    lines = [line, *(["net: no data, the programme says what was put to other use"] if unknown else [])]
    return Lead("hours_saved", name, definition, found, None, lines, more, (), read.change)


def _beside(item: Beside) -> Figure:
    return figures.figure(
        item.value, item.unit, item.denominator, note=figures.interval(item.low, item.high, item.unit)
    )


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
        [line for line in (found.denominator, interval(reading)) if line] if found.exact is not None else (),
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
        [
            *lines,
            *(note for note in reading.notes if note.startswith(("population", "fewer", "no population"))),
        ],
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
