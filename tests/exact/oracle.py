"""What the figures must be, by definition and per event: brute force over everything that was sent before.

Shares no code with the fold: no table, no window bookkeeping, no arrays.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

HOUR = 3_600_000_000
DAY = 24 * HOUR
RATE_NANO_USD = 7


@dataclass(frozen=True)
class Event:
    """One event as a source sends it. ``tokens`` None: usage unknown. ``person`` 0: nobody is named."""

    request: int
    event: int
    time_us: int
    department: str
    source: str
    tokens: int | None = 1
    final: bool = True
    person: int = 0
    population: int = 0
    environment: str = "production"


@dataclass(frozen=True)
class Sent:
    """An event in log order, with the arrival day and time that its record gave it."""

    event: Event
    day: int
    now_us: int


Key = tuple[str, str, int, str]  #: department, source, hour, measure


class Oracle:
    """Counts by (department, source, hour, measure), and refusals by (source, reason)."""

    def __init__(self, window_days: int) -> None:
        self.window_days = window_days
        self.counts: Counter[Key] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self._day = -1
        self._sent: list[Sent] = []
        self._first: dict[int, Event] = {}
        self._copies: list[Sent] = []
        self._refusals: list[tuple[int, int]] = []
        self._brought: dict[int, int | None] = {}

    def record(self, events: list[Event], timestamp_ms: int) -> None:
        """Take one record of the log."""
        now_us = self._arrive(timestamp_ms)
        for event in events:
            self._take(Sent(event, self._day, now_us))

    def _arrive(self, timestamp_ms: int) -> int:
        """The log's time at a record, microseconds."""
        self._day = max(self._day, timestamp_ms // 86_400_000)
        return max(timestamp_ms * 1000, self._day * DAY)

    def _take(self, sent: Sent) -> None:
        event, oldest = sent.event, sent.day - self.window_days - 1
        if event.time_us < sent.now_us - self.window_days * DAY:
            return self._refuse(event.event, event.source, "too_old", oldest)
        if event.time_us > sent.now_us + 600_000_000:
            return self._refuse(event.event, event.source, "too_early", oldest)
        known = any(s.event.request == event.request and s.event.time_us // DAY >= oldest for s in self._sent)
        if not known:
            self._count(event)
        else:
            self._copy(sent, oldest)
        self._sent.append(sent)

    def _refuse(self, event: int, source: str, reason: str, oldest: int) -> None:
        seen = any(refused == event and day >= oldest for refused, day in self._refusals)
        self._refusals.append((event, self._day))
        if not seen:
            self.refused[(source, reason)] += 1

    def _count(self, event: Event) -> None:
        self._first[event.request] = event
        self._brought[event.request] = event.tokens
        self._add(event, "attempts", 1)
        self._add(event, "requests", int(event.final))
        self._add(event, "missing", int(event.tokens is None))
        self._add(event, "tokens", event.tokens or 0)
        self._add(event, "cost", (event.tokens or 0) * RATE_NANO_USD)

    def _copy(self, sent: Sent, oldest: int) -> None:
        event, first = sent.event, self._first[sent.event.request]
        held = first.time_us // DAY >= oldest
        home = first if held else event
        same = [s for s in self._copies if (s.event.request, s.event.event) == (event.request, event.event)]
        seen = any(s.event.time_us // DAY >= oldest for s in same)
        self._copies.append(sent)
        if seen or (held and event.event == first.event):
            return self._add(home, "redelivered", 1)
        self._add(home, "duplicates", 1)
        if not held:
            return None
        brought = self._brought[event.request]
        if brought is None and event.tokens is not None:
            self._brought[event.request] = event.tokens
            self._add(home, "completed", 1)
            self._add(home, "tokens", event.tokens)
            self._add(home, "cost", event.tokens * RATE_NANO_USD)
            return None
        differs = brought is not None and event.tokens is not None and brought != event.tokens
        apart = abs(first.time_us // HOUR - event.time_us // HOUR) > 1
        self._add(home, "conflicts", int(differs or apart))
        return None

    def _add(self, at: Event, measure: str, amount: int) -> None:
        if amount:
            self.counts[(at.department, at.source, at.time_us // HOUR, measure)] += amount
