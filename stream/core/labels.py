"""Label tuples as small numbers, and the bound on how many values each label may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.contract.names import LABELS, OTHER, UNATTRIBUTED
from stream.contract.rows import Admitted

#: Values of a label that a configuration does not name.
FALLBACK_BOUND: Final = 300


class LabelBook:
    """Label tuples <-> ids, and the values admitted per label.

    Values named in ``declared`` are always admitted; the rest compete for ``bounds`` places in log order
    and keep them. ``admitted`` is the append-only history that the marker carries.
    """

    def __init__(self, admitted: Sequence[Admitted] = (), labels: Sequence[str] = LABELS) -> None:
        """``labels``: names of the labels of a tuple, in its order; ``Admitted.label`` indexes them. Where
        they lack a source_key it follows them, for refusals.
        """
        self._names = tuple(labels) if "source_key" in labels else (*labels, "source_key")
        self.admitted = list(admitted)
        self.tuples: list[tuple[str, ...]] = []
        self._ids: dict[tuple[str, ...], int] = {}
        self._raw: dict[tuple[str, ...], tuple[int, bool]] = {}
        self._declared: list[frozenset[str]] = [frozenset()] * len(self._names)
        self._bounds = [0] * len(self._names)
        self._values: list[set[str]] = [set() for _ in self._names]
        for entry in admitted:
            self._values[entry.label].add(entry.value)

    def configure(self, bounds: Mapping[str, int], declared: Mapping[str, Sequence[str]]) -> None:
        """Take the bounds of a configuration. What was admitted stays; folded tuples are judged anew."""
        self._bounds = [bounds.get(label, FALLBACK_BOUND) for label in self._names]
        self._declared = [frozenset(declared.get(label, ())) for label in self._names]
        self._raw.clear()

    def ids(
        self, dictionary: Sequence[tuple[str, ...]], offset: int
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Ids (D,) of a batch's label tuples after bounding, and whether a label of each was folded."""
        ids = np.empty(len(dictionary), np.int64)
        folded = np.empty(len(dictionary), np.bool_)
        for i, raw in enumerate(dictionary):
            known = self._raw.get(raw)
            if known is None:
                known = self._raw[raw] = self._bound(raw, offset)
            ids[i], folded[i] = known
        return ids, folded

    def id_of(self, labels: tuple[str, ...]) -> int:
        """Id of a tuple that is already bounded."""
        found = self._ids.get(labels)
        if found is None:
            found = self._ids[labels] = len(self.tuples)
            self.tuples.append(labels)
        return found

    def source_admitted(self, source_key: str, offset: int) -> str:
        """A source key on its own (of a refusal), bounded like the label."""
        return self._admit(self._names.index("source_key"), source_key, offset)

    def _bound(self, raw: tuple[str, ...], offset: int) -> tuple[int, bool]:
        labels = tuple(self._admit(i, value, offset) for i, value in enumerate(raw))
        return self.id_of(labels), labels != raw

    def _admit(self, label: int, value: str, offset: int) -> str:
        values = self._values[label]
        if value in values or value in ("", OTHER, UNATTRIBUTED) or value in self._declared[label]:
            return value
        if len(values) >= self._bounds[label]:
            return OTHER
        values.add(value)
        self.admitted.append(Admitted(offset, label, value))
        return value
