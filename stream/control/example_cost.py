"""What an example request costs by a price book, exactly: the very kernel of the workers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from stream.contract.leaves import LEAF_INDEX, LEAVES, UNIT_INDEX
from stream.contract.names import COST_STATUSES
from stream.pricing import PriceBook, Pricer, UnitEntries

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NANO: Final = 1_000_000_000


@dataclass(frozen=True)
class ExampleCost:
    """USD as exact decimals. ``leaves``: cost of each token leaf used; ``units``: of all other units."""

    used: dict[str, int]
    status: str
    leaves: dict[str, str]
    units: str
    total: str


def example_cost(
    book: PriceBook,
    labels: tuple[str, str, str, str],
    at: datetime,
    used: Mapping[str, int],
) -> ExampleCost:
    """``labels``: provider, model, region, service tier. ``used``: leaf or unit -> count."""
    leaves = np.zeros((1, len(LEAVES)), np.int64)
    units = [(UNIT_INDEX[name], count) for name, count in used.items() if name in UNIT_INDEX]
    for name, count in used.items():
        if name in LEAF_INDEX:
            leaves[0, LEAF_INDEX[name]] = count
    pricer = Pricer(book)
    priced = pricer.price(
        pricer.rows_for([labels]),
        np.array([(at - _EPOCH) // _MICROSECOND], np.int64),
        leaves,
        units=UnitEntries(*(np.array(column, np.int64) for column in _columns(units))),
        usage_known=np.ones(1, bool),
        cache_hit=np.zeros(1, bool),
    )
    return ExampleCost(
        used=dict(used),
        status=COST_STATUSES[int(priced.status[0])],
        leaves={
            name: usd(int(priced.leaf_nano_usd[0, LEAF_INDEX[name]])) for name in used if name in LEAF_INDEX
        },
        units=usd(int(priced.unit_nano_usd[0])),
        total=usd(int(priced.cost_nano_usd[0])),
    )


def usd(nano: int) -> str:
    """nano-USD as an exact decimal of USD."""
    return f"{nano // _NANO}.{nano % _NANO:09d}".rstrip("0").rstrip(".")


def _columns(units: list[tuple[int, int]]) -> tuple[list[int], list[int], list[int]]:
    """(event, kind, count) of each entry; one example is one event."""
    return [0] * len(units), [kind for kind, _ in units], [count for _, count in units]
