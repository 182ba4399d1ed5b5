"""Which cells of a table were ever seen, when the hold of each began, and the families told of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from stream.contract.names import PRODUCTION
from stream.ledger.figures import View, Wide
from stream.metrics.samples import Block
from stream.metrics.tables import Labels, Table, rows_of

Times = NDArray[np.int64]


class Admission:
    """One table, over the views of one ledger. ``production``, ``others``: families of that environment, of
    all but that; a table without environments is production.
    """

    def __init__(self, table: Table, production: Sequence[Block], others: Sequence[Block]) -> None:
        self._table = table
        self._of_column = {True: _by_column(production), False: _by_column(others)}
        self._labels: list[Labels] = []
        self._began_us: Times = np.zeros((0, len(table.measures)), np.int64)

    def rows(self, view: View) -> Wide | None:
        """The table as it stands in the view; None: it is that of another ledger."""
        rows = rows_of(self._table, view, self._labels)
        labels = list(rows.labels)
        if labels[: len(self._labels)] != self._labels:
            return None
        return Wide(labels, rows.values, rows.first_seen_us)

    def admit(self, rows: Wide, begin: Callable[[Times], Times]) -> Wide:
        """Tell the families of every cell that was never seen before. ``begin``: first-seen times (N,) of
        cells that this page is the first to show -> when their holds begin. Gives the rows with those times.
        """
        began_us = self._began_us
        if len(began_us) < len(rows.labels):
            began_us = np.zeros(rows.first_seen_us.shape, np.int64)
            began_us[: len(self._began_us)] = self._began_us
        fresh, columns = np.nonzero((rows.first_seen_us > 0) & (began_us == 0))
        began_us[fresh, columns] = begin(rows.first_seen_us[fresh, columns])
        environment = self._table.environment
        for row, column in zip(fresh.tolist(), columns.tolist(), strict=True):
            labels = rows.labels[row]
            ours = environment is None or labels[environment] == PRODUCTION
            for block in self._of_column[ours].get(column, ()):
                block.admit(row, column, labels)
        self._labels, self._began_us = list(rows.labels), began_us
        return Wide(rows.labels, rows.values, began_us)


def _by_column(blocks: Sequence[Block]) -> dict[int, list[Block]]:
    found: dict[int, list[Block]] = {}
    for block in blocks:
        for column in block.columns:
            found.setdefault(column, []).append(block)
    return found
