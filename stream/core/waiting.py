"""Outcomes whose request is not known yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from stream.contract.records import Outcome

#: Outcomes of one arrival day that may wait in one partition. By day, since a bound on all that wait would
#: let what is decided today depend on what was refused a place weeks ago, without end.
PLACES_PER_DAY: Final = 20_000


class Waiting(NamedTuple):
    """An outcome that waits since the arrival day ``day``; ``offset``: of its record; ``source``: bounded."""

    day: int
    offset: int
    source: str
    outcome: Outcome


class WaitingRoom:
    """Waiting outcomes by the hash they wait for, each in the order in which they came."""

    def __init__(self) -> None:
        self._by_target: dict[int, list[Waiting]] = {}
        self._day, self._begun = -1, 0

    def __bool__(self) -> bool:
        return bool(self._by_target)

    def put(self, target: int, waiting: Waiting) -> bool:
        """Let an outcome wait; False when the places of its arrival day are taken."""
        if waiting.day != self._day:
            self._day, self._begun = waiting.day, 0
        if self._begun >= PLACES_PER_DAY:
            return False
        self._begun += 1
        self.move(target, waiting)
        return True

    def move(self, target: int, waiting: Waiting) -> None:
        """Let one that waits already wait for ``target``."""
        self._by_target.setdefault(target, []).append(waiting)

    def take(self, target: int) -> list[Waiting]:
        """Those that wait for ``target``; they wait no longer."""
        return self._by_target.pop(target, [])

    def among(self, targets: Iterable[int]) -> list[int]:
        """The hashes of ``targets``, in their order, that somebody waits for."""
        return [target for target in targets if target in self._by_target]

    def expire(self, horizon_day: int) -> list[Waiting]:
        """Those that came on a day before the horizon; they wait no longer."""
        expired = []
        for target, held in list(self._by_target.items()):
            if held[0].day < horizon_day or any(entry.day < horizon_day for entry in held):
                expired += [entry for entry in held if entry.day < horizon_day]
                kept = [entry for entry in held if entry.day >= horizon_day]
                if kept:
                    self._by_target[target] = kept
                else:
                    del self._by_target[target]
        return expired
