"""Sums and first-seen times of one family of live series, in two arrays that grow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from stream.ledger.figures import Held, Wide


class Block:
    """``width``: measures of a series. Series are only appended. Not safe from several threads."""

    def __init__(self, width: int) -> None:
        self._labels: list[tuple[str, ...]] = []
        self._rows: dict[tuple[str, ...], int] = {}
        self._values = np.zeros((16, width), np.int64)
        self._seen = np.zeros((16, width), np.int64)
        self._snapshot: Wide | None = None

    def add(self, labels: tuple[str, ...]) -> None:
        if len(self._labels) == len(self._values):
            self._values = np.concatenate([self._values, np.zeros_like(self._values)])
            self._seen = np.concatenate([self._seen, np.zeros_like(self._seen)])
        self._rows[labels] = len(self._labels)
        self._labels.append(labels)
        self._snapshot = None

    def set(self, labels: tuple[str, ...], values: Mapping[int, int]) -> None:
        """Measures (by number) of a series that was added."""
        self._values[self._rows[labels], list(values)] = list(values.values())
        self._snapshot = None

    def see(self, labels: tuple[str, ...], measure: int, at_us: int) -> None:
        self._seen[self._rows[labels], measure] = at_us
        self._snapshot = None

    def values(self, labels: tuple[str, ...]) -> list[int]:
        values: list[int] = self._values[self._rows[labels]].tolist()
        return values

    def seen(self, labels: tuple[str, ...]) -> list[int]:
        seen: list[int] = self._seen[self._rows[labels]].tolist()
        return seen

    def wide(self) -> Wide:
        """A copy that does not change; the same object until something does."""
        if self._snapshot is None:
            count = len(self._labels)
            self._snapshot = Wide(
                tuple(self._labels), _frozen(self._values[:count]), _frozen(self._seen[:count])
            )
        return self._snapshot

    def counts(self) -> dict[tuple[str, ...], Held]:
        """The first measure of each series."""
        wide = self.wide()
        pairs = zip(wide.values[:, 0].tolist(), wide.first_seen_us[:, 0].tolist(), strict=True)
        return {labels: Held(*pair) for labels, pair in zip(wide.labels, pairs, strict=True)}


def _frozen(values: NDArray[np.int64]) -> NDArray[np.int64]:
    copied = values.copy()
    copied.setflags(write=False)
    return copied
