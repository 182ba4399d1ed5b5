"""Zero first: a new series is shown at 0 until scrapers have seen it so. Pure.

``increase()`` ignores a series' first value; what a series first shows is therefore 0. The time when it was
first seen is stored by the ledger, so that a restarted process goes on alike. While no page was shown (the
process was down, reading the log, or behind) nobody saw a 0: such a gap does not count towards the hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

HOLD_US: Final = 150_000_000  #: two scrapes and two evaluations of rules, with room
NEVER_US: Final = int(np.iinfo(np.int64).max)


class Gap(NamedTuple):
    """No page was shown between ``from_us`` and ``to_us``."""

    from_us: int
    to_us: int


class Hold:
    """What is held back at one moment, after ``gaps`` in their order. ``first_us`` is the earliest time at
    which a hold began, among what is held.
    """

    def __init__(self, now_us: int, hold_us: int, gaps: Sequence[Gap] = ()) -> None:
        self._limit_us, self._hold_us, self._gaps = now_us - hold_us, hold_us, gaps
        self.first_us = NEVER_US

    def released(self, first_seen_us: int) -> bool:
        """Whether a series first seen then is shown at its value."""
        return not self.held(np.array([first_seen_us])).any()

    def held(self, first_seen_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(N,) times -> which are held. What a gap found held, or new, is held anew from its end."""
        for gap in self._gaps:
            anew = (first_seen_us > gap.from_us - self._hold_us) & (first_seen_us < gap.to_us)
            first_seen_us = np.where(anew, gap.to_us, first_seen_us)
        mask: NDArray[np.bool_] = first_seen_us > self._limit_us
        if mask.any():
            self.first_us = min(self.first_us, int(first_seen_us[mask].min()))
        return mask


def earliest(first_seen_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N, K) times, 0 for never -> (N,) earliest of each row; NEVER_US for a row of zeros."""
    found: NDArray[np.int64] = np.where(first_seen_us > 0, first_seen_us, NEVER_US).min(axis=1)
    return found
