"""Families as blocks of lines: each takes samples from a table of a View into its template. Pure.

A block is told once of every cell (series, measure) that was ever seen; its lines are only added to. Where no
value changed, the bytes of last time are given again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stream.contract.metric_types import Metric
from stream.ledger.figures import Wide
from stream.metrics import families
from stream.metrics.families import HistogramRule, Rule
from stream.metrics.hold import NEVER_US, Hold, earliest
from stream.metrics.tables import USAGE, Table
from stream.metrics.text import Lines, decimal, series


class Block(Protocol):
    """One family. ``columns`` of the table make it; ``admit`` is called for each of its cells once seen."""

    table: Table
    columns: tuple[int, ...]

    def admit(self, row: int, column: int, labels: tuple[str, ...]) -> None: ...

    def render(self, rows: Wide, hold: Hold) -> bytes: ...


class Cells:
    """A family of plain samples: each the sum of the cells that fall into one label set."""

    def __init__(self, rule: Rule) -> None:
        self.table = rule.table
        self._metric, self._places, self._extra = rule.metric, rule.places, rule.columns
        self.columns = tuple(self._extra)
        self._taken_from = _places(rule.table, self._metric, rule.named)
        self._only = [(rule.table.labels.index(name), value) for name, value in rule.only.items()]
        self._never = [(rule.table.labels.index(name), value) for name, value in rule.never.items()]
        self._filtered = bool(rule.only or rule.never)
        self._lines = Lines(rule.metric)
        self._numbers: dict[tuple[str, ...], int] = {}
        self._fresh: list[tuple[int, int]] = []
        self._cells: NDArray[np.int64] = np.empty(0, np.int64)  # places in the flat view
        self._groups: NDArray[np.int64] = np.empty(0, np.int64)  # sample that each cell adds to
        self._shown: NDArray[np.int64] | None = None
        self._text = b""

    def admit(self, row: int, column: int, labels: tuple[str, ...]) -> None:
        if self._filtered and not self._takes(labels):
            return
        extra = self._extra[column]
        key = tuple([extra if at is None else labels[at] for at in self._taken_from])
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers)
            prefix = series(self._metric.name, zip(self._metric.labels, key, strict=True))
            self._lines.add(prefix, b"%b" if self._places else b"%d")
        self._fresh.append((row * len(self.table.measures) + column, number))

    def _takes(self, labels: tuple[str, ...]) -> bool:
        """Whether the family is of this series."""
        return all(labels[at] == value for at, value in self._only) and not any(
            labels[at] == value for at, value in self._never
        )

    def render(self, rows: Wide, hold: Hold) -> bytes:
        if self._fresh:
            fresh = np.array(self._fresh, np.int64)
            self._cells = np.concatenate([self._cells, fresh[:, 0]])
            self._groups = np.concatenate([self._groups, fresh[:, 1]])
            self._fresh.clear()
            self._lines.close()
        shown = self._take(rows, hold)
        if self._shown is None or not np.array_equal(shown, self._shown):
            amounts = shown.tolist()
            places = self._places
            self._text = self._lines.fill([decimal(n, places) for n in amounts] if places else amounts)
            self._shown = shown
        return self._text

    def _take(self, rows: Wide, hold: Hold) -> NDArray[np.int64]:
        """The samples' values (N,), 0 where held."""
        amounts = rows.values.ravel().take(self._cells)
        seen_us = rows.first_seen_us.ravel().take(self._cells)
        if len(self._numbers) < len(self._cells):
            sums = np.zeros(len(self._numbers), np.int64)
            np.add.at(sums, self._groups, amounts)
            firsts = np.full(len(self._numbers), NEVER_US)
            np.minimum.at(firsts, self._groups, seen_us)
            amounts, seen_us = sums, firsts
        amounts[hold.held(seen_us)] = 0
        return amounts


