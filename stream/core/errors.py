"""Reasons for which a fold stops: the process must end with nothing acknowledged."""

from __future__ import annotations

from typing import ClassVar


class StopFold(Exception):
    """Folding on would give wrong figures. ``reason`` is a metric's label; the text names the mend."""

    reason: ClassVar[str] = "stop"


class UnsupportedRecord(StopFold):
    reason = "unsupported_record"


class NoGeneration(StopFold):
    reason = "no_generation"


class NoConfiguration(StopFold):
    reason = "no_configuration"


class UnknownFoldVersion(StopFold):
    reason = "unknown_fold_version"


class LogRecreated(StopFold):
    """The topic was deleted and made again under the worker: it must start anew from the new log."""

    reason = "log_recreated"


class LogTruncated(StopFold):
    """Retention removed records that were not folded, or that decide about those to come."""

    reason = "log_truncated"


class LostState(StopFold):
    """The group has committed offsets, but the changelog holds no state."""

    reason = "lost_state"


class WrongPartitionCount(StopFold):
    reason = "wrong_partition_count"
