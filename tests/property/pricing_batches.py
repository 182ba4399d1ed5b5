"""Events for pricing tests: plain mappings in, columns and prices out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from stream.contract.leaves import LEAF_INDEX, LEAVES, UNIT_INDEX
from stream.pricing import Priced, Pricer, UnitEntries


@dataclass
class Event:
    provider: str
    model: str
    time_us: int = 1_790_000_000_000_000
    counts: Mapping[str, int] = field(default_factory=dict)
    region: str = ""
    service_tier: str = ""
    known: bool = True
    hit: bool = False
    reported: int | None = None


def price_events(pricer: Pricer, events: Sequence[Event]) -> Priced:
    labels = [(e.provider, e.model, e.region, e.service_tier) for e in events]
    leaves = np.zeros((len(events), len(LEAVES)), np.int64)
    sparse = []
    for i, event in enumerate(events):
        for name, count in event.counts.items():
            if name in LEAF_INDEX:
                leaves[i, LEAF_INDEX[name]] = count
            elif count:
                sparse.append((i, UNIT_INDEX[name], count))
    entries = np.array(sparse, np.int64).reshape(-1, 3)
    return pricer.price(
        pricer.rows_for(labels),
        np.array([e.time_us for e in events], np.int64),
        leaves,
        units=UnitEntries(entries[:, 0], entries[:, 1], entries[:, 2]),
        usage_known=np.array([e.known for e in events]),
        cache_hit=np.array([e.hit for e in events]),
        reported_nano_usd=np.array([e.reported or 0 for e in events], np.int64),
        reported_known=np.array([e.reported is not None for e in events]),
    )