class _Rows:
    """A family whose samples are made of several measures of the series of one label set, held and released
    together.
    """

    def __init__(self, table: Table, metric: Metric, columns: tuple[int, ...]) -> None:
        self.table, self.columns = table, columns
        self._metric = metric
        self._taken_from = [table.labels.index(name) for name in metric.labels]
        self._take_columns = np.array(columns)
        self._lines = Lines(metric)
        self._numbers: dict[tuple[str, ...], int] = {}
        self._rows: dict[int, int] = {}  # row -> number of its label set
        self._shown: NDArray[np.int64] | None = None
        self._text = b""

    def admit(self, row: int, column: int, labels: tuple[str, ...]) -> None:
        if row not in self._rows:
            key = tuple([labels[at] for at in self._taken_from])
            if key not in self._numbers:
                self._numbers[key] = len(self._numbers)
                self._add(list(zip(self._metric.labels, key, strict=True)))
            self._rows[row] = self._numbers[key]
            self._shown = None

    def render(self, rows: Wide, hold: Hold) -> bytes:
        if self._shown is None:
            self._lines.close()
        shown = self._take(rows, hold)
        if self._shown is None or not np.array_equal(shown, self._shown):
            self._text = self._lines.fill(self._values(shown))
            self._shown = shown
        return self._text

    def _take(self, rows: Wide, hold: Hold) -> NDArray[np.int64]:
        """The measures of each label set (N, columns), 0 where held."""
        cells = np.ix_(np.fromiter(self._rows, np.int64, len(self._rows)), self._take_columns)
        amounts: NDArray[np.int64] = rows.values[cells]
        seen_us = earliest(rows.first_seen_us[cells])
        if len(self._numbers) < len(self._rows):
            groups = np.fromiter(self._rows.values(), np.int64, len(self._rows))
            sums = np.zeros((len(self._numbers), len(self.columns)), np.int64)
            np.add.at(sums, groups, amounts)
            firsts = np.full(len(self._numbers), NEVER_US)
            np.minimum.at(firsts, groups, seen_us)
            amounts, seen_us = sums, firsts
        amounts[hold.held(seen_us)] = 0
        return amounts

    def _add(self, labels: list[tuple[str, str]]) -> None:
        raise NotImplementedError

    def _values(self, shown: NDArray[np.int64]) -> list[int | bytes]:
        raise NotImplementedError


class Histogram(_Rows):
    """Buckets, sum and count of one series, in this order."""

    def __init__(self, rule: HistogramRule) -> None:
        super().__init__(rule.table, rule.metric, (*rule.counts, rule.total))
        self._bounds = rule.bounds

    def _add(self, labels: list[tuple[str, str]]) -> None:
        name = self._metric.name
        for le in self._bounds:
            self._lines.add(series(f"{name}_bucket", [*labels, ("le", le)]), b"%d")
        self._lines.add(series(f"{name}_sum", labels), b"%b")
        self._lines.add(series(f"{name}_count", labels), b"%d")

    def _values(self, shown: NDArray[np.int64]) -> list[int | bytes]:
        """(N, buckets + sum) -> the values of all lines: cumulative buckets, sum, count."""
        upto = shown[:, :-1].cumsum(axis=1)
        values: list[int | bytes] = np.hstack([upto, shown[:, -1:], upto[:, -1:]]).ravel().tolist()
        width = len(self._bounds)
        values[width :: width + 2] = [decimal(us, families.SECOND_PLACES) for us in shown[:, -1].tolist()]
        return values


class Squares(_Rows):
    """The sum of squared costs, kept in two measures so that 64 bits suffice each: hi * 2**32 + lo."""

    def __init__(self) -> None:
        super().__init__(USAGE, families.SQUARES, (families.SQUARES_HI, families.SQUARES_LO))

    def _add(self, labels: list[tuple[str, str]]) -> None:
        self._lines.add(series(self._metric.name, labels), b"%b")

    def _values(self, shown: NDArray[np.int64]) -> list[int | bytes]:
        return [decimal((hi << 32) + lo, families.SQUARE_PLACES) for hi, lo in shown.tolist()]


def gauge(metric: Metric, values: Mapping[tuple[str, ...], bytes]) -> bytes:
    """A family of few samples that stand as they are; none: there is nothing to say yet."""
    lines = Lines(metric)
    for labels in values:
        lines.add(series(metric.name, zip(metric.labels, labels, strict=True)), b"%b")
    lines.close()
    return lines.fill(list(values.values()))


def _places(table: Table, metric: Metric, named: Mapping[str, str]) -> list[int | None]:
    """Where each label of the family stands among the table's; None: it is the measure that says it."""
    names = [named.get(name, name) for name in metric.labels]
    return [table.labels.index(name) if name in table.labels else None for name in names]
