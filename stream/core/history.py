"""What decides and is older than the part of the log that is folded again: append-only lists with offsets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from stream.contract.rows import Admitted, DayBegin, EpochBegin, GenerationBegin, Marker

_Entry = TypeVar("_Entry", DayBegin, EpochBegin, GenerationBegin, Admitted)

#: Days of the log that must be folded again before a day's records decide as they did at first: twice
#: the window, and the two days by which an event's day and its arrival day may differ at either end.
MARGIN_DAYS = 4


def refold_days(window_days: int) -> int:
    return 2 * window_days + MARGIN_DAYS


@dataclass
class History:
    """Generations, arrival days and epochs of one partition's log, each with the offset where it began."""

    generations: list[GenerationBegin] = field(default_factory=list)
    days: list[DayBegin] = field(default_factory=list)
    epochs: list[EpochBegin] = field(default_factory=list)

    @property
    def log(self) -> str:
        """Id of the log: its first generation."""
        return self.generations[0].id

    @property
    def generation(self) -> str:
        """Id of the current generation."""
        return self.generations[-1].id

    @property
    def day(self) -> int:
        """Current arrival day, days since 1970; -1 before the first record."""
        return self.days[-1].day if self.days else -1

    def begin_of(self, day: int) -> int:
        """Offset of the first record of the arrival day ``day`` or, where none arrived, of the next one."""
        return next(entry.offset for entry in self.days if entry.day >= day)

    def before(self, offset: int) -> History:
        """The history as of just before ``offset``."""
        return History(
            _before(self.generations, offset), _before(self.days, offset), _before(self.epochs, offset)
        )

    def forget_days(self, window_days: int) -> None:
        """Drop arrival days that no re-fold can reach any more; the one before them is kept."""
        oldest = self.day - refold_days(window_days) - 2
        kept = [entry for entry in self.days if entry.day >= oldest]
        dropped = self.days[: len(self.days) - len(kept)]
        self.days = [*dropped[-1:], *kept]

    @classmethod
    def of(cls, marker: Marker) -> History:
        return cls(list(marker.generations), list(marker.days), list(marker.epochs))


def refold_from(history: History, resume_at: int, window_days: int) -> int:
    """Offset to fold again from, so that everything decides at ``resume_at`` as it did at first.

    The begin of the arrival day that lies refold_days before the day of the record before ``resume_at``;
    the log's begin where it is younger.
    """
    day = history.before(resume_at).day
    oldest = day - refold_days(window_days)
    # the first entry may be one kept for its day alone: its day began at or before the wanted one
    for entry in history.days:
        if entry.day >= oldest:
            return min(entry.offset, resume_at)
    return min(history.generations[0].offset, resume_at)


def admitted_before(admitted: Iterable[Admitted], offset: int) -> list[Admitted]:
    return [entry for entry in admitted if entry.offset < offset]


def _before(entries: Sequence[_Entry], offset: int) -> list[_Entry]:
    return [entry for entry in entries if entry.offset < offset]
