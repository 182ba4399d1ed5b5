"""Holds what the ledger says to what the source says it sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from stream.demo.judged import (
    HeldOutcomes,
    HeldTasks,
    SourceOutcomes,
    SourceTasks,
    compare,
    outcome_differences,
    task_differences,
)

Series = tuple[str, str, str, str]
_MOST_NAMED: Final = 5


class SourceSeries(msgspec.Struct):
    """A series as the source's account file has it."""

    department: str
    use_case: str
    provider: str
    model: str
    counted: int = 0
    duplicates: int = 0
    tokens: dict[str, int] = {}


class SourceAccount(msgspec.Struct):
    """The source's account file: written by the source alone, before anybody asks the ledger."""

    sent: int
    series: list[SourceSeries]
    quarantined: dict[str, int]
    dropped: dict[str, int]
    unresolved: int
    outcomes: SourceOutcomes = msgspec.field(default_factory=SourceOutcomes)
    tasks: SourceTasks = msgspec.field(default_factory=SourceTasks)

    @property
    def all_quarantined(self) -> dict[str, int]:
        """By source: each tells of usage, or outcomes, or tasks alone."""
        return {**self.quarantined, **self.outcomes.quarantined, **self.tasks.quarantined}

    @classmethod
    def from_json(cls, raw: bytes) -> SourceAccount:
        """Raises msgspec.DecodeError."""
        return msgspec.json.decode(raw, type=cls)


@dataclass(frozen=True)
class Totals:
    """Totals of one series in the ledger; ``tokens``: leaf -> tokens, none zero."""

    counted: int = 0
    duplicates: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Books:
    """What the product says: the ledger's figures, quarantined by source, and the collector's dropped."""

    series: Mapping[Series, Totals]
    quarantined: Mapping[str, int]
    dropped: Mapping[str, int]
    outcomes: HeldOutcomes = field(default_factory=HeldOutcomes)
    tasks: HeldTasks = field(default_factory=HeldTasks)

    @property
    def counted(self) -> int:
        return sum(totals.counted for totals in self.series.values())

    @property
    def duplicates(self) -> int:
        return sum(totals.duplicates for totals in self.series.values())

    def settled(self, account: SourceAccount) -> int:
        """Usage events that have found their place."""
        return self.counted + self.duplicates + self._usage_quarantined(account) + sum(self.dropped.values())

    def line(self, account: SourceAccount) -> str:
        """The demo's last line: each kind of event sent, and what became of it."""
        quarantined = self._usage_quarantined(account)
        return (
            f"sent={account.sent} counted={self.counted} duplicates={self.duplicates}"
            f" quarantined={quarantined} dropped={sum(self.dropped.values())}"
            f" {self.outcomes.words(self._quarantined(account.outcomes.quarantined))}"
            f" {self.tasks.words(self._quarantined(account.tasks.quarantined))}"
        )

    def _usage_quarantined(self, account: SourceAccount) -> int:
        others = account.outcomes.quarantined.keys() | account.tasks.quarantined.keys()
        return self._quarantined(self.quarantined.keys() - others)

    def _quarantined(self, sources: Iterable[str]) -> int:
        return sum(self.quarantined.get(source, 0) for source in sources)


def differences(account: SourceAccount, books: Books) -> list[str]:
    """Where the two disagree, in words; empty when they balance exactly."""
    wanted = {
        (s.department, s.use_case, s.provider, s.model): Totals(s.counted, s.duplicates, s.tokens)
        for s in account.series
    }
    found = []
    for series in sorted(wanted.keys() | books.series.keys()):
        name = " / ".join(series)
        sent, held = wanted.get(series, Totals()), books.series.get(series, Totals())
        found += compare(f"{name}: counted", sent.counted, held.counted)
        found += compare(f"{name}: duplicates", sent.duplicates, held.duplicates)
        found += _compare_all(f"{name}: tokens of", sent.tokens, held.tokens)
    found += _compare_all("quarantined from", account.all_quarantined, books.quarantined)
    found += _compare_all("dropped from", account.dropped, books.dropped)
    if account.unresolved:
        found.append(f"{account.unresolved} events were sent without ever being answered")
    if account.sent != (settled := books.settled(account)):
        found.append(f"sent {account.sent}, accounted for {settled}")
    found += outcome_differences(account.outcomes, books.outcomes)
    found += task_differences(account.tasks, books.tasks)
    return found


def shortened(found: list[str]) -> str:
    """The first few differences in one line."""
    named = "; ".join(found[:_MOST_NAMED])
    return named if len(found) <= _MOST_NAMED else f"{named}; and {len(found) - _MOST_NAMED} more"


def _compare_all(what: str, wanted: Mapping[str, int], held: Mapping[str, int]) -> Iterable[str]:
    for name in sorted(wanted.keys() | held.keys()):
        yield from compare(f"{what} {name}", wanted.get(name, 0), held.get(name, 0))
