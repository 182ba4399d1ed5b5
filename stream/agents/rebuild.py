"""Folding the log again without rows, after an assignment and before counting. Runs in a thread."""

from __future__ import annotations

import logging
import time

from stream.agents.meters import Meters
from stream.agents.ownership import Slot
from stream.agents.sidelog import SideLog
from stream.core.changelog import Plan

_log = logging.getLogger("tokonomics.rebuild")
_REPORT_S = 5.0


def rebuild(slot: Slot, plan: Plan, log: SideLog, meters: Meters) -> bool:
    """Fold [refold_from, resume_at) again; False when it was cancelled, and the partition is then of no use.

    Raises OffsetsLost, ConfigurationMissing, and what the fold raises.
    """
    agent, number = slot.spec.name, str(slot.tp.partition)
    left, began = meters.rebuild_left.labels(agent, number), time.monotonic()
    reported, records = began, 0
    left.set(plan.resume_at - plan.refold_from)
    for entry in log.read(slot.tp.topic, slot.tp.partition, plan.refold_from, plan.resume_at, slot.cancelled):
        slot.core.rebuild(entry.offset, entry.timestamp_ms, entry.value or b"")
        records += 1
        if (now := time.monotonic()) - reported >= _REPORT_S:
            reported = now
            left.set(plan.resume_at - entry.offset - 1)
            _log.info(
                "rebuilding agent=%s partition=%s at=%d of=%d", agent, number, entry.offset, plan.resume_at
            )
    if slot.cancelled.is_set():
        return False
    left.set(0)
    slot.core.end_rebuild()
    _log.info(
        "rebuilt agent=%s partition=%s records=%d from=%d resume_at=%d seconds=%.1f",
        agent, number, records, plan.refold_from, plan.resume_at, time.monotonic() - began,
    )  # fmt: skip
    return True
