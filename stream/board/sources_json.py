"""The Sources page for machines. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from stream.board.answers import trouble
from stream.board.board_json import check
from stream.board.json_parts import table
from stream.board.pages import Shown
from stream.board.sources_page import SourcesPage

SCHEMA: Final = "tokonomics.sources.v1"


def json_sources(shown: Shown[SourcesPage], now_us: int) -> bytes:
    """The same page for machines."""
    page = shown.drawn
    body = {
        "schema": SCHEMA,
        "period": {"key": page.period, "words": page.period_words},
        "made_us": page.made_us,
        "empty": page.empty,
        "banners": [{"level": b.level, "text": b.text} for b in (*trouble(shown, now_us), *page.banners)],
        "freshness": {one.key: check(one) for one in page.freshness},
        "tables": {one.key: table(one) for one in page.tables},
        "not_connected": list(page.silent),
    }
    return msgspec.json.encode(body)
