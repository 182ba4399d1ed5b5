"""Live series: which of them a row moves, by which labels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from stream.contract.judgements import DELIVERY
from stream.contract.rows import (
    CONFLICT,
    OUTCOME,
    PROBE,
    REFUSAL,
    ROW_LABELS,
    TASK,
    TASK_JUDGEMENT,
    USAGE,
)
from stream.ledger.figures import (
    DELIVERY_VIEW_LABELS,
    PROBE_VIEW_LABELS,
    TASK_VIEW_LABELS,
    TRANSITION_VIEW_LABELS,
    VIEW_LABELS,
)
from stream.ledger.held import LabelSet


class Family(NamedTuple):
    """Series of one kind of rows and the same labels. ``delivery``: of rows of that aspect alone (True), of
    all but those (False), or of rows without aspects (None).
    """

    kind: int
    labels: Sequence[str]
    delivery: bool | None = None


DELIVERIES: Final = Family(OUTCOME, DELIVERY_VIEW_LABELS, delivery=True)
#: People are in no family: they are shown by day, and have no first-seen time.
FAMILIES: Final = (
    Family(USAGE, VIEW_LABELS),
    Family(REFUSAL, ROW_LABELS[REFUSAL]),
    Family(CONFLICT, ROW_LABELS[CONFLICT]),
    Family(OUTCOME, TRANSITION_VIEW_LABELS[OUTCOME], delivery=False),
    DELIVERIES,
    Family(TASK, TASK_VIEW_LABELS),
    Family(TASK_JUDGEMENT, TRANSITION_VIEW_LABELS[TASK_JUDGEMENT]),
    Family(PROBE, PROBE_VIEW_LABELS),
)
#: Families of one kind have different numbers of labels: a stored series tells its own.
FAMILY_OF: Final = {(family.kind, len(family.labels)): family for family in FAMILIES}
_AT: Final = {
    (family.kind, family.delivery): tuple(ROW_LABELS[family.kind].index(name) for name in family.labels)
    for family in FAMILIES
}
_ASPECT: Final = ROW_LABELS[OUTCOME].index("aspect")


def family_of(series: LabelSet) -> Family:
    """The family of a series (kind, labels)."""
    kind, labels = series
    return FAMILY_OF[kind, len(labels)]


def series_of(kind: int, labels: Sequence[str]) -> LabelSet:
    """The series that a row of a kind in FAMILIES, with these labels, moves."""
    delivery = labels[_ASPECT] == DELIVERY if kind == OUTCOME else None
    return kind, tuple(labels[i] for i in _AT[kind, delivery])
