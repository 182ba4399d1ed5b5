"""The parts of a View as tables: series by measures, each with the names of its labels and measures. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, cast

import numpy as np

from stream.contract.rows import (
    CONFLICT,
    OUTCOME,
    PROBE_MEASURES,
    REFUSAL,
    ROW_LABELS,
    TASK_JUDGEMENT,
    TASK_MEASURES,
    USAGE_MEASURES,
)
from stream.ledger.figures import (
    DELIVERY_VIEW_LABELS,
    PROBE_VIEW_LABELS,
    TASK_VIEW_LABELS,
    TRANSITION_VIEW_LABELS,
    VIEW_LABELS,
    Held,
    View,
    Wide,
)

EVENTS: Final = "events"
Labels = tuple[str, ...]
_Counts = Mapping[Labels, Held]


@dataclass(frozen=True)
class Table:
    """``labels``: names of the labels of its series. ``measures``: names of its columns."""

    name: str
    labels: Labels
    measures: tuple[str, ...] = (EVENTS,)

    def column(self, measure: str) -> int:
        """Raises ValueError: no such measure."""
        return self.measures.index(measure)

    @property
    def environment(self) -> int | None:
        """Where the environment stands among its labels; None: it has none, all of it is production."""
        return self.labels.index("environment") if "environment" in self.labels else None


USAGE: Final = Table("usage", VIEW_LABELS, USAGE_MEASURES)
REFUSALS: Final = Table("refusals", ROW_LABELS[REFUSAL])
CONFLICTS: Final = Table("conflicts", ROW_LABELS[CONFLICT])
OUTPUTS: Final = Table("outputs", TRANSITION_VIEW_LABELS[OUTCOME])
DELIVERIES: Final = Table("deliveries", DELIVERY_VIEW_LABELS)
TASKS: Final = Table("tasks", TASK_VIEW_LABELS, TASK_MEASURES)
WORK: Final = Table("work", TRANSITION_VIEW_LABELS[TASK_JUDGEMENT])
PROBES: Final = Table("probes", PROBE_VIEW_LABELS, PROBE_MEASURES)
TABLES: Final = (USAGE, REFUSALS, CONFLICTS, OUTPUTS, DELIVERIES, TASKS, WORK, PROBES)

_WIDE: Final[Mapping[str, Callable[[View], Wide]]] = {
    USAGE.name: lambda view: Wide(view.labels, view.values, view.first_seen_us),
    TASKS.name: lambda view: view.tasks,
    PROBES.name: lambda view: view.probes,
}
_COUNTS: Final[Mapping[str, Callable[[View], _Counts]]] = {
    REFUSALS.name: lambda view: cast(_Counts, view.refusals),
    CONFLICTS.name: lambda view: cast(_Counts, view.conflicts),
    OUTPUTS.name: lambda view: view.transitions[OUTCOME],
    DELIVERIES.name: lambda view: cast(_Counts, view.deliveries),
    WORK.name: lambda view: view.transitions[TASK_JUDGEMENT],
}


def rows_of(table: Table, view: View, known: Sequence[Labels]) -> Wide:
    """The table as it stands in the view; series ``known`` come first, in their order."""
    wide = _WIDE.get(table.name)
    return wide(view) if wide else _gathered(_COUNTS[table.name](view), known)


def _gathered(counts: _Counts, known: Sequence[Labels]) -> Wide:
    """Counts as a table of one measure."""
    labels = list(counts)
    held: Collection[Held] = counts.values()
    if labels[: len(known)] != list(known) and all(key in counts for key in known):
        before = set(known)
        labels = [*known, *(key for key in labels if key not in before)]
        held = [counts[key] for key in labels]
    pairs = np.fromiter(chain.from_iterable(held), np.int64, 2 * len(labels)).reshape(-1, 2)
    return Wide(labels, pairs[:, :1], pairs[:, 1:])
