"""The deciding state of a telemetry partition, and how each kind of record moves it."""

from __future__ import annotations

from typing import Protocol

from stream.contract.columns import UsageBatch, decode_batch
from stream.contract.frame import Frame, Kind
from stream.contract.rows import GenerationBegin
from stream.core.effects import Effects
from stream.core.log_state import Bounded, LogState
from stream.core.measures import Costs
from stream.core.moment import Moment
from stream.core.usage_fold import UsageFold


class Configured(Bounded, Protocol):
    """A loaded configuration: what the fold takes from it."""

    def costs(self, batch: UsageBatch) -> Costs:
        """Costs of all N events of a batch."""
        ...


class TelemetryState(LogState[Configured]):
    """Identities and labels as of an offset."""

    _usage: UsageFold

    def _on_generation(self, begun: GenerationBegin) -> None:
        self._usage = UsageFold(self.table, self.labels, begun.window_days)

    def _fold_events(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        if frame.kind is Kind.USAGE:
            batch = decode_batch(frame.events, frame.body)
            configured = self.configuration(moment)
            self.accept(batch.accepted_us)
            return self._usage.fold(batch, configured, moment, rows=rows)
        return super()._fold_events(frame, moment, rows=rows)
