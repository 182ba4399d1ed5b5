"""Holds what the ledger says to what the source says it sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

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
    """What the product says: the ledger's series and quarantined by source, the collector's dropped."""

    series: Mapping[Series, Totals]
    quarantined: Mapping[str, int]
    dropped: Mapping[str, int]

    @property
    def counted(self) -> int:
        return sum(totals.counted for totals in self.series.values())

    @property
    def duplicates(self) -> int:
        return sum(totals.duplicates for totals in self.series.values())

    @property
    def settled(self) -> int:
        """Events that have found their place."""
        return self.counted + self.duplicates + sum(self.quarantined.values()) + sum(self.dropped.values())

    def line(self, sent: int) -> str:
        """The demo's last line."""
        return (
            f"sent={sent} counted={self.counted} duplicates={self.duplicates}"
            f" quarantined={sum(self.quarantined.values())} dropped={sum(self.dropped.values())}"
        )


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
        found += _compare(f"{name}: counted", sent.counted, held.counted)
        found += _compare(f"{name}: duplicates", sent.duplicates, held.duplicates)
        found += _compare_all(f"{name}: tokens of", sent.tokens, held.tokens)
    found += _compare_all("quarantined from", account.quarantined, books.quarantined)
    found += _compare_all("dropped from", account.dropped, books.dropped)
    if account.unresolved:
        found.append(f"{account.unresolved} events were sent without ever being answered")
    if account.sent != books.settled:
        found.append(f"sent {account.sent}, accounted for {books.settled}")
    return found


def shortened(found: list[str]) -> str:
    """The first few differences in one line."""
    named = "; ".join(found[:_MOST_NAMED])
    return named if len(found) <= _MOST_NAMED else f"{named}; and {len(found) - _MOST_NAMED} more"


def _compare_all(what: str, wanted: Mapping[str, int], held: Mapping[str, int]) -> Iterable[str]:
    for name in sorted(wanted.keys() | held.keys()):
        yield from _compare(f"{what} {name}", wanted.get(name, 0), held.get(name, 0))


def _compare(what: str, wanted: int, held: int) -> list[str]:
    return [] if wanted == held else [f"{what}: {wanted} sent, {held} held"]
