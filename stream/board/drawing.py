"""A page with its charts drawn: what a viewer's answer is rendered from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stream.board import charts
from stream.board.board_page import Page
from stream.board.charts_spans import draw_spans
from stream.board.period import Period, Window, window
from stream.board.summary import Readings, summarise


@dataclass(frozen=True)
class Drawn:
    """A page and its charts as SVG, by key."""

    page: Page
    charts: Mapping[str, str]


def make(read: Callable[[Window], Readings], period: Period, now_us: int) -> Drawn:
    """Read, summarise, draw. Blocking. Raises LedgerError."""
    frame = window(period, now_us)
    return draw(summarise(read(frame), frame))


def draw(page: Page) -> Drawn:
    """Every chart of the page."""
    drawn = {chart.key: charts.draw(chart, charts.PULSE) for chart in page.pulse}
    drawn |= {chart.key: charts.draw(chart, charts.CHART) for chart in page.charts}
    roi = page.value.roi
    if roi is not None and roi.chart is not None:
        drawn[roi.chart.key] = draw_spans(roi.chart)
    return Drawn(page, drawn)
