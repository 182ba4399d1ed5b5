"""Topics: names, partitioning and the settings that exactness depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_DAY_MS: Final = 86_400_000
TELEMETRY: Final = "llm.telemetry.v1"
QUARANTINE: Final = "llm.quarantine.v1"
CONFIG: Final = "llm.config.v1"
STATE_TELEMETRY: Final = "llm.state.telemetry.v1"
CLOSED_TELEMETRY: Final = "llm.closed.telemetry.v1"
DEFAULT_PARTITIONS: Final = 4
WINDOW_DAYS: Final = 14  #: W, the identity window


@dataclass(frozen=True)
class Topic:
    """A topic we create: ``partitioned`` like the telemetry log, or one partition."""

    name: str
    partitioned: bool
    settings: Mapping[str, str] = field(default_factory=dict)

    def partitions(self, count: int) -> int:
        return count if self.partitioned else 1


def _kept(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * _DAY_MS)}


_COMPACTED_STATE: Final = {
    "cleanup.policy": "compact",
    "segment.bytes": str(16 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
    "min.compaction.lag.ms": str(5 * 60_000),
    "max.message.bytes": str(8 * 1024 * 1024),
}
#: retention of the telemetry log must be at least 2 W + 7 days: a restarted worker folds 2 W again.
TOPICS: Final[tuple[Topic, ...]] = (
    Topic(
        TELEMETRY,
        True,
        {**_kept(35), "message.timestamp.type": "LogAppendTime", "max.message.bytes": str(4 * 1024 * 1024)},
    ),
    Topic(QUARANTINE, False, _kept(14)),
    Topic(CONFIG, False, {"cleanup.policy": "compact", "max.message.bytes": str(8 * 1024 * 1024)}),
    Topic(STATE_TELEMETRY, True, _COMPACTED_STATE),
    Topic(CLOSED_TELEMETRY, True, {**_kept(35), "max.message.bytes": str(8 * 1024 * 1024)}),
)
