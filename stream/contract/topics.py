"""Topics: names, partitioning and the settings that exactness depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_DAY_MS: Final = 86_400_000
TELEMETRY: Final = "llm.telemetry.v1"
QUARANTINE: Final = "llm.quarantine.v1"
CONFIG: Final = "llm.config.v1"
TASKS: Final = "llm.tasks.v1"
PROBES: Final = "llm.probes.v1"
ACTIVITY: Final = "llm.activity.v1"
STATE_TELEMETRY: Final = "llm.state.telemetry.v1"
CLOSED_TELEMETRY: Final = "llm.closed.telemetry.v1"
DEFAULT_PARTITIONS: Final = 4
WINDOW_DAYS: Final = 14  #: W, the identity window of the telemetry log


@dataclass(frozen=True)
class Topic:
    """A topic we create: ``partitioned`` like the telemetry log, or one partition."""

    name: str
    partitioned: bool
    settings: Mapping[str, str] = field(default_factory=dict)

    def partitions(self, count: int) -> int:
        return count if self.partitioned else 1


@dataclass(frozen=True)
class Log:
    """A source log and the agent that folds it: every partition begins with a generation of this log's own.

    ``source``: the log. ``state``, ``closed``: what its agent writes, numbered like the source.
    ``window_days``:
    how far back its records may lie and still be joined; None: the telemetry log's, chosen at creation.
    ``kept_days``: retention of the source log.
    """

    agent: str
    source: str
    window_days: int | None
    kept_days: int

    @property
    def state(self) -> str:
        return f"llm.state.{self.agent}.v1"

    @property
    def closed(self) -> str:
        return f"llm.closed.{self.agent}.v1"


TELEMETRY_LOG: Final = Log("telemetry", TELEMETRY, None, 35)
#: A task is judged weeks after it was done.
TASKS_LOG: Final = Log("tasks", TASKS, 90, 400)
PROBES_LOG: Final = Log("probes", PROBES, 2, 35)
#: A day of activity counts into 28 as-of days, and comes as late as the telemetry agent is behind.
ACTIVITY_LOG: Final = Log("people", ACTIVITY, 70, 180)
LOGS: Final = (TELEMETRY_LOG, TASKS_LOG, PROBES_LOG, ACTIVITY_LOG)


def _kept(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * _DAY_MS)}


_COMPACTED_STATE: Final = {
    "cleanup.policy": "compact",
    "segment.bytes": str(16 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
    "min.compaction.lag.ms": str(5 * 60_000),
    "max.message.bytes": str(8 * 1024 * 1024),
}
_CLOSED_DAYS: Final = 35


def _topics_of(log: Log) -> tuple[Topic, ...]:
    source = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": str(4 * 1024 * 1024)}
    return (
        Topic(log.source, True, {**_kept(log.kept_days), **source}),
        Topic(log.state, True, _COMPACTED_STATE),
        Topic(log.closed, True, {**_kept(_CLOSED_DAYS), "max.message.bytes": str(8 * 1024 * 1024)}),
    )


#: retention of a source log must be at least 2 W + 7 days: a restarted worker folds 2 W again.
TOPICS: Final[tuple[Topic, ...]] = (
    *_topics_of(TELEMETRY_LOG),
    Topic(QUARANTINE, False, _kept(14)),
    Topic(CONFIG, False, {"cleanup.policy": "compact", "max.message.bytes": str(8 * 1024 * 1024)}),
    *(topic for log in LOGS[1:] for topic in _topics_of(log)),
)
