"""Draws the ranges of the ROI's readings as SVG, by pygal. Pure; colours are the page's own CSS."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from stream.board import formatting as f
from stream.board.charts import SIZES
from stream.board.charts_tidy import tidied
from stream.board.kpi_page import Span, Spans

SIZE: Final = (640, 220)
_STEPS: Final = 4  #: round steps along the axis, or a few more


def draw_spans(chart: Spans, size: tuple[int, int] = SIZE) -> str:
    """One line from low to high for each reading, with a mark at each of low, central and high."""
    import pygal  # not above: see charts
    from pygal.style import Style

    drawn: Any = pygal.XY(
        js=[], css=[], style=Style(font_family="sans-serif", **SIZES), width=size[0], height=size[1],
        margin=6, margin_right=18, spacing=6, show_legend=False, disable_xml_declaration=True, title=None,
        stroke=True, dots_size=5, show_y_guides=False, show_x_guides=True, truncate_label=-1,
    )  # fmt: skip
    ticks = ticks_of(chart.spans)
    drawn.x_labels = [{"value": tick, "label": _percent(tick)} for tick in ticks]
    drawn.xrange = (ticks[0], ticks[-1])
    places = list(range(len(chart.spans), 0, -1))  # the first on top
    drawn.y_labels = [
        {"value": place, "label": span.name} for place, span in zip(places, chart.spans, strict=True)
    ]
    drawn.range = (0.4, len(chart.spans) + 0.6)
    for place, span in zip(places, chart.spans, strict=True):
        drawn.add(span.name, [(float(end), place) for end in (span.low, span.central, span.high)])
    drawn.add_xml_filter(_Tidy(chart))
    rendered: str = drawn.render(is_unicode=True)
    return rendered


def _percent(tick: float) -> str:
    return f"{f.tick(Decimal(repr(tick)).normalize())} %".replace("-", "−")


def ticks_of(spans: Sequence[Span]) -> list[float]:
    """Round values, 0 among them, from below the lowest to above the highest."""
    ends = [Decimal(end) for span in spans for end in (span.low, span.high)]
    low, high = min(Decimal(0), *ends), max(Decimal(0), *ends)
    width = (high - low) or Decimal(100)
    magnitude = Decimal(1).scaleb((width / _STEPS).adjusted())
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor * _STEPS >= width)
    first, last = int(low // step) - (low % step != 0), int(high // step) + (high % step != 0)
    return [float(step * i) for i in range(first, max(last, first + 1) + 1)]


class _Tidy:
    """Puts tooltips and a text alternative in; takes the rest of pygal's own out."""

    def __init__(self, chart: Spans) -> None:
        self._chart = chart

    def __call__(self, root: Element) -> Element:
        return tidied(
            root, self._chart.text, lambda group, number: self._tooltips(group, self._chart.spans[number])
        )

    def _tooltips(self, series: Element, span: Span) -> None:
        dots = [group for group in series.iter("g") if "dots" in group.get("class", "").split()]
        ends = (("low", span.low), ("central", span.central), ("high", span.high))
        for dot, (name, value) in zip(dots, ends, strict=False):
            dot.set("class", f"dots {name}")
            shown = f.signed_percent(Decimal(value) / 100)
            SubElement(dot, "title").text = f"{span.name}, {name}: {shown} %"
