"""The board for machines: exact decimals as strings, each with its unit and denominator. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from stream.board import kpi_json
from stream.board.answers import trouble
from stream.board.drawing import Drawn
from stream.board.json_parts import figure, table
from stream.board.page import Chart, Check
from stream.board.pages import Shown

SCHEMA: Final = "tokonomics.board.v2"
ROI_SCHEMA: Final = "tokonomics.roi.v1"


def json_page(shown: Shown[Drawn], now_us: int) -> bytes:
    """The same page for machines."""
    page = shown.drawn.page
    body = {
        "schema": SCHEMA,
        "period": {"key": page.period, "words": page.period_words, "earlier": page.earlier_words or None},
        "made_us": page.made_us,
        "empty": page.empty,
        "banners": [{"level": b.level, "text": b.text} for b in (*trouble(shown, now_us), *page.banners)],
        "freshness": {one.key: check(one) for one in page.freshness},
        **kpi_json.value(page.value),
        "tiles": {
            tile.key: {
                "name": tile.name,
                "definition": tile.definition,
                **figure(tile.figure),
                "more": {name: figure(one) for name, one in tile.more},
                "change": kpi_json.change(tile.change),
            }
            for tile in page.tiles
        },
        "charts": {one.key: _chart(one) for one in (*page.pulse, *page.charts)},
        "tables": {one.key: table(one) for one in page.tables},
        "quality": {one.key: check(one) for one in page.quality},
        "quality_tables": {one.key: table(one) for one in page.quality_tables},
    }
    return msgspec.json.encode(body)


def json_error(reason: str, message: str) -> bytes:
    """Why there is no page."""
    return msgspec.json.encode({"schema": SCHEMA, "error": {"reason": reason, "message": message}})


def check(found: Check) -> Mapping[str, Any]:
    """A line of the data quality block."""
    return {
        "name": found.name,
        "definition": found.definition,
        "level": found.level,
        **figure(found.figure),
    }


def _chart(chart: Chart) -> Mapping[str, Any]:
    return {
        "title": chart.title,
        "unit": chart.unit,
        "definition": chart.definition,
        "labels": list(chart.labels),
        "series": {line.name: list(line.values) for line in chart.lines},
    }


def json_roi(shown: Shown[Drawn]) -> bytes:
    """Every reading of the ROI with its derivation, from the result down to each input and its origin."""
    page = shown.drawn.page
    roi = page.value.roi
    body = {
        "schema": ROI_SCHEMA,
        "made_us": page.made_us,
        "period": None if roi is None else roi.period_words,
        "currency": None if roi is None else roi.currency,
        "connect": page.value.roi_connect,
        "readings": {}
        if roi is None
        else {key: {"name": name, "derivation": kpi_json.step(step)} for key, name, step in roi.steps},
    }
    return msgspec.json.encode(body)
