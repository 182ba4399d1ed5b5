"""Measures of a batch: from priced events to the deltas of rows. numpy only, integers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from stream.contract import columns as c
from stream.contract.leaves import LEAVES
from stream.contract.names import US_PER_HOUR
from stream.contract.rows import DURATION_BUCKETS_US, MEASURE_INDEX, TTFT_BUCKETS_US, USAGE_MEASURES

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
_WIDTH: Final = len(USAGE_MEASURES)
_AT: Final = MEASURE_INDEX
_TOKENS: Final = _AT[f"tokens_{LEAVES[0]}"]
_COST: Final = _AT[f"cost_nano_usd_{LEAVES[0]}"]
_COST_UNITS: Final = _AT["cost_nano_usd_units"]
_COST_UNSPLIT: Final = _AT["cost_nano_usd_unsplit"]
_DURATION: Final = (
    np.array(DURATION_BUCKETS_US),
    _AT[f"duration_le_{DURATION_BUCKETS_US[0]}"],
    _AT["duration_us_sum"],
)
_TTFT: Final = (np.array(TTFT_BUCKETS_US), _AT[f"ttft_le_{TTFT_BUCKETS_US[0]}"], _AT["ttft_us_sum"])


@dataclass(frozen=True)
class Costs:
    """Costs of N events in nano-USD: ``leaves`` (N, L), ``units`` (N,), ``unsplit`` (N,), their sum
    ``total`` (N,), int64; ``status`` (N,) uint8 codes of COST_STATUSES.
    """

    leaves: I64
    units: I64
    unsplit: I64
    total: I64
    status: NDArray[np.uint8]


@dataclass(frozen=True)
class Group:
    """Events of a batch grouped by (label id, hour): ``keys`` (G,), ``of`` (N,) group of each event."""

    keys: list[tuple[int, int]]
    of: I64

    @classmethod
    def by(cls, label: I64, hour: I64) -> Group:
        """Group N events. Hours are below 2**32, labels below 2**31."""
        unique, of = np.unique((label << 32) | hour, return_inverse=True)
        return cls([(key >> 32, key & 0xFFFFFFFF) for key in unique.tolist()], of)

    def zeros(self) -> I64:
        return np.zeros((len(self.keys), _WIDTH), np.int64)


def hours(time_us: I64) -> I64:
    """Hours since 1970 of times in microseconds."""
    return time_us // US_PER_HOUR


def add_one(deltas: I64, of: I64, measure: I64 | int) -> None:
    """Count each event in its measure."""
    np.add.at(deltas, (of, np.asarray(measure)), 1)


def add_tokens_and_cost(deltas: I64, of: I64, tokens: I64, costs: Costs) -> None:
    """Add tokens (N, L) and costs to the groups ``of`` (N,). Leaves that nobody used are skipped."""
    for leaf in np.flatnonzero(tokens.any(axis=0)).tolist():
        np.add.at(deltas[:, _TOKENS + leaf], of, tokens[:, leaf])
    for leaf in np.flatnonzero(costs.leaves.any(axis=0)).tolist():
        np.add.at(deltas[:, _COST + leaf], of, costs.leaves[:, leaf])
    for column, values in ((_COST_UNITS, costs.units), (_COST_UNSPLIT, costs.unsplit)):
        if values.any():
            np.add.at(deltas[:, column], of, values)
    _add_squares(deltas, of, costs.total)


def add_status(deltas: I64, of: I64, status: NDArray[np.uint8]) -> None:
    """Count each event by how its cost is known."""
    add_one(deltas, of, status.astype(np.int64) + _AT["events_priced"])


def add_events(deltas: I64, of: I64, batch: c.UsageBatch, chosen: I64) -> None:
    """Count the chosen events (K,) of a batch in groups ``of`` (K,): outcomes, histograms, flags."""
    outcome = cast("NDArray[np.uint8]", batch.column("outcome"))[chosen].astype(np.int64)
    flags = cast("NDArray[np.uint8]", batch.column("flags"))[chosen]
    final = (flags & c.FINAL) != 0
    add_one(deltas, of, outcome + _AT["attempts_success"])
    add_one(deltas, of[final], outcome[final] + _AT["requests_success"])
    hit = (flags & c.CACHE_HIT) != 0
    add_one(deltas, of[hit], _AT["cache_hits"])
    missing = ~hit & ((flags & c.USAGE_KNOWN) == 0)
    add_one(deltas, of[missing], _AT["usage_missing"])
    reported = (flags & c.COST_REPORTED) != 0
    if reported.any():
        nano = cast("I64", batch.column("reported_nano_usd"))[chosen[reported]]
        np.add.at(deltas[:, _AT["reported_nano_usd"]], of[reported], nano)
    answered = final & (outcome == 0)
    for bit, column, histogram in (
        (c.DURATION_KNOWN, "duration_us", _DURATION),
        (c.TTFT_KNOWN, "ttft_us", _TTFT),
    ):
        known = answered & ((flags & bit) != 0)
        if known.any():
            _add_histogram(deltas, of[known], cast("I64", batch.column(column))[chosen[known]], histogram)


def _add_histogram(deltas: I64, of: I64, values_us: I64, histogram: tuple[I64, int, int]) -> None:
    edges, first, total = histogram
    # side left: a value equal to an edge lies in the bucket that the edge closes (Prometheus: le)
    add_one(deltas, of, np.searchsorted(edges, values_us, side="left") + first)
    np.add.at(deltas[:, total], of, values_us)


def _add_squares(deltas: I64, of: I64, total_nano_usd: I64) -> None:
    micro = (total_nano_usd + 500) // 1000  # half up: costs are not negative
    # Costs are below 2**63 nano-USD but a square must stay below 2**63: beyond 3 000 USD an event counts
    # as 3 000 USD here. It bounds a variance, never a cost.
    square = np.minimum(micro, 3_000_000_000) ** 2
    np.add.at(deltas[:, _AT["cost_squares_hi"]], of, square >> 32)
    np.add.at(deltas[:, _AT["cost_squares_lo"]], of, square & 0xFFFFFFFF)
