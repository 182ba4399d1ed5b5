"""Live totals per series in memory, as they stand in the database: what a View is a snapshot of."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, Table, func, select, union_all

from stream.contract.rows import CONFLICT, LIVE, MEASURES, REFUSAL, ROW_LABELS, USAGE, USAGE_MEASURES
from stream.ledger import schema
from stream.ledger.figures import VIEW_LABELS, Held, View
from stream.ledger.held import LabelSet
from stream.ledger.rule import require_int64

_WIDTH: Final = len(USAGE_MEASURES)
_TABLES: Final = {USAGE: (schema.usage_rows, schema.usage_totals)}
_COUNTS: Final = (schema.count_rows, schema.count_totals)


class First(NamedTuple):
    """A measure of a series that is above 0 for the first time."""

    series: LabelSet
    measure: int


@dataclass(frozen=True)
class Move:
    """What one transaction adds. ``sums``: the new values of what moves; ``ids``: of series that are new."""

    sums: Mapping[LabelSet, Mapping[int, int]]
    firsts: Sequence[First]
    ids: Mapping[LabelSet, int]
    at_us: int


class LiveTotals:
    """Sums of live rows by series. Safe to take a view of from any thread; one thread loads and moves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reset()
        self._view = View((), _frozen(self._values[:0]), _frozen(self._seen[:0]), behind=1)

    @property
    def ids(self) -> Mapping[LabelSet, int]:
        """Ids of the series that are stored."""
        return self._ids

    def load(self, connection: Connection, accepted_us: int, behind: int) -> None:
        """Take everything from the database."""
        ids, seen = _load_series(connection)
        sums = {
            (kind, labels): values for kind in MEASURES for labels, values in _load_sums(connection, kind)
        }
        with self._lock:
            self._reset()
            for series, number in sorted(ids.items(), key=lambda item: item[1]):
                self._add(series, number)
            for series, values in sums.items():
                if series in self._ids:
                    self._set(series, values)
            for (series, measure), at_us in seen.items():
                self._see(series, measure, at_us)
            self._accepted_us, self._behind, self._stale = accepted_us, behind, True

    def stage(self, series: Mapping[LabelSet, Counter[int]], now_us: int) -> Move:
        """What a transaction has to store of the moves ``series``. Raises LedgerFault (overflow)."""
        sums: dict[LabelSet, dict[int, int]] = {}
        ids: dict[LabelSet, int] = {}
        firsts = []
        for key, moves in series.items():
            measures = {measure: move for measure, move in moves.items() if move}
            if not measures:
                continue
            if key not in self._ids:
                ids[key] = self._next_id + len(ids)
            held = self._held(key)
            new = sums[key] = {}
            for measure, move in measures.items():
                new[measure] = require_int64(held.get(measure, 0) + move, f"sum of measure {measure}")
                if new[measure] > 0 and not self._seen_at(key, measure):
                    firsts.append(First(key, measure))
        return Move(sums, firsts, ids, now_us)

    def move(self, move: Move, accepted_us: int, behind: int) -> None:
        """Show what was staged: its transaction is committed."""
        with self._lock:
            for series, number in move.ids.items():
                self._add(series, number)
            for series, values in move.sums.items():
                self._set(series, values)
            for series, measure in move.firsts:
                self._see(series, measure, move.at_us)
            self._accepted_us, self._behind, self._stale = accepted_us, behind, True

    def view(self) -> View:
        """An immutable snapshot; the same object until something changes."""
        with self._lock:
            if self._stale:
                count = len(self._labels)
                self._view = View(
                    tuple(self._labels),
                    _frozen(self._values[:count]),
                    _frozen(self._seen[:count]),
                    dict(self._counts[REFUSAL]),  # type: ignore[arg-type] # two labels each
                    dict(self._counts[CONFLICT]),  # type: ignore[arg-type] # three labels each
                    self._accepted_us,
                    self._behind,
                )
                self._stale = False
            return self._view

    def _reset(self) -> None:
        self._ids: dict[LabelSet, int] = {}
        self._next_id = 1
        self._labels: list[tuple[str, ...]] = []
        self._rows: dict[tuple[str, ...], int] = {}
        self._values = np.zeros((64, _WIDTH), np.int64)
        self._seen = np.zeros((64, _WIDTH), np.int64)
        self._counts: dict[int, dict[tuple[str, ...], Held]] = {REFUSAL: {}, CONFLICT: {}}
        self._accepted_us, self._behind, self._stale = 0, 1, False

    def _add(self, series: LabelSet, number: int) -> None:
        kind, labels = series
        self._ids[series] = number
        self._next_id = max(self._next_id, number + 1)
        if kind != USAGE:
            self._counts[kind][labels] = Held(0, 0)
            return
        if len(self._labels) == len(self._values):
            self._values = np.concatenate([self._values, np.zeros_like(self._values)])
            self._seen = np.concatenate([self._seen, np.zeros_like(self._seen)])
        self._rows[labels] = len(self._labels)
        self._labels.append(labels)

    def _set(self, series: LabelSet, values: Mapping[int, int]) -> None:
        kind, labels = series
        if kind == USAGE:
            self._values[self._rows[labels], list(values)] = list(values.values())
        else:
            self._counts[kind][labels] = self._counts[kind][labels]._replace(events=values[0])

    def _see(self, series: LabelSet, measure: int, at_us: int) -> None:
        kind, labels = series
        if kind == USAGE:
            self._seen[self._rows[labels], measure] = at_us
        else:
            self._counts[kind][labels] = self._counts[kind][labels]._replace(first_seen_us=at_us)

    def _held(self, series: LabelSet) -> Mapping[int, int]:
        kind, labels = series
        if series not in self._ids:
            return {}
        if kind == USAGE:
            return dict(enumerate(self._values[self._rows[labels]].tolist()))
        return {0: self._counts[kind][labels].events}

    def _seen_at(self, series: LabelSet, measure: int) -> int:
        kind, labels = series
        if series not in self._ids:
            return 0
        if kind == USAGE:
            return int(self._seen[self._rows[labels], measure])
        return self._counts[kind][labels].first_seen_us


