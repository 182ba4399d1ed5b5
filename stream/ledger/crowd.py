"""Live people by as-of day: few days, no first-seen time, shown by the ledger's clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from stream.contract.rows import PEOPLE_MEASURES
from stream.ledger.figures import People
from stream.ledger.rule import require_int64

DAYS_BEFORE: Final = 2
DAYS_AFTER: Final = 1  #: the installation's zone may be ahead of UTC
PeopleAt = tuple[int, str, str, int]  #: as-of day, department, use case, window
PeopleMoves = Mapping[tuple[int, tuple[str, ...]], Counter[int]]  #: (hour, labels of the row) -> moves


def days_shown(now_us: int) -> range:
    """As-of days that are shown at ``now_us``."""
    today = now_us // 86_400_000_000
    return range(today - DAYS_BEFORE, today + DAYS_AFTER + 1)


class Crowd:
    """Sums of people from ``since_day`` on, as-of days to come included."""

    def __init__(self, since_day: int = 0) -> None:
        self._since_day = since_day
        self._sums: dict[PeopleAt, list[int]] = {}

    def stage(self, moves: PeopleMoves) -> dict[PeopleAt, list[int]]:
        """The new sums of what moves. Raises LedgerFault (overflow)."""
        staged: dict[PeopleAt, list[int]] = {}
        for (hour, (department, use_case, window)), differences in moves.items():
            at = (hour // 24, department, use_case, int(window))
            if at[0] < self._since_day:
                continue
            new = staged.setdefault(at, list(self._sums.get(at, (0,) * len(PEOPLE_MEASURES))))
            for measure, difference in differences.items():
                new[measure] = require_int64(new[measure] + difference, f"sum of {PEOPLE_MEASURES[measure]}")
        return staged

    def move(self, staged: Mapping[PeopleAt, list[int]], now_us: int) -> None:
        """Take what was staged; days that are shown no more go."""
        self._sums.update(staged)
        first = days_shown(now_us).start
        if first > self._since_day:
            self._since_day = first
            self._sums = {at: sums for at, sums in self._sums.items() if at[0] >= first}

    def shown(self, now_us: int) -> Mapping[PeopleAt, People]:
        days = days_shown(now_us)
        return {at: People(*sums) for at, sums in self._sums.items() if at[0] in days}
