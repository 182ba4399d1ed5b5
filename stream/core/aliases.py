"""Other ids of requests: event ids, trace ids. The last writer wins within the window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.contract.names import US_PER_DAY
from stream.core.identity_table import IdentityTable

U64 = NDArray[np.uint64]


class AliasTable:
    """Alias -> identity. An alias is known while the newest day of its records is in the window."""

    def __init__(self) -> None:
        self._table = IdentityTable()

    def learn(self, alias: U64, identity: U64, time_us: NDArray[np.int64]) -> None:
        """Take n entries in log order, each (n,); the caller has left out what lies outside the window."""
        if not len(alias):
            return
        row, _ = self._table.remember(alias, time_us // US_PER_DAY)
        self._table.event[row] = identity  # of a row that stands twice numpy keeps the last

    def find(self, alias: U64) -> list[int | None]:
        """Identity of each of n aliases, None where it is not known."""
        row = self._table.find(alias)
        identity = self._table.event[np.maximum(row, 0)]
        return [int(i) if at >= 0 else None for i, at in zip(identity.tolist(), row.tolist(), strict=True)]

    def sweep(self, horizon_day: int) -> None:
        """Forget every alias whose newest record lies before the day."""
        self._table.sweep(horizon_day)
