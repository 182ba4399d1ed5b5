"""A View as the text that Prometheus scrapes: every business family, exact, zero first. Pure; it caches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from stream.contract.metrics import METRICS
from stream.contract.names import PRODUCTION
from stream.contract.rows import USAGE_MEASURES
from stream.ledger.figures import VIEW_LABELS, Held, View
from stream.metrics import families
from stream.metrics.hold import HOLD_US, NEVER_US, Hold
from stream.metrics.samples import Block, Cells, Histogram, Squares, counts, gauge
from stream.metrics.text import decimal

_ENVIRONMENT: Final = VIEW_LABELS.index("environment")
_LabelSets = Mapping[tuple[str, ...], Held]


class Exposed(NamedTuple):
    """``text``: what is scraped. ``until_us``: from then on the same view reads differently, since a series
    that is held at 0 is released; NEVER_US when nothing is held.
    """

    text: bytes
    until_us: int


class Exposition:
    """Renders views of one ledger. ``hold_us``: how long a new series is shown at 0. ``born_us``: when the
    process that shows the pages started, so that what may never have been shown before begins its hold with
    the first page (stream/metrics/hold.py); None: every hold begins at the stored time.
    """

    def __init__(self, hold_us: int = HOLD_US, born_us: int | None = None) -> None:
        self._hold_us = hold_us
        # A former process has released what its hold was over for when this one was born, and nothing else.
        self._never_shown_after_us = NEVER_US if born_us is None else born_us - hold_us
        self._now_us = 0
        self._forget()

    def render(self, view: View, now_us: int) -> Exposed:
        """Text format 0.0.4 of ``view`` as of ``now_us``. A clock that goes back is taken to stand still,
        else what was released would fall to 0 again.
        """
        self._now_us = max(self._now_us, now_us)
        hold = Hold(self._now_us, self._hold_us)
        held = self._admit(view)
        text = b"".join(self._family(metric.name, held, hold) for metric in METRICS)
        return Exposed(text, NEVER_US if hold.first_us == NEVER_US else hold.first_us + self._hold_us)

    def _family(self, name: str, view: View, hold: Hold) -> bytes:
        block = self._blocks.get(name)
        if block is not None:
            return block.render(view, hold)
        if name == families.QUARANTINED.name:
            return counts(families.QUARANTINED, cast(_LabelSets, view.refusals), hold)
        if name == families.SOURCE_CONFLICTS.name:
            return counts(families.SOURCE_CONFLICTS, cast(_LabelSets, view.conflicts), hold)
        if name == families.ACCEPTED.name:
            accepted = decimal(view.accepted_us, families.SECOND_PLACES) if view.accepted_us else None
            return gauge(families.ACCEPTED, accepted)
        if name == families.SERIES.name:
            return gauge(families.SERIES, decimal(len(view.labels), 0))
        raise LookupError(f"{name}: this metric has no rule; add one to stream/metrics/families.py")

    def _forget(self) -> None:
        production: dict[str, Block] = {rule.name: Cells(rule) for rule in families.RULES if rule.production}
        production |= {rule.name: Histogram(rule) for rule in families.HISTOGRAMS}
        production[families.SQUARES.name] = Squares()
        others: dict[str, Block] = {rule.name: Cells(rule) for rule in families.RULES if not rule.production}
        self._blocks = production | others
        self._of_column = {True: _by_column(production), False: _by_column(others)}
        self._labels: list[tuple[str, ...]] = []
        self._began_us: NDArray[np.int64] = np.zeros((0, len(USAGE_MEASURES)), np.int64)
        self._counts_began_us: dict[tuple[str, ...], int] = {}

    def _admit(self, view: View) -> View:
        """Tell the blocks of every cell that was never seen before; the view, with when each hold began."""
        labels = list(view.labels)
        if labels[: len(self._labels)] != self._labels:  # a view of another ledger
            self._forget()
        began_us = self._began_us
        if len(began_us) < len(labels):
            began_us = np.zeros((len(labels), len(USAGE_MEASURES)), np.int64)
            began_us[: len(self._began_us)] = self._began_us
        rows, columns = np.nonzero((view.first_seen_us > 0) & (began_us == 0))
        began_us[rows, columns] = self._begin(view.first_seen_us[rows, columns])
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            said = labels[row]
            for block in self._of_column[said[_ENVIRONMENT] == PRODUCTION].get(column, ()):
                block.admit(row, column, said)
        self._labels, self._began_us = labels, began_us
        return replace(
            view,
            first_seen_us=began_us,
            refusals={key: self._admit_count(key, held) for key, held in view.refusals.items()},
            conflicts={key: self._admit_count(key, held) for key, held in view.conflicts.items()},
        )

    def _admit_count(self, key: tuple[str, ...], held: Held) -> Held:
        if held.first_seen_us == 0:
            return held
        if key not in self._counts_began_us:
            self._counts_began_us[key] = int(self._begin(np.array([held.first_seen_us]))[0])
        return held._replace(first_seen_us=self._counts_began_us[key])

    def _begin(self, first_seen_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """When the holds of cells begin that this page is the first to show. Shapes (N,)."""
        now_us = np.maximum(first_seen_us, self._now_us)
        return np.where(first_seen_us > self._never_shown_after_us, now_us, first_seen_us)


def _by_column(blocks: Mapping[str, Block]) -> dict[int, list[Block]]:
    found: dict[int, list[Block]] = {}
    for block in blocks.values():
        for column in block.columns:
            found.setdefault(column, []).append(block)
    return found