def _frozen(values: NDArray[np.int64]) -> NDArray[np.int64]:
    copied = values.copy()
    copied.setflags(write=False)
    return copied


def _load_series(connection: Connection) -> tuple[dict[LabelSet, int], dict[tuple[LabelSet, int], int]]:
    """Ids of series, and when each measure of them was first seen."""
    ids: dict[LabelSet, int] = {}
    named = {}
    for row in connection.execute(select(schema.series)):
        named[row.id] = (row.kind, tuple(json.loads(row.labels)))
        ids[named[row.id]] = row.id
    seen = {}
    for row in connection.execute(select(schema.first_seen)):
        series = named[row.series]
        seen[series, MEASURES[series[0]].index(row.measure)] = row.at_us
    return ids, seen


def _load_sums(connection: Connection, kind: int) -> list[tuple[tuple[str, ...], dict[int, int]]]:
    """Sums of live rows by the labels of a series."""
    labels, measures = VIEW_LABELS if kind == USAGE else ROW_LABELS[kind], MEASURES[kind]
    rows = union_all(*(_live(table, measures) for table in _TABLES.get(kind, _COUNTS))).subquery()
    sets = schema.label_sets.c
    keys = [sets[label] for label in labels]
    query = select(*keys, *(func.sum(rows.c[name]) for name in measures))
    query = query.join_from(rows, schema.label_sets, rows.c.label_set == sets.id)
    found = connection.execute(query.where(sets.kind == kind).group_by(*keys)).all()
    width = len(labels)
    return [
        (tuple(row[:width]), {m: int(value) for m, value in enumerate(row[width:]) if value}) for row in found
    ]


def _live(table: Table, measures: Sequence[str]) -> Select[Any]:
    query = select(table.c.label_set, *(table.c[name] for name in measures))
    return query.where(table.c.origin == LIVE)
