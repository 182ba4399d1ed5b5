"""Draws charts as SVG, by pygal. Pure.

Nothing but shapes and text comes out: colours are the page's own CSS.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from stream.board import formatting
from stream.board.charts_tidy import tidied
from stream.board.page import Chart

PULSE: Final = (340, 150)
CHART: Final = (440, 270)
#: Sizes that pygal lays out by; the page's CSS writes them alike.
SIZES: Final = {"label_font_size": 12, "major_label_font_size": 12, "no_data_font_size": 14}
_MOST_NAME: Final = 24


def draw(chart: Chart, size: tuple[int, int]) -> str:
    """The chart as an inline <svg> of ``size`` (width, height), without scripts, styles or links."""
    drawn, ticks = _blank(chart, size), _ticks(chart)
    labels = list(chart.labels)
    lines = [(line.name, list(line.values)) for line in chart.lines if any(map(_value, line.values))]
    if chart.kind == "horizontal":  # pygal draws upwards: the first is wanted on top
        labels = [_short(label) for label in reversed(labels)]
        lines = [(name, values[::-1]) for name, values in lines]
    drawn.x_labels = labels
    if lines:  # pygal fails on heights without data
        drawn.y_labels = ticks
        drawn.range = (0, ticks[-1] * (1.3 if chart.kind == "horizontal" else 1))
    if chart.marked:
        drawn.x_labels_major = list(chart.marked)
        drawn.show_minor_x_labels = False
    for name, values in lines:
        drawn.add(name, [_value(text) for text in values])
    drawn.add_xml_filter(_Tidy(chart, lines))
    rendered: str = drawn.render(is_unicode=True)
    return rendered


def _blank(chart: Chart, size: tuple[int, int]) -> Any:
    """A pygal chart of the kind, without data."""
    # Not above: importing it puts a finder of an older protocol into sys.meta_path, which stops a pytest that
    # then still collects.
    import pygal
    from pygal.style import Style

    kind = {"bars": pygal.Bar, "stacked": pygal.StackedBar, "horizontal": pygal.HorizontalBar}[chart.kind]
    return kind(
        js=[],
        css=[],
        style=Style(font_family="sans-serif", **SIZES),
        width=size[0],
        height=size[1],
        margin=6,
        margin_right=12,
        spacing=6,
        show_legend=False,
        disable_xml_declaration=True,
        title=None,
        truncate_label=-1,
        no_data_text="no data",
        value_formatter=_axis,
        print_values=chart.kind == "horizontal",
        print_values_position="top",
    )


def _value(text: str) -> float:
    """A height. Binary floats are good enough for a picture; figures never come from it."""
    return float(Decimal(text))


def _ticks(chart: Chart) -> list[float]:
    """Three or four round heights from 0 to above the highest bar; whole ones where things are counted."""
    bars = [sum(Decimal(line.values[i]) for line in chart.lines) for i in range(len(chart.labels))]
    highest = Decimal(max(bars, default=0)) or Decimal(1)
    magnitude = Decimal(1).scaleb((highest / 3).adjusted())
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor * 3 >= highest)
    if chart.unit != "USD":
        step = max(Decimal(1), step)
    return [float(step * i) for i in range(int((highest / step).to_integral_value(ROUND_CEILING)) + 1)]


def _axis(value: float | None) -> str:
    return "" if value is None else formatting.tick(Decimal(repr(value)).normalize())


def _short(name: str) -> str:
    return name if len(name) <= _MOST_NAME else name[: _MOST_NAME - 1] + "…"


class _Tidy:
    """Puts tooltips and a text alternative in; takes the rest of pygal's own out."""

    def __init__(self, chart: Chart, lines: list[tuple[str, list[str]]]) -> None:
        """``lines``: as drawn, (name, decimal strings in the order of drawing)."""
        self._chart, self._lines = chart, lines

    def __call__(self, root: Element) -> Element:
        return tidied(root, self._chart.text, self._series)

    def _series(self, group: Element, number: int) -> None:
        name, values = self._lines[number]
        self._tooltips(group, name, values)
        self._written(group, values)

    def _tooltips(self, series: Element, name: str, values: list[str]) -> None:
        bars = [group for group in series.iter("g") if group.get("class") == "bar"]
        for bar, value in zip(bars, values, strict=False):
            said = {child.get("class", ""): child.text for child in bar.findall("desc")}
            where, what = said.get("x_label", ""), f" · {name}" if len(self._chart.lines) > 1 else ""
            SubElement(bar, "title").text = f"{where}{what}: {self._written_as(value)} {self._chart.unit}"

    def _written(self, series: Element, values: list[str]) -> None:
        """Values printed beside bars: from the exact figures, starting where the bar ends."""
        texts = [text for text in series.iter("text") if text.get("class") == "value"]
        for text, value in zip(texts, values, strict=False):
            text.set("text-anchor", "start")
            text.text = self._written_as(value)

    def _written_as(self, value: str) -> str:
        exact = Decimal(value)
        return formatting.money(exact) if self._chart.unit == "USD" else formatting.count(int(exact))
