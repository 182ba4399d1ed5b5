"""Rate rows: for one label tuple, the rates of leaves and units by slice of date, hour and context."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from stream.contract.leaves import LEAVES, UNITS
from stream.pricing.book import PriceBook
from stream.pricing.quote import Candidates, Quoted, inherited, quote, rate_in_tier, thresholds

#: What a row says of an event whose every used leaf and unit has a rate.
PRICED, FREE, UNPRICED = 0, 1, 2


@dataclass(frozen=True)
class RateRows:
    """R = (D+1) x (H+1) x (C+1) rows, the context tier changing fastest.

    ``from_days`` (D,): first days of date slices. ``from_us`` (H,): first microseconds, within the day, of
    hour slices. ``above`` (C,): total input tokens above which the next tier begins. All int64, ascending.
    ``leaf_pico`` (R, L), ``unit_pico`` (R, U): int64 pico-USD per single one, -1 where there is no rate.
    ``minimum`` (U,): int64, least billed count of a unit and its parts. ``kind`` (R,): int64, PRICED, FREE or
    UNPRICED.
    """

    from_days: NDArray[np.int64]
    from_us: NDArray[np.int64]
    above: NDArray[np.int64]
    leaf_pico: NDArray[np.int64]
    unit_pico: NDArray[np.int64]
    minimum: NDArray[np.int64]
    kind: NDArray[np.int64]


def build_rows(book: PriceBook, what: Candidates) -> RateRows:
    """All rows that can hold for ``what``."""
    days, times = _boundaries(what)
    cells = [
        quote(book, what, day, of_day)
        for day, of_day in product(_samples(days, before=-1), _samples(times, before=0))
    ]
    above = sorted(set().union(*(thresholds(cell.values()) for cell in cells)))
    totals = [0, *(start + 1 for start in above)]
    lines = [(cell, total) for cell in cells for total in totals]
    minimums = dict(what.model.minimums) if what.model else {}
    return RateRows(
        from_days=np.array(days, np.int64),
        from_us=np.array(times, np.int64),
        above=np.array(above, np.int64),
        leaf_pico=np.array([[_pico(leaf, what, *line) for leaf in LEAVES] for line in lines], np.int64),
        unit_pico=np.array([[_pico(unit, what, *line) for unit in UNITS] for line in lines], np.int64),
        minimum=np.array([minimums.get(unit, 0) for unit in UNITS], np.int64),
        kind=np.array([kind_of(what, cell) for cell, _ in lines], np.int64),
    )


def _boundaries(what: Candidates) -> tuple[list[int], list[int]]:
    constraints = [v.constraint for v in what.variants]
    if what.model is not None:
        constraints += [s.constraint for s in what.model.slices]
    days = {c.from_day for c in constraints if c.from_day is not None}
    days |= {o.from_day for o in what.overrides}
    days |= {o.until_day + 1 for o in what.overrides if o.until_day is not None}
    times = {t for c in constraints for t in (c.start_us, c.end_us) if t is not None}
    return sorted(days), sorted(times)


def _samples(boundaries: list[int], before: int) -> list[int]:
    """One value inside each slice; nothing changes between two boundaries."""
    return [boundaries[0] - 1 if before < 0 and boundaries else 0, *boundaries]


def _pico(name: str, what: Candidates, rates: dict[str, Quoted], total_input: int) -> int:
    found = inherited(name, rates)
    if found is None:
        return 0 if kind_of(what, rates) == FREE and not rates else -1
    return rate_in_tier(found[1].rate, total_input)


def kind_of(what: Candidates, rates: dict[str, Quoted]) -> int:
    """A model offered as free, or whose every rate is zero, is free; one without any rate is unpriced."""
    if rates:
        everything = [pico for q in rates.values() for pico in (q.rate.base, *(p for _, p in q.rate.tiers))]
        return PRICED if any(everything) else FREE
    return FREE if what.model is not None and what.model.free else UNPRICED
