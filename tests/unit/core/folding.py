"""A state of any log fed record by record, and the sum of what its rows grew by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from stream.contract.frame import unpack
from stream.contract.records import Epoch, Generation, encode_record
from stream.contract.rows import MEASURES
from stream.core.effects import Write
from stream.core.history import History
from stream.core.log_state import LogState

DAY = 20_000
NOW_US = DAY * 86_400_000_000 + 12 * 3_600_000_000
HOUR = NOW_US // 3_600_000_000


class Bounds:
    bounds: ClassVar[dict[str, int]] = {}
    declared: ClassVar[dict[str, list[str]]] = {}
    fold_version = 1


class Folding:
    """``rows``: (kind, hour, labels, measure) -> amount; ``written``: what was written to other topics."""

    def __init__(
        self, state: Callable[..., LogState[Any]], window_days: int, partition: int = 0, partitions: int = 1
    ) -> None:
        self.state = state(partition, History(), [], lambda digest: Bounds())
        self.rows: Counter[Any] = Counter()
        self.written: list[Write] = []
        self._offset = 0
        self.take(encode_record(Generation("g", 0, partitions, window_days=window_days)))
        self.take(encode_record(Epoch(0, "bounds", 1)))

    def take(self, value: bytes, now_us: int = NOW_US) -> None:
        """Fold one record that arrives at ``now_us``."""
        effects = self.state.fold(self._offset, now_us // 1000, unpack(value), rows=True)
        self._offset += 1
        self.written += effects.outputs
        for keys, deltas in effects.entries(self.state.labels.tuples):
            for (kind, _, hour, labels), values in zip(keys, deltas, strict=True):
                for measure in np.flatnonzero(values).tolist():
                    self.rows[kind, hour, labels, MEASURES[kind][measure]] += int(values[measure])
