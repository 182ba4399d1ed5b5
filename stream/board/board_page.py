"""The board as values: what the HTML shows and what the JSON holds. Pure; nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stream.board.kpi_page import Value
from stream.board.page import Banner, Chart, Check, Table, Tile


@dataclass(frozen=True)
class Page:
    """All of the board for one period. ``empty``: the ledger holds no event at all."""

    period: str
    period_words: str
    earlier_words: str
    made_us: int
    empty: bool
    banners: Sequence[Banner]
    freshness: Sequence[Check]
    value: Value
    tiles: Sequence[Tile] = ()
    pulse: Sequence[Chart] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    quality: Sequence[Check] = ()
    quality_tables: Sequence[Table] = field(default=())
