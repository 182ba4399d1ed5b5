"""A View as the text that Prometheus scrapes: every business family, exact, zero first. Pure; it caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.metrics import METRICS
from stream.ledger.figures import View, Wide
from stream.metrics import families
from stream.metrics.admission import Admission
from stream.metrics.hold import HOLD_US, NEVER_US, Hold
from stream.metrics.samples import Block, Cells, Histogram, Squares, gauge
from stream.metrics.tables import TABLES, Labels
from stream.metrics.text import decimal


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
        rows = self._admit(view)
        text = b"".join(self._family(metric.name, view, rows, hold) for metric in METRICS)
        return Exposed(text, NEVER_US if hold.first_us == NEVER_US else hold.first_us + self._hold_us)

    def _family(self, name: str, view: View, rows: Mapping[str, Wide], hold: Hold) -> bytes:
        block = self._blocks.get(name)
        if block is not None:
            return block.render(rows[block.table.name], hold)
        if name == families.ACCEPTED.name:
            return gauge(families.ACCEPTED, _times({(): view.accepted_us}))
        if name == families.AGENT_ACCEPTED.name:
            agents: dict[Labels, int] = {
                (agent,): at_us for agent, at_us in sorted(view.accepted_us_by_agent.items())
            }
            return gauge(families.AGENT_ACCEPTED, _times(agents))
        if name == families.SERIES.name:
            return gauge(families.SERIES, {(): decimal(len(view.labels), 0)})
        raise LookupError(f"{name}: this metric has no rule; add one to stream/metrics/families.py")

    def _forget(self) -> None:
        production: dict[str, Block] = {rule.name: Cells(rule) for rule in families.RULES if rule.production}
        production |= {rule.name: Histogram(rule) for rule in families.HISTOGRAMS}
        production[families.SQUARES.name] = Squares()
        others: dict[str, Block] = {rule.name: Cells(rule) for rule in families.RULES if not rule.production}
        self._blocks = production | others
        self._admissions = {
            table.name: Admission(
                table,
                [block for block in production.values() if block.table is table],
                [block for block in others.values() if block.table is table],
            )
            for table in TABLES
        }

    def _admit(self, view: View) -> Mapping[str, Wide]:
        """The tables of the view by name, with when the hold of each cell began."""
        found = {name: admission.rows(view) for name, admission in self._admissions.items()}
        if None in found.values():
            self._forget()
            found = {name: admission.rows(view) for name, admission in self._admissions.items()}
        return {
            name: self._admissions[name].admit(rows, self._begin)
            for name, rows in found.items()
            if rows is not None
        }

    def _begin(self, first_seen_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """When the holds of cells begin that this page is the first to show. Shapes (N,)."""
        now_us = np.maximum(first_seen_us, self._now_us)
        return np.where(first_seen_us > self._never_shown_after_us, now_us, first_seen_us)


def _times(found: Mapping[Labels, int]) -> Mapping[Labels, bytes]:
    """Microseconds as seconds; 0: none yet, so nothing is said."""
    return {labels: decimal(us, families.SECOND_PLACES) for labels, us in found.items() if us}
