"""What readers get from the ledger: plain figures, without a database. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.names import SERIES_LABELS
from stream.contract.rows import (
    OUTCOME,
    PROBE_LABELS,
    PROBE_MEASURES,
    TASK_JUDGEMENT,
    TASK_MEASURES,
)

#: Labels of a live series: one row of ``View.values``.
VIEW_LABELS: Final = ("environment", *SERIES_LABELS)
#: Labels of live tasks and probes: one row of ``View.tasks`` or ``View.probes``.
TASK_VIEW_LABELS: Final = ("environment", "department", "use_case", "deliverable", "ai")
PROBE_VIEW_LABELS: Final = PROBE_LABELS
_STEP: Final = ("aspect", "from_value", "to_value")
#: Labels of ``View.transitions`` by kind, and of ``View.deliveries``.
TRANSITION_VIEW_LABELS: Final = {
    OUTCOME: (*VIEW_LABELS, *_STEP),
    TASK_JUDGEMENT: (*TASK_VIEW_LABELS, *_STEP),
}
DELIVERY_VIEW_LABELS: Final = ("source_key", "from_value", "to_value")


class Figures(NamedTuple):
    """Sums of rows of usage, tasks or probes. ``labels``: values of the labels asked for, in order.
    ``hour``: of the events, hours since 1970 UTC; None unless asked for by hour. ``measures``: name (of
    rows.MEASURES of the kind) -> sum, zeros left out.
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


class TransitionFigures(NamedTuple):
    """How often ``aspect`` of a judgement went from ``from_value`` ("": none yet) to ``to_value``: counts of
    the past, never fewer. How many stand at v now: those to v less those from v. ``labels``, ``hour`` as in
    Figures. ``selection``: how the judged ones were chosen (judgements.SELECTIONS).
    """

    labels: tuple[str, ...]
    aspect: str
    from_value: str
    to_value: str
    selection: str
    events: int
    hour: int | None = None


class PeopleFigures(NamedTuple):
    """Distinct people active within the ``window`` days that end with ``day``, an as-of day of the
    installation's zone (days since 1970). ``department``, ``use_case``: "" for all of them, one of the two
    always. ``outside``: those outside every target population; ``unlisted``: those seen without a directory.
    """

    day: int
    department: str
    use_case: str
    window: int
    people: int
    outside: int
    unlisted: int


class SourceFigures(NamedTuple):
    """When the ledger last saw a row move that names this source; microseconds since 1970, its own clock."""

    source_key: str
    seen_us: int


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


class People(NamedTuple):
    """As in PeopleFigures."""

    people: int
    outside: int
    unlisted: int


@dataclass(frozen=True)
class Wide:
    """Live totals of one kind of rows. ``labels``: of each series (S,); from one view to the next, series are
    only appended. ``values``, ``first_seen_us``: (S, measures of the kind) int64, as in View.
    """

    labels: Sequence[tuple[str, ...]]
    values: NDArray[np.int64]
    first_seen_us: NDArray[np.int64]


def _nothing(measures: int) -> Wide:
    return Wide((), np.zeros((0, measures), np.int64), np.zeros((0, measures), np.int64))


@dataclass(frozen=True)
class View:
    """Live totals (origin live, every generation) as they stand in the database: what /metrics shows.

    ``labels``: VIEW_LABELS of each series (S,); from one view to the next, series are only appended.
    ``values``: (S, len(USAGE_MEASURES)) int64. ``first_seen_us``: same shape, int64; when the measure was
    first above 0, stored with it; 0: never. ``behind`` above 0: not to be shown.

    ``transitions``: kind (OUTCOME, TASK_JUDGEMENT) -> labels (TRANSITION_VIEW_LABELS) -> how often.
    ``deliveries``: what became of outcomes received, by DELIVERY_VIEW_LABELS. ``tasks``, ``probes``: series
    of TASK_VIEW_LABELS, PROBE_VIEW_LABELS. ``people``: (as-of day, department, use_case, window in days) ->
    people, of the as-of days from two before the ledger's day (UTC) to one after it: which of them is today
    in the installation's zone is for the reader to say, and one that is to come still grows.
    ``accepted_us_by_agent``: newest accept time held of each agent that has written a marker.
    """

    labels: Sequence[tuple[str, ...]]
    values: NDArray[np.int64]
    first_seen_us: NDArray[np.int64]
    refusals: Mapping[tuple[str, str], Held] = field(default_factory=dict)
    conflicts: Mapping[tuple[str, str, str], Held] = field(default_factory=dict)
    accepted_us: int = 0
    behind: int = 0
    transitions: Mapping[int, Mapping[tuple[str, ...], Held]] = field(
        default_factory=lambda: {kind: {} for kind in TRANSITION_VIEW_LABELS}
    )
    deliveries: Mapping[tuple[str, str, str], Held] = field(default_factory=dict)
    tasks: Wide = field(default_factory=lambda: _nothing(len(TASK_MEASURES)))
    probes: Wide = field(default_factory=lambda: _nothing(len(PROBE_MEASURES)))
    people: Mapping[tuple[int, str, str, int], People] = field(default_factory=dict)
    accepted_us_by_agent: Mapping[str, int] = field(default_factory=dict)
