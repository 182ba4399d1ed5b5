"""Folding the log again without rows, after an assignment and before counting. Runs in a thread."""

from __future__ import annotations

import logging
import time

from stream.agents.configs import ConfigStore
from stream.agents.meters import Meters
from stream.agents.ownership import Slot
from stream.agents.ports import PlanLike
from stream.agents.sidelog import SideLog

_log = logging.getLogger("tokonomics.rebuild")
_REPORT_S = 5.0


def load_config(slot: Slot, store: ConfigStore, value: bytes, timeout_s: float) -> None:
    """Hand the partition every configuration that ``value`` needs. Raises ConfigurationMissing."""
    while (digest := slot.core.needs_config(value)) is not None:
        slot.core.accept_config(digest, store.get(digest, timeout_s))


def rebuild(
    slot: Slot, plan: PlanLike, log: SideLog, store: ConfigStore, meters: Meters, config_timeout_s: float
) -> bool:
    """Fold [refold_from, resume_at) again; False when it was cancelled, and the partition is then of no use.

    Raises OffsetsLost, ConfigurationMissing, and what the fold raises.
    """
    agent, number = slot.spec.name, str(slot.tp.partition)
    left, began = meters.rebuild_left.labels(agent, number), time.monotonic()
    expected, reported, records = plan.refold_from, began, 0
    for entry in log.read(slot.tp.topic, slot.tp.partition, plan.refold_from, plan.resume_at, slot.cancelled):
        if entry.offset > expected:
            slot.core.step_over(entry.offset)
        value = entry.value or b""
        load_config(slot, store, value, config_timeout_s)
        slot.core.rebuild(entry.offset, entry.timestamp_ms, value)
        expected, records = entry.offset + 1, records + 1
        if (now := time.monotonic()) - reported >= _REPORT_S:
            reported = now
            left.set(plan.resume_at - expected)
            _log.info(
                "rebuilding agent=%s partition=%s offset=%d of=%d", agent, number, expected, plan.resume_at
            )
    left.set(0)
    if slot.cancelled.is_set():
        return False
    if expected < plan.resume_at:
        slot.core.step_over(plan.resume_at)
    _log.info(
        "rebuilt agent=%s partition=%s records=%d from=%d resume_at=%d seconds=%.1f",
        agent, number, records, plan.refold_from, plan.resume_at, time.monotonic() - began,
    )  # fmt: skip
    return True
