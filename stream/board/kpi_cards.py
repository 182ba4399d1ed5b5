"""KPIs of the catalogue with their readings, by dimension. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from stream.board import formatting as f
from stream.board import kpi_figures as figures
from stream.board.kpi_page import About, Card, Goal, Group, Measure, Need
from stream.board.kpi_parts import parts
from stream.board.kpi_trend import trend
from stream.board.page import Figure
from stream.contract.kpi_decisions import INPUT, INPUTS, WORSENED_PERCENT
from stream.contract.kpi_types import DIMENSIONS, Kpi
from stream.contract.kpi_words import alarms_words, rhythm_words
from stream.contract.kpis import KPI, LATENCY_CLASS, NO_BASELINE
from stream.readings.reading import RATIO, Beside, KpiReadings, Reading

QUESTIONS: Final = {
    "productivity": "Is more done, or the same in less time?",
    "quality": "Are the outputs right, fit for use, and welcome?",
    "finance": "What does the work cost now, and what came back?",
    "technical": "Is the service quick, there, used, and at what price?",
}
NEEDED: Final = {item.connect: item for item in INPUTS}
_BASELINE: Final = (
    "name its dated baseline in the programme: value, a period of at least three months, and its source"
)


def groups(readings: KpiReadings, against: str, fresh: Mapping[str, str]) -> Sequence[Group]:
    """Every KPI of the catalogue, by dimension. ``against``: the window before, in words. ``fresh``: input ->
    how old its newest event is, in words.
    """
    by_kpi = {key: list(found) for key, found in groupby(readings, key=lambda reading: reading.key)}
    return [
        Group(
            dimension,
            dimension.capitalize(),
            QUESTIONS[dimension],
            [
                _card(found, readings, against, fresh)
                for found in by_kpi.values()
                if found[0].kpi.dimension == dimension
            ],
        )
        for dimension in DIMENSIONS
    ]


def _card(found: Sequence[Reading], readings: KpiReadings, against: str, fresh: Mapping[str, str]) -> Card:
    kpi = found[0].kpi
    return Card(
        key=kpi.key,
        name=kpi.name,
        rank=kpi.rank,
        measures=[measure(reading, against) for reading in found],
        about=about(kpi),
        beside=[(item.name, _beside(item)) for item in found[0].beside],
        companions=[(key, KPI[key].name, measure(readings.of(key), against).figure) for key in kpi.beside],
        parts=parts(found[0], readings.min_group_size),
        freshness=", ".join(f"{INPUT[key].name} {fresh[key]}" for key in kpi.inputs if key in fresh),
    )


def _beside(item: Beside) -> Figure:
    """Its denominator stands with it where it counts things, and with every share."""
    over = item.denominator
    if item.unit != RATIO and over is not None and over.denominator != 1:
        over = None  # an amount, such as weeks
    note = figures.interval(item.low, item.high, item.unit)
    return figures.figure(item.value, item.unit, over, note=note)


def needs(found: Sequence[Group]) -> Sequence[Need]:
    """What is to be connected, what most KPIs wait for first."""
    waiting = Counter(
        card.first.connect
        for group in found
        for card in group.cards
        if card.first.status == "no_data" and card.first.needs
    )
    return [Need(NEEDED[text].name, text, count) for text, count in waiting.most_common()]


def scope_name(scope: str) -> str:
    """A scope as a reader sees it."""
    return LATENCY_CLASS[scope].name if scope in LATENCY_CLASS else scope


def measure(reading: Reading, against: str) -> Measure:
    """One reading: its figure never stands without its denominator."""
    connect = "" if _declared_ahead(reading) else reading.connect
    if reading.status == "no_baseline" and reading.value is None:
        connect = _BASELINE
    goals = [
        Goal(one.text + (" (the programme's own)" if one.own else ""), one.status)
        for one in reading.against
        if one.target.comparison != "shown"
    ]
    return Measure(
        scope=scope_name(reading.scope),
        figure=figure(reading),
        status=reading.status,
        interval=interval(reading),
        goals=goals,
        change=trend(reading, against),
        connect=connect,
        needs=NEEDED[connect].name if connect in NEEDED else "",
        notes=reading.notes,
        origin=reading.origin,
    )


def _declared_ahead(reading: Reading) -> bool:
    """Whether a programme is given that has not begun: there is nothing to connect, only to wait for."""
    return reading.key == "genai_roi" and reading.value is None and bool(reading.notes)


def interval(reading: Reading) -> str:
    """The interval at 95 %; of the ROI its range. In words."""
    if reading.value is None or reading.low is None or reading.high is None:
        return ""
    if reading.key != "genai_roi":
        return figures.interval(reading.low, reading.high, reading.unit)
    low, high = (figures.words(end, reading.unit) for end in (reading.low, reading.high))
    return f"low {low}, high {high}"


def figure(reading: Reading) -> Figure:
    """The figure of a reading with what it is over, or in words why there is none."""
    instead = NO_BASELINE if reading.status == "no_baseline" else f.NO_DATA
    over = reading.samples
    if reading.key == "genai_roi":
        made = figures.figure(reading.value, reading.unit, None, "", instead)
        tco = reading.figure("tco")
        if reading.value is None or tco is None or tco.value is None:
            return made
        return replace(made, of_what=f"on a TCO of {figures.words(tco.value, tco.unit)}")
    if reading.kpi.definition.kind == "amount":
        over = None
    made = figures.figure(reading.value, reading.unit, over, figures.of_what(reading.kpi), instead)
    priced = reading.figure("share_priced")
    return replace(made, at_least=priced is not None and priced.value is not None and priced.value < 1)


def about(kpi: Kpi) -> About:
    """The catalogue's own words."""
    return About(
        definition=kpi.definition.formula,
        numerator=kpi.definition.numerator,
        denominator=kpi.definition.denominator,
        objective=kpi.decision.objective,
        decides=kpi.decision.decides,
        worsened=f"When it worsens by {WORSENED_PERCENT} %: {kpi.decision.action}.",
        reviewed=", ".join(rhythm_words(one) for one in kpi.reviewed),
        alarm=alarms_words(kpi),
    )
