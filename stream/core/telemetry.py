"""The deciding state of a telemetry partition, and how each kind of record moves it."""

from __future__ import annotations

from datetime import tzinfo
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from stream.contract.columns import UsageBatch, decode_batch
from stream.contract.frame import Frame, Kind
from stream.contract.rows import GenerationBegin
from stream.core.activity import ActivityLog, LocalDays
from stream.core.effects import Effects
from stream.core.log_state import Bounded, LogState
from stream.core.measures import Costs
from stream.core.moment import Moment
from stream.core.outcome_bodies import decode_aliases, decode_outcomes
from stream.core.outcome_fold import OutcomeFold
from stream.core.usage_fold import UsageFold


class Configured(Bounded, Protocol):
    """A loaded configuration: what the fold takes from it. ``zone``: of people's days."""

    @property
    def zone(self) -> tzinfo: ...
    def costs(self, batch: UsageBatch) -> Costs:
        """Costs of all N events of a batch."""
        ...


class TelemetryState(LogState[Configured]):
    """Requests, outcomes, aliases and active people as of an offset."""

    _usage: UsageFold
    _days: LocalDays

    def _prepare(self) -> None:
        self._outcomes = OutcomeFold(self.partition, self.table, self.labels, self.refuse)
        self._activity = ActivityLog()

    def _on_generation(self, begun: GenerationBegin) -> None:
        self._usage = UsageFold(self.table, self.labels, begun.window_days)
        self._outcomes.begin_generation(begun.partitions, begun.window_days)

    def _on_configuration(self, configured: Configured) -> None:
        self._days = LocalDays(configured.zone)

    def _on_day(self, day: int) -> None:
        self._outcomes.begin_day(self.horizon)
        self._activity.sweep(self.horizon)

    def _expire(self, moment: Moment) -> Effects:
        return self._outcomes.expire(moment)

    def _fold_events(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        if frame.kind is Kind.USAGE:
            return self._fold_batch(decode_batch(frame.events, frame.body), moment, rows=rows)
        if frame.kind is Kind.OUTCOMES:
            body = decode_outcomes(frame)
            self.configuration(moment)
            self.accept(body.accepted_us)
            return self._outcomes.fold(body, moment)
        if frame.kind is Kind.ALIASES:
            entries = decode_aliases(frame)
            self.accept(entries.accepted_us)
            return self._outcomes.learn(entries, moment)
        return super()._fold_events(frame, moment, rows=rows)

    def _fold_batch(self, batch: UsageBatch, moment: Moment, *, rows: bool) -> Effects:
        configured = self.configuration(moment)
        self.accept(batch.accepted_us)
        effects, seen = self._usage.fold(batch, configured, moment, rows=rows)
        partitions = self.history.generations[-1].partitions
        effects.outputs += self._activity.fold(
            batch, seen.at, seen.label, self.labels.tuples, self._days, partitions
        )
        counted = cast("NDArray[np.uint64]", batch.columns["identity"])[seen.at[seen.new]]
        self._outcomes.requests_counted(counted, moment, effects)
        return effects
