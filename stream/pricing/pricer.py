"""The pricer: one book and one policy, applied to batches. Remembers the rate rows of label tuples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.contract import columns
from stream.contract.columns import UsageBatch
from stream.contract.leaves import UNIT_INDEX, UNITS
from stream.contract.names import COST_POLICIES, LABEL_INDEX
from stream.pricing.book import PriceBook
from stream.pricing.errors import PricingError
from stream.pricing.kernel import (
    FREE_STATUS,
    PARTLY_STATUS,
    REPORTED_STATUS,
    UNPRICED_STATUS,
    Bools,
    Ints,
    RateTable,
    RowIndex,
    UnitEntries,
    Used,
    compute,
    half_even,
)
from stream.pricing.quote import Candidates, candidates
from stream.pricing.resolve import Resolver
from stream.pricing.rows import RateRows, build_rows
from stream.pricing.units import REQUESTS

#: Label tuples remembered; beyond, the memory of names (not of rates) begins anew.
MAX_LABELS: Final = 20_000
_FURTHEST: Final = np.iinfo(np.int64).max
#: (provider, model, region, service_tier)
Labels = tuple[str, str, str, str]
_labels: Final = itemgetter(*(LABEL_INDEX[name] for name in ("provider", "model", "region", "service_tier")))


@dataclass(frozen=True)
class Priced:
    """Cost of a batch of N events, int64 nano-USD.

    ``leaf_nano_usd`` (N, L) + ``unit_nano_usd`` + ``unsplit_nano_usd`` = ``cost_nano_usd`` (N,). Where a
    reported cost wins it is the unsplit part and the others are 0. ``computed_nano_usd`` (N,) is our own
    reckoning, whichever wins. ``status`` (N,) uint8: index into COST_STATUSES.
    """

    leaf_nano_usd: Ints
    unit_nano_usd: Ints
    unsplit_nano_usd: Ints
    cost_nano_usd: Ints
    computed_nano_usd: Ints
    status: NDArray[np.uint8]


class Pricer:
    """Prices batches by ``book``. ``policy``: of COST_POLICIES.

    ``computed``: ours. ``reported``: the source's where it gave one. ``reported_if_unpriced``: the source's
    where ours is not whole (unpriced or partly priced) and it gave one.

    Safe to use from several threads: all partitions of a worker share one, and some are folded again in
    threads while others count.
    """

    def __init__(self, book: PriceBook, policy: str = "computed") -> None:
        if policy not in COST_POLICIES:
            raise PricingError(f"cost_policy: {policy!r} is none of {', '.join(COST_POLICIES)}")
        self.book = book
        self.policy = policy
        self._resolver = Resolver(book)
        self._set_of_labels: dict[Labels, int] = {}
        self._set_of_candidates: dict[tuple[object, ...], int] = {}
        self._rows: list[RateRows] = []
        self._stack: tuple[RowIndex, RateTable] | None = None
        self._learning = Lock()  # over all that is remembered; ids only grow, so a later table holds them

    def rows_for(self, labels: Sequence[Labels]) -> Ints:
        """(len(labels),) id of the set of rate rows of each tuple; ids hold as long as the pricer lives."""
        with self._learning:
            if len(self._set_of_labels) + len(labels) > MAX_LABELS:
                self._set_of_labels.clear()
            known = self._set_of_labels
            return np.array([known[key] if key in known else self._learn(key) for key in labels], np.int64)

    def _learn(self, key: Labels) -> int:
        provider, model, region, service_tier = key
        found = candidates(self.book, self._resolver.resolve(provider, model), region, service_tier)
        # Entries are told apart by identity: the book holds each once, and long clauses hash slowly.
        what = (id(found.model), tuple(map(id, found.variants)), tuple(map(id, found.overrides)))
        number = self._set_of_candidates.get(what)
        if number is None:
            number = self._add(found)
            self._set_of_candidates[what] = number
        self._set_of_labels[key] = number
        return number

    def _add(self, found: Candidates) -> int:
        self._rows.append(build_rows(self.book, found))
        self._stack = None
        return len(self._rows) - 1

    def price_batch(self, batch: UsageBatch, leaves: Ints | None = None) -> Priced:
        """Price a decoded batch; ``leaves`` spares building ``batch.leaves()`` twice."""
        sets = self.rows_for([_labels(labels) for labels in batch.dictionary])
        flags = _int64(batch, "flags")
        units = UnitEntries(*(_int64(batch, f"unit_{part}") for part in ("event", "kind", "count")))
        return self.price(
            sets[_int64(batch, "label")],
            _int64(batch, "time_us"),
            batch.leaves() if leaves is None else leaves,
            units=units,
            usage_known=(flags & columns.USAGE_KNOWN) != 0,
            cache_hit=(flags & columns.CACHE_HIT) != 0,
            reported_nano_usd=_int64(batch, "reported_nano_usd"),
            reported_known=(flags & columns.COST_REPORTED) != 0,
        )

    def price(
        self,
        sets: Ints,
        time_us: Ints,
        leaves: Ints,
        *,
        units: UnitEntries,
        usage_known: Bools,
        cache_hit: Bools,
        reported_nano_usd: Ints | None = None,
        reported_known: Bools | None = None,
    ) -> Priced:
        """Price N events: ``sets`` (N,) of ``rows_for``, ``time_us`` (N,) since 1970 UTC, ``leaves`` (N, L).

        An event of unknown usage is unpriced and costs nothing (a later copy may complete it); a cache hit is
        free whatever its source reports. Raises UnitEntryError.
        """
        index, table = self._tables()
        units = units.checked(len(sets), len(UNITS))
        used = Used.of(leaves)
        rows = index.rows(sets, time_us, used.total_input())
        computed = compute(table, rows, used, units, usage_known & ~cache_hit)
        unit, status = computed.unit_nano_usd, computed.status
        status[~usage_known] = UNPRICED_STATUS
        status[cache_hit] = FREE_STATUS
        own = computed.leaf_nano_usd.sum(axis=0) + unit
        leaf = np.zeros(leaves.shape, np.int64)
        leaf[:, used.leaf] = computed.leaf_nano_usd.T
        wins = self._reported_wins(status, cache_hit, reported_known)
        if wins is None or reported_nano_usd is None:
            return Priced(leaf, unit, np.zeros_like(own), own, own, status)
        leaf[wins] = 0
        unit = np.where(wins, 0, unit)
        unsplit = np.where(wins, reported_nano_usd, 0)
        status[wins] = REPORTED_STATUS
        return Priced(leaf, unit, unsplit, np.where(wins, reported_nano_usd, own), own, status)

    def _reported_wins(
        self, status: NDArray[np.uint8], cache_hit: Bools, reported_known: Bools | None
    ) -> Bools | None:
        if self.policy == "computed" or reported_known is None:
            return None
        wins = reported_known & ~cache_hit
        if self.policy == "reported_if_unpriced":
            wins &= (status == UNPRICED_STATUS) | (status == PARTLY_STATUS)
        return wins if wins.any() else None

    def _tables(self) -> tuple[RowIndex, RateTable]:
        with self._learning:
            if self._stack is None:
                self._stack = _index(self._rows), _table(self._rows)
            return self._stack


def _int64(batch: UsageBatch, column: str) -> Ints:
    return batch.column(column).astype(np.int64, copy=False)


def _index(sets: Sequence[RateRows]) -> RowIndex:
    sizes = [len(rows.kind) for rows in sets]
    return RowIndex(
        base=np.cumsum([0, *sizes[:-1]], dtype=np.int64),
        hours=np.array([len(rows.from_us) + 1 for rows in sets], np.int64),
        tiers=np.array([len(rows.above) + 1 for rows in sets], np.int64),
        from_days=_padded([rows.from_days for rows in sets]),
        from_us=_padded([rows.from_us for rows in sets]),
        above=_padded([rows.above for rows in sets]),
    )


def _padded(boundaries: Sequence[Ints]) -> Ints:
    padded = np.full((len(boundaries), max(map(len, boundaries), default=0)), _FURTHEST, np.int64)
    for line, values in zip(padded, boundaries, strict=True):
        line[: len(values)] = values
    return padded


def _table(sets: Sequence[RateRows]) -> RateTable:
    leaf = np.ascontiguousarray(np.concatenate([rows.leaf_pico for rows in sets]).T)
    unit = np.concatenate([rows.unit_pico for rows in sets])
    request = np.maximum(unit[:, UNIT_INDEX[REQUESTS]], 0)
    unit[:, UNIT_INDEX[REQUESTS]] = 0  # one is implied; entries of that name on the wire are not billed again
    return RateTable(
        leaf_pico=np.maximum(leaf, 0),
        leaf_lacking=leaf < 0,
        unit_pico=np.maximum(unit, 0),
        unit_lacking=unit < 0,
        minimum=np.concatenate([np.tile(rows.minimum, (len(rows.kind), 1)) for rows in sets]),
        request_nano=half_even(request),
        kind=np.concatenate([rows.kind for rows in sets]),
    )
