"""What readers get from the ledger: plain figures, without a database. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.names import SERIES_LABELS

#: Labels of a live series: one row of ``View.values``.
VIEW_LABELS: Final = ("environment", *SERIES_LABELS)


class Figures(NamedTuple):
    """Sums of usage rows. ``labels``: values of the labels asked for, in order. ``hour``: of the events,
    hours since 1970 UTC; None unless asked for by hour. ``measures``: name (rows.USAGE_MEASURES) -> sum,
    zeros left out.
    """

    labels: tuple[str, ...]
    hour: int | None
    measures: Mapping[str, int]


class RefusalFigures(NamedTuple):
    """Events refused inside accepted bodies, or by the fold."""

    source_key: str
    reason: str
    events: int


class ConflictFigures(NamedTuple):
    """Copies that disagree with what was counted."""

    source_key: str
    other_source_key: str
    reason: str
    events: int


class MinuteFigures(NamedTuple):
    """What reached the ledger within one minute of its own clock, by department: a pulse, not an account.

    ``minute``: minutes since 1970 UTC.
    """

    minute: int
    department: str
    requests: int
    errors: int
    tokens: int
    cost_nano_usd: int


class Freshness(NamedTuple):
    """``accepted_us``: newest accept time held (0: none). ``written_us``: when the ledger last committed.
    ``behind``: shards that are not yet held at the offset which their marker vouches for.
    """

    accepted_us: int
    written_us: int
    behind: int


class Held(NamedTuple):
    """A count and when it was first seen, microseconds since 1970."""

    events: int
    first_seen_us: int


@dataclass(frozen=True)
class View:
    """Live totals (origin live, every generation) as they stand in the database: what /metrics shows.

    ``labels``: VIEW_LABELS of each series (S,); from one view to the next, series are only appended.
    ``values``: (S, len(USAGE_MEASURES)) int64. ``first_seen_us``: same shape, int64; when the measure was
    first above 0, stored with it; 0: never. ``behind`` above 0: not to be shown.
    """

    labels: Sequence[tuple[str, ...]]
    values: NDArray[np.int64]
    first_seen_us: NDArray[np.int64]
    refusals: Mapping[tuple[str, str], Held] = field(default_factory=dict)
    conflicts: Mapping[tuple[str, str, str], Held] = field(default_factory=dict)
    accepted_us: int = 0
    behind: int = 0
