"""The ROI part: readings side by side, departments, warnings and derivations. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.board import formatting as f
from stream.board import kpi_figures as figures
from stream.board.kpi_page import RoiPart, Span, Spans, Step
from stream.board.page import Column, Figure, Level, Row, Table
from stream.board.roi_words import SHORT, period_words, range_words, ratio
from stream.readings.reading import LiveRoi, RoiReading
from stream.roi import Node, Range

MAIN: Final = "as_measured"  #: the reading whose figure stands first wherever there is room for one
_LEVELS: Final[dict[str, Level]] = {"robust": "good", "fragile": "warn", "negative": "bad"}
_VERDICTS: Final = {
    "robust": "robust: stays positive with costs doubled and benefits halved",
    "fragile": "fragile: turns negative with costs doubled and benefits halved",
    "negative": "negative as measured",
    "no cost yet": "no cost yet",
}
_ENDS: Final = (
    Column("low", "Low", "%", "Lowest value that the ranges of the inputs give."),
    Column("central", "Central", "%", "Value at the central values of all inputs."),
    Column("high", "High", "%", "Highest value that the ranges of the inputs give."),
)


def part(roi: LiveRoi) -> RoiPart | None:
    """Of the programme to date; None before it has begun."""
    found = roi.programme
    if found is None:
        return None
    verdict = found.estimate.verdict
    return RoiPart(
        period_words=period_words(found),
        currency=found.currency,
        verdict=_VERDICTS[verdict],
        verdict_level=_LEVELS.get(verdict, "info"),
        measured=figures.figure(found.measured_share, "ratio"),
        chart=_chart(found),
        tables=[_readings(found, roi.trailing), *_departments(roi)],
        warnings=found.estimate.warnings,
        missing=found.estimate.missing,
        steps=[
            (reading.policy.key, reading.policy.name, step(reading.tree, "0"))
            for reading in found.estimate.readings
        ],
    )


def _chart(found: RoiReading) -> Spans | None:
    known = [(SHORT[key], value) for key, value in found.ratios.items() if value is not None]
    if not known:
        return None
    spans = [
        Span(name, *(f.plain(figures.decimal(end * 100)) for end in value.ends)) for name, value in known
    ]
    parts = [f"{name} {range_words(value, 'ratio')}" for name, value in known]
    return Spans(
        "roi_readings",
        "ROI by reading: low, central and high",
        "The same formula read four ways; each bar goes from the lowest to the highest value, the mark is the"
        " central one.",
        spans,
        f"ROI, {period_words(found)}; low, central, high: {'; '.join(parts)}.",
    )


def _readings(found: RoiReading, trailing: RoiReading | None) -> Table:
    currency = found.currency
    columns = (
        *_ENDS,
        Column("trailing", "Last 90 days", "%", "Central value over the last 90 days, or since the start."),
        Column("benefits", "Benefits", currency, "Central value, weighted as this reading does."),
        Column("tco", "TCO", currency, "Total cost of ownership without the risk provision, central value."),
        Column("risks", "Risks", currency, "Incident cost × probability, central value; in no TCO."),
        Column("net", "Net", currency, "Benefits less TCO and risks, central value."),
    )
    rows = []
    for reading in found.estimate.readings:
        key = reading.policy.key
        last = trailing.ratios[key] if trailing is not None else None
        amounts = (reading.benefits, reading.tco, reading.risks, reading.net)
        cells = (*_ratios(reading.roi), _central(last, trailing is None),
                 *(figures.figure(one.central, currency) for one in amounts))  # fmt: skip
        rows.append(Row((key,), reading.policy.name, cells))
    return Table("roi_readings", "Readings", "Reading", columns, rows)


def _ratios(value: Range | None) -> Sequence[Figure]:
    ends = value.ends if value is not None else (None, None, None)
    return [ratio(end) for end in ends]


def _central(value: Range | None, absent: bool) -> Figure:
    return ratio(value.central if value is not None else None, f.NO_DATA if absent else "no cost yet")


def _departments(roi: LiveRoi) -> Sequence[Table]:
    if not roi.departments:
        return ()
    rows = [
        Row((name,), name, (*_ratios(found.ratios[MAIN]), *_sums(found))) for name, found in roi.departments
    ]
    columns = (
        *_ENDS,
        Column("benefits", "Benefits", roi.departments[0][1].currency, "Central value."),
        Column("tco", "TCO", roi.departments[0][1].currency, "Of its own lines; what is shared is left out."),
    )
    note = f"Programme to date, {SHORT[MAIN]}; costs and risks shared by all departments are left out."
    return [Table("roi_departments", "ROI by department", "Department", columns, rows, note=note)]


def _sums(found: RoiReading) -> Sequence[Figure]:
    plain = found.estimate.reading(MAIN)
    return [figures.figure(one.central, found.currency) for one in (plain.benefits, plain.tco)]


def step(node: Node, key: str) -> Step:
    """The derivation below a node. ``key``: its place in the tree."""
    formula = node.formula if node.operation != "sum" else ""
    return Step(
        key=key,
        name=node.name,
        value=range_words(node.value, node.unit),
        formula=formula,
        known=(node.source or "") if node.value is not None else "",
        origin=node.origin,
        reason=node.reason,
        children=[step(child, f"{key}-{place}") for place, child in enumerate(node.children)],
    )
