"""Pricing of a batch in whole numbers. Pure numpy; no floats, and no product that can leave int64.

Bounds (checked where books and batches are read): a leaf counts at most 1e9 and its rate is at most 9e9
pico-USD, so count x rate <= 9e18 < 2**63 - 1 - 500. Units: see ``stream.pricing.units``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.contract.leaves import LEAVES, MAX_LEAF_COUNT, MAX_UNIT_COUNT, UNIT_INDEX, UNITS
from stream.contract.names import COST_STATUSES, US_PER_DAY
from stream.pricing.errors import UnitEntryError
from stream.pricing.rows import FREE, UNPRICED
from stream.pricing.units import INPUT_LEAVES, RATE_CHAIN

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PRICED_STATUS: Final = COST_STATUSES.index("priced")
PARTLY_STATUS: Final = COST_STATUSES.index("partly_priced")
REPORTED_STATUS: Final = COST_STATUSES.index("reported")
FREE_STATUS: Final = COST_STATUSES.index("free")
UNPRICED_STATUS: Final = COST_STATUSES.index("unpriced")
#: Input leaves come first in LEAVES.
INPUT_LEAF_COUNT: Final = len(INPUT_LEAVES)
#: (U,) the unit that each unit is a part of, itself where it is a part of none.
FAMILY: Final[Ints] = np.array([UNIT_INDEX[RATE_CHAIN[unit][-1]] for unit in UNITS], np.int64)


def half_even(pico: Ints) -> Ints:
    """pico-USD to nano-USD, rounded half-even. Any shape, int64, 0 <= pico <= 9e18.

    Half a nano more, less one pico unless the quotient is odd: a tie goes up only from an odd nano.
    """
    odd = pico // 1000
    odd &= 1
    odd += 499
    odd += pico
    odd //= 1000
    return odd


def leaf_costs(counts: Ints, pico: Ints) -> Ints:
    """Counts x pico-USD -> nano-USD, of one shape, each product rounded by itself."""
    return half_even(counts * pico)


def unit_costs(counts: Ints, pico: Ints) -> Ints:
    """(S,) counts x (S,) pico-USD -> (S,) nano-USD, rounded half-even, without forming the whole product.

    With pico = 1000 a + b, count x pico / 1000 = count x a + count x b / 1000; a tie looks at the whole sum.
    """
    whole = counts * (pico // 1000)
    part = counts * (pico % 1000)
    whole += part // 1000
    whole += (part % 1000 + 499 + (whole & 1)) // 1000
    return whole


@dataclass(frozen=True)
class RowIndex:
    """Where the rows of each set of rates lie, K sets. ``base``, ``hours``, ``tiers`` (K,): first row, number
    of hour and of context slices. The boundaries (K, most) are padded with the largest int64. All int64.
    """

    base: Ints
    hours: Ints
    tiers: Ints
    from_days: Ints
    from_us: Ints
    above: Ints

    def rows(self, sets: Ints, time_us: Ints, total_input: Ints) -> Ints:
        """(N,) row of each event, by its set (N,), time (us since 1970 UTC) and total input tokens."""
        rows = self.base[sets]
        if self.from_days.shape[1]:
            date = _slices(self.from_days, sets, time_us // US_PER_DAY)
            rows += date * self.hours[sets] * self.tiers[sets]
        if self.from_us.shape[1]:
            rows += _slices(self.from_us, sets, time_us % US_PER_DAY) * self.tiers[sets]
        if self.above.shape[1]:
            rows += _slices(self.above, sets, total_input - 1)
        return rows


def _slices(boundaries: Ints, sets: Ints, values: Ints) -> Ints:
    """(N,) number of boundaries of the event's set at or below its value."""
    total = np.zeros(len(values), np.int64)
    for column in boundaries.T:
        total += column[sets] <= values
    return total


@dataclass(frozen=True)
class RateTable:
    """R rows of rates, int64 pico-USD per single one, 0 where there is none; ``*_lacking`` tells which.

    ``leaf_pico``, ``leaf_lacking`` (L, R); ``unit_pico``, ``unit_lacking``, ``minimum`` (R, U);
    ``request_nano`` (R,): cost of the request itself; ``kind`` (R,): PRICED, FREE, UNPRICED.
    """

    leaf_pico: Ints
    leaf_lacking: Bools
    unit_pico: Ints
    unit_lacking: Bools
    minimum: Ints
    request_nano: Ints
    kind: Ints


