"""Who was active in which scope on which days, and on which as-of days that makes a person active. Pure.

A person is active on as-of day a over n days when active on one of the days a - n + 1 to a. So an activity on
day d makes the person active on d to d + n - 1; what is counted are those of them that no activity known
before had made so already. Which they are depends on two distances alone: ``back``, to the newest day before
d with an activity, ``ahead``, to the oldest after it: as-of days d + j are new for
max(0, n - back) <= j < min(n, ahead).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.columns import POPULATIONS
from stream.contract.rows import WINDOWS

Scope = tuple[str, str]  #: (department, use_case), "" for all
FAR: Final = max(WINDOWS)  #: a distance from which nothing is covered
_BELOW: Final = (1 << (FAR - 1)) - 1
_UNLISTED: Final = POPULATIONS.index("unknown")
_OUTSIDE: Final = POPULATIONS.index("outside")


class Cells(NamedTuple):
    """G cells, distinct: ``keys`` (scope, window, as-of day), ``amounts`` (G, 3) int64: people who are active
    from now on and were not, those of them outside every target population, those seen without a directory.
    """

    keys: list[tuple[Scope, int, int]]
    amounts: NDArray[np.int64]


class ActiveDays:
    """Active days per scope and person, as bit masks. Days older than ``oldest`` may be forgotten."""

    def __init__(self) -> None:
        self._base = -1  #: day of bit FAR - 1: the bits below are room for the window before it
        self._masks: dict[Scope, dict[int, int]] = {}

    def forget_before(self, oldest: int) -> None:
        """Days before ``oldest`` decide nothing any more. They are dropped now and then: what an activity on
        a later day makes new lies within FAR days of it.
        """
        if self._base < 0:
            self._base = oldest
        shift = oldest - self._base
        if shift < FAR:
            return
        self._base = oldest
        for scope, masks in list(self._masks.items()):
            kept = {person: mask >> shift for person, mask in masks.items() if mask >> shift}
            if kept:
                self._masks[scope] = kept
            else:
                del self._masks[scope]

    def masks(self, scope: Scope) -> dict[int, int]:
        """The masks of a scope, to be given to ``add``; valid until the next ``forget_before``."""
        return self._masks.setdefault(scope, {})

    def add(self, masks: dict[int, int], person: int, day: int) -> tuple[int, int] | None:
        """Take an activity. Returns (back, ahead), each 1 to FAR; None where the day was known.

        ``day`` is at least the ``oldest`` given last.
        """
        at = day - self._base + FAR - 1
        mask = masks.get(person, 0)
        window = mask >> (at - FAR + 1)
        ahead = window >> (FAR - 1)
        if ahead & 1:
            return None
        masks[person] = mask | 1 << at
        ahead >>= 1
        return FAR - (window & _BELOW).bit_length(), min((ahead & -ahead).bit_length() or FAR, FAR)

    def __len__(self) -> int:
        """Cells of (scope, person) held."""
        return sum(map(len, self._masks.values()))


def new_cells(scopes: Sequence[Scope], found: Sequence[tuple[int, int, int, int, int]]) -> Cells:
    """What a record's activities add. ``found``: (index of the scope, day, back, ahead, population) of each
    that was not known; at least one.
    """
    scope, day, back, ahead, population = np.array(found, np.int64).T
    first = int(day.min())
    shape = (len(scopes), int(day.max()) - first + FAR, len(POPULATIONS))
    size = shape[0] * shape[1] * shape[2]
    row = (scope * shape[1] + day - first) * shape[2] + population
    keys: list[tuple[Scope, int, int]] = []
    amounts: list[NDArray[np.int64]] = []
    for window in WINDOWS:
        begin, end = np.maximum(0, window - back), np.minimum(window, ahead)
        lengths = np.maximum(end - begin, 0)
        at = np.repeat(row + begin * shape[2], lengths) + _ramps(lengths) * shape[2]
        counts = np.bincount(at, minlength=size).reshape(shape)
        people = counts.sum(axis=2)
        where, when = np.nonzero(people)
        pairs = zip(where.tolist(), (when + first).tolist(), strict=True)
        keys += [(scopes[i], window, as_of) for i, as_of in pairs]
        chosen = counts[where, when]
        amounts.append(np.stack([people[where, when], chosen[:, _OUTSIDE], chosen[:, _UNLISTED]], axis=1))
    return Cells(keys, np.concatenate(amounts))


def _ramps(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … lengths[0] - 1, 0, 1, … lengths[1] - 1, …"""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1])) - np.repeat(ends - lengths, lengths)
