"""The fold of llm.probes.v1: each synthetic check counted once, at the hour it was due."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np

from stream.contract.frame import Frame, Kind
from stream.contract.names import US_PER_DAY, US_PER_HOUR
from stream.contract.records import Check
from stream.contract.rows import DURATION_BUCKETS_US, PROBE, PROBE_LABELS
from stream.core.effects import Effects
from stream.core.log_state import Bounded, LogState
from stream.core.moment import Moment
from stream.core.small_bodies import decode_checks

SOURCE: Final = "probes"  #: source_key of refused checks: they come from our own prober
_BUCKETS: Final = (*(f"duration_le_{us}" for us in DURATION_BUCKETS_US), "duration_le_inf")


class ProbesState(LogState[Bounded]):
    """What decides in one partition of the probes log: which checks are known, by the day they were due."""

    LABELS: ClassVar[Sequence[str]] = PROBE_LABELS

    def _fold_events(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        if frame.kind is not Kind.PROBES:
            return super()._fold_events(frame, moment, rows=rows)
        body = decode_checks(frame)
        self.configuration(moment)
        self.accept(body.accepted_us)
        effects = Effects()
        # Before anything is admitted: label values must not depend on what is known (see TasksState).
        ids, _ = self.labels.ids([check.labels for check in body.checks], moment.offset)
        timely = [
            i
            for i, check in enumerate(body.checks)
            if self.admit(effects, check.time_us, SOURCE, check.event, moment)
        ]
        events = np.array([body.checks[i].event for i in timely], np.uint64)
        days = np.array([body.checks[i].time_us // US_PER_DAY for i in timely], np.int64)
        _, new = self.table.remember(events, days)
        for i, is_new in zip(timely, new.tolist(), strict=True):
            _count(body.checks[i], self.labels.tuples[ids[i]], is_new, effects)
        return effects


def _count(check: Check, labels: tuple[str, ...], is_new: bool, effects: Effects) -> None:
    hour = check.time_us // US_PER_HOUR
    if not is_new:
        effects.add(PROBE, hour, labels, redelivered=1)
        return
    effects.add(PROBE, hour, labels, checks=1, tokens=check.tokens)
    if check.duration_us is not None:
        bucket = _BUCKETS[bisect_left(DURATION_BUCKETS_US, check.duration_us)]
        effects.add(PROBE, hour, labels, duration_us_sum=check.duration_us, **{bucket: 1})
