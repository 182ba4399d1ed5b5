"""The open rows of one arrival day, in shards that each know up to which offset they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

from stream.contract.rows import MEASURES, SHARDS, USAGE_MEASURES, Row, Shard

RowKey = tuple[int, int, int, tuple[str, ...]]  #: kind, origin, hour, labels
WIDTH = len(USAGE_MEASURES)


def shard_of(key: RowKey) -> int:
    """Shard of a row: part of the contract, since rows must not move between shards."""
    kind, origin, hour, labels = key
    text = "\x1f".join((str(kind), str(origin), str(hour), *labels))
    return xxhash.xxh64_intdigest(text.encode()) % SHARDS


class OpenDay:
    """Rows of one (generation, partition, arrival day). ``gates[s]``: offset up to which shard s already
    holds every effect; effects at or below it are not applied again.
    """

    def __init__(self, generation: str, partition: int, day: int) -> None:
        self.generation, self.partition, self.day = generation, partition, day
        self.gates = np.full(SHARDS, -1, np.int64)
        self.dirty: set[int] = set()
        self.held: set[int] = set()  # shards with at least one row
        self._keys: list[RowKey] = []
        self._rows: dict[RowKey, int] = {}
        self._shards = np.zeros(64, np.int64)
        self._values = np.zeros((64, WIDTH), np.int64)

    def restore(self, shard: Shard) -> None:
        """Take the rows of a shard as found in the changelog; its gate is set apart."""
        for row in shard.rows:
            at = self._row((row.kind, row.origin, row.hour, tuple(row.labels)))
            self._values[at, list(row.measures)] = row.values

    def apply(self, offset: int, keys: Sequence[RowKey], deltas: NDArray[np.int64]) -> None:
        """Add (G, WIDTH) int64 deltas to the rows of G distinct keys, as the effect of record ``offset``."""
        if not len(keys):
            return
        if self.gates.max() >= offset:
            open_ = [i for i, key in enumerate(keys) if self.gates[shard_of(key)] < offset]
            keys, deltas = [keys[i] for i in open_], deltas[open_]
            if not keys:
                return
        rows = np.fromiter((self._row(key) for key in keys), np.int64, len(keys))
        self._values[rows] += deltas
        self.dirty.update(np.unique(self._shards[rows]).tolist())

    def write(self, shards: Iterable[int], upto: int) -> list[Shard]:
        """The given shards as of ``upto`` (or as of their gate, where they were restored from beyond it)."""
        return [
            Shard(
                self.generation, self.partition, self.day, s, max(upto, int(self.gates[s])), self._rows_of(s)
            )
            for s in sorted(shards)
        ]

    def totals(self) -> Mapping[RowKey, NDArray[np.int64]]:
        """Values by key, for checks."""
        return {key: self._values[at] for key, at in self._rows.items()}

    def _rows_of(self, shard: int) -> list[Row]:
        at = np.flatnonzero(self._shards[: len(self._keys)] == shard)
        which, measure = np.nonzero(self._values[at])
        values = self._values[at[which], measure].tolist()
        measures = measure.tolist()
        ends = np.searchsorted(which, np.arange(len(at) + 1)).tolist()
        rows = []
        for i, row in enumerate(at.tolist()):
            kind, origin, hour, labels = self._keys[row]
            begin, end = ends[i], ends[i + 1]
            rows.append(Row(kind, origin, hour, labels, tuple(measures[begin:end]), tuple(values[begin:end])))
        return rows

    def _row(self, key: RowKey) -> int:
        at = self._rows.get(key)
        if at is None:
            at = self._rows[key] = len(self._keys)
            self._keys.append(key)
            if at >= len(self._shards):
                self._shards = np.concatenate([self._shards, np.zeros_like(self._shards)])
                self._values = np.concatenate([self._values, np.zeros_like(self._values)])
            shard = shard_of(key)
            self._shards[at] = shard
            self.held.add(shard)
            assert len(MEASURES[key[0]]) <= WIDTH
        return at
