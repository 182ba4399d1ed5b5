"""What a source sent and what must therefore be counted, kept by the source alone. Pure.

It shares no code with the collectors or the fold: it knows which events are copies because it made them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from collectors.replay.judged import Judged, OutcomeBook, OutcomesFile, TaskBook, TasksFile, Worked

_SEEN: Final = 1
_USAGE_SEEN: Final = 2


class Series(NamedTuple):
    """The labels that an account is kept by; as contract.names.SERIES_LABELS."""

    department: str
    use_case: str
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What must become of one event inside a body. ``series`` None: it is quarantined.

    ``request``: the source's own number of the attempt; copies share it. ``tokens``: leaf -> tokens, None
    when the event does not know its usage.
    """

    request: int = 0
    series: Series | None = None
    tokens: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """One HTTP request. ``at_s``: when to send it, seconds after the start. ``source``: who sends it.

    ``events`` empty: the body must be refused whole. ``again``: sent a second time after it was accepted, as
    a client does whose answer was lost. ``path``: where to, "" for the collector's own.
    """

    at_s: float
    source: str
    payload: bytes
    events: tuple[Expected | Judged | Worked, ...]
    again: bool = False
    path: str = ""


class SeriesTotals(msgspec.Struct, omit_defaults=True):
    """Totals of one series; ``tokens`` by leaf, of counted events."""

    department: str
    use_case: str
    provider: str
    model: str
    counted: int = 0
    duplicates: int = 0
    tokens: dict[str, int] = {}


class AccountFile(msgspec.Struct):
    """An account as written to a file. ``unresolved``: events of bodies whose fate is not known. All but
    ``outcomes`` and ``tasks`` is of usage events.
    """

    sent: int
    series: list[SeriesTotals]
    quarantined: dict[str, int]
    dropped: dict[str, int]
    unresolved: int
    outcomes: OutcomesFile
    tasks: TasksFile


@dataclass
class Account:
    """Adds up accepted and refused bodies, in any order. ``quarantined``, ``dropped``: usage, by source."""

    series: dict[Series, SeriesTotals] = field(default_factory=dict)
    quarantined: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    unresolved: int = 0
    outcomes: OutcomeBook = field(default_factory=OutcomeBook)
    tasks: TaskBook = field(default_factory=TaskBook)
    _known: dict[int, int] = field(default_factory=dict)

    def accepted(self, body: Body) -> None:
        """The body was answered 2xx: each of its events was taken, or quarantined by itself."""
        for event in body.events:
            match event:
                case Judged():
                    self.outcomes.take(event, body.source)
                case Worked():
                    self.tasks.take(event, body.source)
                case Expected():
                    self._take(event, body.source)

    def refused(self, body: Body) -> None:
        """The body was refused whole, as it should be."""
        self.dropped[body.source] += 1

    def lost_sight_of(self, body: Body) -> None:
        """The body was given up without an answer: whether it was taken is not known."""
        self.unresolved += max(1, len(body.events))

    def _take(self, event: Expected, source: str) -> None:
        series = event.series
        if series is None:
            self.quarantined[source] += 1
            return
        totals = self.series.get(series)
        if totals is None:
            totals = self.series[series] = SeriesTotals(*series)
        before = self._known.get(event.request, 0)
        if before & _SEEN:
            totals.duplicates += 1
        else:
            totals.counted += 1
        after = before | _SEEN
        if event.tokens is not None and not before & _USAGE_SEEN:
            after |= _USAGE_SEEN
            for leaf, tokens in event.tokens.items():
                totals.tokens[leaf] = totals.tokens.get(leaf, 0) + tokens
        self._known[event.request] = after

    @property
    def counted(self) -> int:
        return sum(totals.counted for totals in self.series.values())

    @property
    def duplicates(self) -> int:
        return sum(totals.duplicates for totals in self.series.values())

    @property
    def sent(self) -> int:
        """Events sent, each once however often it was retried; a body refused whole is one."""
        return self.counted + self.duplicates + self.quarantined.total() + self.dropped.total()

    def tokens(self, *leaves: str) -> int:
        """Sum of the leaves over all series."""
        return sum(totals.tokens.get(leaf, 0) for totals in self.series.values() for leaf in leaves)

    def to_json(self) -> bytes:
        """The account as an AccountFile, series sorted."""
        series = [totals for _, totals in sorted(self.series.items())]
        found = AccountFile(
            self.sent,
            series,
            dict(self.quarantined),
            dict(self.dropped),
            self.unresolved,
            self.outcomes.to_file(self._known),
            self.tasks.to_file(),
        )
        return msgspec.json.encode(found)
