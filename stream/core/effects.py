"""What folding one record does: rows to add to, and messages to send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.contract.rows import LIVE, MEASURES, REFUSAL, USAGE
from stream.core.open_day import WIDTH, RowKey


@dataclass(frozen=True)
class Write:
    """A message to send. ``target``: state, or one of the agent's targets. ``value`` None is a tombstone.
    ``partition`` None: any.
    """

    target: str
    key: bytes
    value: bytes | None
    partition: int | None = None


@dataclass
class Effects:
    """``usage``: keys (label id, hour) and their deltas (G, WIDTH) int64, keys distinct within an entry.
    ``counts``: amounts of rows' first measure (``events`` of refusals, conflicts, transitions), by row key.
    ``wide``: (G, M) int64 deltas for G distinct row keys of kinds with at most M measures, for folds that
    work on arrays; ``sums``: the same one at a time, see ``add``.
    """

    usage: list[tuple[Sequence[tuple[int, int]], NDArray[np.int64]]] = field(default_factory=list)
    counts: Counter[RowKey] = field(default_factory=Counter)
    outputs: list[Write] = field(default_factory=list)
    wide: list[tuple[Sequence[RowKey], NDArray[np.int64]]] = field(default_factory=list)
    sums: dict[RowKey, Counter[str]] = field(default_factory=dict)

    def add(self, kind: int, hour: int, labels: tuple[str, ...], **amounts: int) -> None:
        """Add to measures of a row, by the names of MEASURES[kind]; any kind, labels already bounded."""
        self.sums.setdefault((kind, LIVE, hour, labels), Counter()).update(amounts)

    def merge(self, other: Effects) -> None:
        """Take the effects of another step of the same record."""
        self.usage += other.usage
        self.wide += other.wide
        self.outputs += other.outputs
        self.counts.update(other.counts)
        for key, amounts in other.sums.items():
            self.sums.setdefault(key, Counter()).update(amounts)

    def refuse(self, source_key: str, reason: str, hour: int, events: int = 1) -> None:
        self.counts[(REFUSAL, LIVE, hour, (source_key, reason))] += events

    def quarantine(self, source_key: str, reason: str, digest: str, offset: int) -> None:
        """A note for readers of llm.quarantine.v1: what was refused, never its content."""
        note = {"source_key": source_key, "reason": reason, "digest": digest, "offset": offset}
        self.outputs.append(Write("quarantine", digest.encode(), msgspec.json.encode(note)))

    def entries(self, tuples: Sequence[tuple[str, ...]]) -> list[tuple[Sequence[RowKey], NDArray[np.int64]]]:
        """Row keys and deltas (G, WIDTH), label ids replaced by their tuples."""
        found: list[tuple[Sequence[RowKey], NDArray[np.int64]]] = [
            ([(USAGE, LIVE, hour, tuples[label]) for label, hour in keys], deltas)
            for keys, deltas in self.usage
        ]
        for keys, deltas in self.wide:
            padded = np.zeros((len(keys), WIDTH), np.int64)
            padded[:, : deltas.shape[1]] = deltas
            found.append((keys, padded))
        if self.sums:
            deltas = np.zeros((len(self.sums), WIDTH), np.int64)
            for i, (key, amounts) in enumerate(self.sums.items()):
                for name, amount in amounts.items():
                    deltas[i, MEASURES[key[0]].index(name)] = amount
            found.append((list(self.sums), deltas))
        if self.counts:
            deltas = np.zeros((len(self.counts), WIDTH), np.int64)
            deltas[:, 0] = list(self.counts.values())
            found.append((list(self.counts), deltas))
        return found
