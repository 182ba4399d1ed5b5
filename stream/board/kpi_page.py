"""The value part of the page: the four large figures, the KPIs, the ROI. Pure; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from stream.board.page import Change, Figure, Level, Table
from stream.readings.reading import Status

STATUS_WORDS: Final[dict[Status, str]] = {
    "met": "met",
    "missed": "missed",
    "undecided": "undecided",
    "no_target": "no target",
    "no_baseline": "no baseline",
    "no_data": "no data",
}
STATUS_LEVELS: Final[dict[Status, Level]] = {"met": "good", "missed": "bad", "undecided": "warn"}


@dataclass(frozen=True)
class Goal:
    """A target in words and how the figure stands to it."""

    text: str
    status: Status

    @property
    def word(self) -> str:
        return STATUS_WORDS[self.status]

    @property
    def level(self) -> Level:
        return STATUS_LEVELS.get(self.status, "info")


@dataclass(frozen=True)
class Bar:
    """One of several shares side by side. ``share`` 0 to 1 for drawing, None where there is none to draw."""

    name: str
    figure: Figure
    share: Decimal | None = None
    level: Level = "info"


@dataclass(frozen=True)
class Lead:
    """One of the four large figures. ``lines``: what it says of itself; ``connect``: what to connect, where
    there is no data.
    """

    key: str
    name: str
    definition: str
    figure: Figure
    goal: Goal | None = None
    lines: Sequence[str] = ()
    more: Sequence[tuple[str, Figure]] = ()
    bars: Sequence[Bar] = ()
    change: Change | None = None
    connect: str = ""


@dataclass(frozen=True)
class About:
    """What the catalogue says of a KPI. ``worsened``: what who decides does then."""

    definition: str
    numerator: str
    denominator: str
    objective: str
    decides: str
    worsened: str
    reviewed: str
    alarm: str


@dataclass(frozen=True)
class Measure:
    """A KPI's figure in one of its scopes ("" for the whole). ``interval`` in words, "" without one."""

    scope: str
    figure: Figure
    status: Status
    interval: str = ""
    goals: Sequence[Goal] = ()
    change: Change | None = None
    connect: str = ""
    needs: str = ""  #: name of the input that is to be connected
    notes: Sequence[str] = ()
    origin: str = ""

    @property
    def word(self) -> str:
        return STATUS_WORDS[self.status]

    @property
    def level(self) -> Level:
        return STATUS_LEVELS.get(self.status, "info")


@dataclass(frozen=True)
class Card:
    """A KPI of the catalogue: its first scope, and the others. ``parts``: by department, by use case …"""

    key: str
    name: str
    rank: str
    measures: Sequence[Measure]
    about: About
    beside: Sequence[tuple[str, Figure]] = ()
    companions: Sequence[tuple[str, str, Figure]] = ()  #: key, name, figure of KPIs it is never shown without
    parts: Sequence[Table] = ()
    freshness: str = ""  #: how old the newest event of each input is

    @property
    def first(self) -> Measure:
        return self.measures[0]

    @property
    def short_parts(self) -> Sequence[Table]:
        """What the page shows of the parts: those by one label; the JSON has them all."""
        return [part for part in self.parts if part.rows and len(part.rows[0].labels) == 1]

    @property
    def others(self) -> Sequence[Measure]:
        """Of the other scopes, those with a figure."""
        return [one for one in self.measures[1:] if one.figure.exact is not None]


@dataclass(frozen=True)
class Group:
    """A dimension. ``met``, ``missed``, ``silent``: how many of its KPIs; silent ones have no data."""

    key: str
    name: str
    question: str
    cards: Sequence[Card]

    def count(self, *statuses: Status) -> int:
        return sum(card.first.status in statuses for card in self.cards)


@dataclass(frozen=True)
class Step:
    """A node of a derivation. ``value`` in words with its unit; ``key``: its place in the tree."""

    key: str
    name: str
    value: str
    formula: str
    known: str
    origin: str
    reason: str
    children: Sequence[Step] = ()


@dataclass(frozen=True)
class Span:
    """A low, central and high value for drawing, as decimal strings in percent."""

    name: str
    low: str
    central: str
    high: str


@dataclass(frozen=True)
class Spans:
    """The chart of the ROI's readings. ``text``: what it shows, in words."""

    key: str
    title: str
    definition: str
    spans: Sequence[Span]
    text: str


@dataclass(frozen=True)
class RoiPart:
    """The ROI part. ``steps``: one derivation for each reading, by its key."""

    period_words: str
    currency: str
    verdict: str
    verdict_level: Level
    measured: Figure
    chart: Spans | None
    tables: Sequence[Table]
    warnings: Sequence[str]
    missing: Sequence[str]
    steps: Sequence[tuple[str, str, Step]] = ()


@dataclass(frozen=True)
class Need:
    """An input that is not connected, and how many KPIs wait for it."""

    name: str
    connect: str
    kpis: int


@dataclass(frozen=True)
class Value:
    """All of it. ``roi`` None: no programme, or it cannot be read; ``roi_connect`` says what to do then."""

    leads: Sequence[Lead]
    groups: Sequence[Group]
    needs: Sequence[Need] = ()
    roi: RoiPart | None = None
    roi_connect: str = ""
    min_group_size: int = 1
    roi_trouble: Sequence[str] = field(default=())
