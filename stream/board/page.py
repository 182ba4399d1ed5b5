"""What pages are made of, as values: figures, tables, charts. Pure; nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "info", "warn", "bad"]


@dataclass(frozen=True)
class Figure:
    """One figure. ``shown``: as written ("no data" where there is none, never 0); ``exact``: decimal string,
    None without data. ``of`` and ``of_what``: the denominator. ``at_least``: a part of it has no price.
    ``note``: small print shown with it.
    """

    shown: str
    unit: str = ""
    exact: str | None = None
    of: int | None = None
    of_what: str = ""
    at_least: bool = False
    note: str = ""

    @property
    def denominator(self) -> str:
        """In words: of 1,234 requests."""
        return self.of_what if self.of is None else f"of {self.of:,} {self.of_what}"

    @property
    def bound(self) -> bool:
        """Whether it is written with ≥. What has no price at all says so in words instead."""
        return self.at_least and self.exact not in (None, "0")


@dataclass(frozen=True)
class Change:
    """Against the earlier period. ``shown`` with its sign; ``level``: whether it is for the better."""

    shown: str
    level: Level
    against: str


@dataclass(frozen=True)
class Tile:
    """A headline. ``more``: further figures with their names. ``change`` None: no earlier period."""

    key: str
    name: str
    definition: str
    figure: Figure
    more: Sequence[tuple[str, Figure]] = ()
    change: Change | None = None


@dataclass(frozen=True)
class Column:
    """``with_of``: the denominator stands in each cell, and the interval where samples are few."""

    key: str
    name: str
    unit: str
    definition: str
    with_of: bool = False


@dataclass(frozen=True)
class Row:
    """``labels``: as they are in the ledger; ``name``: as shown; ``depth`` 1: part of the row above."""

    labels: tuple[str, ...]
    name: str
    cells: Sequence[Figure]
    depth: int = 0


@dataclass(frozen=True)
class Table:
    """``rows`` for the page, the rest summed in its last row; ``total``: all of it."""

    key: str
    title: str
    first_column: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    note: str = ""


@dataclass(frozen=True)
class Check:
    """A line of the data quality block."""

    key: str
    name: str
    definition: str
    figure: Figure
    level: Level


@dataclass(frozen=True)
class Line:
    """A series of a chart: a name and one decimal string per label."""

    name: str
    values: Sequence[str]


@dataclass(frozen=True)
class Chart:
    """``labels`` along the axis, ``marked``: which of them are written. ``text``: what it shows, in words."""

    key: str
    kind: Literal["bars", "stacked", "horizontal"]
    title: str
    unit: str
    definition: str
    labels: Sequence[str]
    lines: Sequence[Line]
    text: str
    marked: Sequence[str] = ()


@dataclass(frozen=True)
class Banner:
    level: Level
    text: str