@dataclass(frozen=True)
class UnitEntries:
    """Sparse units of a batch, S entries, each (event, unit) at most once: indices into the batch and into
    UNITS, and counts of 0 to MAX_UNIT_COUNT. int64.
    """

    event: Ints
    unit: Ints
    count: Ints

    def checked(self, events: int, units: int) -> UnitEntries:
        """Itself. Raises UnitEntryError when an entry would count twice or nowhere."""
        if not len(self.event):
            return self
        if int(self.event.min()) < 0 or int(self.event.max()) >= events:
            raise UnitEntryError(f"unit_event: {int(self.event.max())} in a batch of {events} events")
        if len(np.unique(self.event * units + self.unit)) != len(self.event):
            raise UnitEntryError("unit_kind: one unit of one event is given twice; add the counts up")
        return self


@dataclass(frozen=True)
class Used:
    """The leaves that a batch uses at all, leaf by leaf: most batches use four of fifteen.

    ``leaf`` (U,): indices into LEAVES. ``count`` (U, N), contiguous: sums over leaves then run along events.
    """

    leaf: Ints
    count: Ints

    @classmethod
    def of(cls, leaves: Ints) -> Used:
        """``leaves`` (N, L) counts, 0 to MAX_LEAF_COUNT."""
        leaf = np.flatnonzero(np.bitwise_or.reduce(leaves, axis=0))
        return cls(leaf, np.ascontiguousarray(leaves.T[leaf]))

    def total_input(self) -> Ints:
        """(N,) tokens of the context: all input leaves."""
        total: Ints = self.count[self.leaf < INPUT_LEAF_COUNT].sum(axis=0)
        return total


@dataclass(frozen=True)
class Computed:
    """``leaf_nano_usd`` (U, N) of the used leaves and ``unit_nano_usd`` (N,) int64; ``status`` (N,) uint8, an
    index into COST_STATUSES.
    """

    leaf_nano_usd: Ints
    unit_nano_usd: Ints
    status: NDArray[np.uint8]


def compute(table: RateTable, rows: Ints, used: Used, units: UnitEntries, billed: Bools) -> Computed:
    """Cost of N events by their rows (N,).

    ``billed`` (N,): False for cache hits and events of unknown usage, which cost nothing here.
    """
    kind = table.kind[rows]
    pico = table.leaf_pico[used.leaf][:, rows]
    pico *= billed
    partly = np.zeros(len(rows), np.bool_)
    lacking = table.leaf_lacking[used.leaf]
    if lacking.any():
        partly |= ((used.count > 0) & lacking[:, rows]).any(axis=0)
    unit_cost = table.request_nano[rows] * billed
    if len(units.event):
        _add_units(table, rows, units, billed, unit_cost, partly)
    status = np.where(kind == FREE, FREE_STATUS, PRICED_STATUS).astype(np.uint8)
    status[partly] = PARTLY_STATUS
    status[kind == UNPRICED] = UNPRICED_STATUS
    return Computed(leaf_costs(used.count, pico), unit_cost, status)


def _add_units(
    table: RateTable, rows: Ints, units: UnitEntries, billed: Bools, unit_cost: Ints, partly: Bools
) -> None:
    row = rows[units.event]
    counts = _billed_counts(units, table.minimum[row, FAMILY[units.unit]])
    cost = unit_costs(counts, table.unit_pico[row, units.unit] * billed[units.event])
    np.add.at(unit_cost, units.event, cost)
    partly[units.event[(counts > 0) & table.unit_lacking[row, units.unit]]] = True


def _billed_counts(units: UnitEntries, minimum: Ints) -> Ints:
    """(S,) counts, the first of an event's family raised so that the family reaches its minimum (S,)."""
    if not minimum.any():
        return units.count
    _, first, member = np.unique(
        units.event * len(UNITS) + FAMILY[units.unit], return_index=True, return_inverse=True
    )
    total = np.zeros(len(first), np.int64)
    np.add.at(total, member, units.count)
    counts = units.count.copy()
    counts[first] += np.where(total > 0, np.maximum(minimum[first] - total, 0), 0)
    return counts


assert LEAVES[:INPUT_LEAF_COUNT] == INPUT_LEAVES
assert MAX_LEAF_COUNT * 9_000_000_000 + 500 < 2**63
assert MAX_UNIT_COUNT <= 10**9
