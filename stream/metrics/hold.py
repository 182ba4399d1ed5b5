"""Zero first: a new series is shown at 0 until scrapers have seen it so. Pure.

``increase()`` ignores a series' first value; what a series first shows is therefore 0. The time when it was
first seen is stored by the ledger, so that a restarted process does not begin again with what is old. But
while no page is shown (the process is down, reads the log, is behind, or nobody asks) nobody sees a 0 either:
of what no former process can have released, the hold begins with the first page that shows it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

HOLD_US: Final = 150_000_000  #: two scrapes and two evaluations of rules, with room
NEVER_US: Final = int(np.iinfo(np.int64).max)


class Hold:
    """What is held back at one moment. ``first_us``: when the oldest hold that is not over began."""

    def __init__(self, now_us: int, hold_us: int) -> None:
        self._limit_us = now_us - hold_us
        self.first_us = NEVER_US

    def released(self, began_us: int) -> bool:
        """Whether a series whose hold began then is shown at its value."""
        if began_us <= self._limit_us:
            return True
        self.first_us = min(self.first_us, began_us)
        return False

    def held(self, began_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(N,) times -> which are held."""
        mask: NDArray[np.bool_] = began_us > self._limit_us
        if mask.any():
            self.first_us = min(self.first_us, int(began_us[mask].min()))
        return mask


def earliest(first_seen_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N, K) times, 0 for never -> (N,) earliest of each row; NEVER_US for a row of zeros."""
    found: NDArray[np.int64] = np.where(first_seen_us > 0, first_seen_us, NEVER_US).min(axis=1)
    return found
