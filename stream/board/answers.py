"""Pages as HTML and as JSON. Pure but for the templates, which are read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stream.board import formatting
from stream.board.page import Banner, Chart, Check, Figure, Row, Table
from stream.board.pages import Shown
from stream.board.period import PERIODS, Period

REFRESH_S: Final = 5
_SCHEMA: Final = "tokonomics.board.v1"


class Html:
    """Renders the templates of this package, every value escaped."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("stream.board"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, shown: Shown, period: Period, now_us: int, nonce: str) -> str:
        """The board. ``nonce``: of the only script and style that may run."""
        page, charts = shown.drawn.page, shown.drawn.charts
        return self._render(
            "board.html",
            period,
            nonce,
            page=page,
            banners=[*trouble(shown, now_us), *page.banners],
            svg={key: Markup(svg) for key, svg in charts.items()},
            as_of=formatting.instant(page.made_us),
        )

    def message(self, text: str, period: Period, nonce: str) -> str:
        """A page that says one thing."""
        return self._render("message.html", period, nonce, message=text)

    def _render(self, template: str, period: Period, nonce: str, **values: object) -> str:
        return self._templates.get_template(template).render(
            periods=PERIODS, period=period, nonce=nonce, refresh_s=REFRESH_S, **values
        )


def trouble(shown: Shown, now_us: int) -> Sequence[Banner]:
    """That the page is an old one, and why."""
    if not shown.trouble:
        return ()
    old = formatting.age(now_us - shown.drawn.page.made_us)
    text = f"These figures are {old} old: the ledger cannot be read just now ({shown.trouble})."
    return (Banner("bad", text),)


def json_page(shown: Shown, now_us: int) -> bytes:
    """The same page for machines: exact decimals as strings, each with its unit and denominator."""
    page = shown.drawn.page
    body = {
        "schema": _SCHEMA,
        "period": {"key": page.period, "words": page.period_words, "earlier": page.earlier_words or None},
        "made_us": page.made_us,
        "empty": page.empty,
        "banners": [{"level": b.level, "text": b.text} for b in (*trouble(shown, now_us), *page.banners)],
        "freshness": {check.key: _check(check) for check in page.freshness},
        "tiles": {
            tile.key: {
                "name": tile.name,
                "definition": tile.definition,
                **_figure(tile.figure),
                "more": {name: _figure(figure) for name, figure in tile.more},
                "change": None
                if tile.change is None
                else {"shown": tile.change.shown, "against": tile.change.against},
            }
            for tile in page.tiles
        },
        "charts": {chart.key: _chart(chart) for chart in (*page.pulse, *page.charts)},
        "tables": {table.key: _table(table) for table in page.tables},
        "quality": {check.key: _check(check) for check in page.quality},
        "quality_tables": {table.key: _table(table) for table in page.quality_tables},
    }
    return msgspec.json.encode(body)


def json_error(reason: str, message: str) -> bytes:
    return msgspec.json.encode({"schema": _SCHEMA, "error": {"reason": reason, "message": message}})


def _figure(figure: Figure, unit: str = "") -> Mapping[str, Any]:
    return {
        "value": figure.exact,
        "unit": figure.unit or unit,
        "shown": figure.shown,
        "at_least": figure.at_least,
        "denominator": figure.of,
        "denominator_of": figure.of_what,
        "note": figure.note,
    }


def _check(check: Check) -> Mapping[str, Any]:
    return {
        "name": check.name,
        "definition": check.definition,
        "level": check.level,
        **_figure(check.figure),
    }


def _chart(chart: Chart) -> Mapping[str, Any]:
    return {
        "title": chart.title,
        "unit": chart.unit,
        "definition": chart.definition,
        "labels": list(chart.labels),
        "series": {line.name: list(line.values) for line in chart.lines},
    }


def _table(table: Table) -> Mapping[str, Any]:
    def row(found: Row) -> Mapping[str, Any]:
        cells = zip(table.columns, found.cells, strict=True)
        return {
            "labels": list(found.labels),
            "name": found.name,
            "depth": found.depth,
            **{column.key: _figure(cell, column.unit) for column, cell in cells},
        }

    return {
        "title": table.title,
        "note": table.note,
        "definitions": {column.key: column.definition for column in table.columns},
        "rows": [row(found) for found in table.rows],
        "total": None if table.total is None else row(table.total),
    }
