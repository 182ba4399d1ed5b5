"""What the topics must be, against what a broker has. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stream.contract.topics import LOGS, TOPICS, Topic

_DAY_MS: Final = 86_400_000
_RETENTION: Final = "retention.ms"
_REPLICATION: Final = 3


@dataclass(frozen=True)
class SettingDifference:
    """A setting of a topic that is not as wanted. ``why`` says what goes wrong with it."""

    topic: str
    setting: str
    wanted: str
    found: str
    why: str

    @property
    def mend(self) -> str:
        """The command that sets it, of Kafka's own tools: control alters nothing that is there."""
        return (
            f"kafka-configs.sh --alter --entity-type topics --entity-name {self.topic}"
            f" --add-config {self.setting}={self.wanted}"
        )


_WHY: Final[Mapping[str, str]] = {
    "message.timestamp.type": "a source's clock would decide when a day closes",
    "cleanup.policy": "state would grow without end, or events would be compacted away",
    _RETENTION: "a restarted worker folds twice the identity window again",
    "max.message.bytes": "large batches and shards would be refused",
    "segment.bytes": "compaction waits for a full segment, and a restart reads all before it",
    "min.cleanable.dirty.ratio": "compaction comes late, and a restart reads all before it",
    "min.compaction.lag.ms": "a shard could be compacted before its marker is written",
}


def wanted_settings(topic: Topic, window_days: int, replication: int) -> dict[str, str]:
    """Settings of a topic to be made. ``window_days``: the telemetry log's; one that is wider than usual
    lengthens the retention of that log.
    """
    settings = dict(topic.settings)
    window = _window_of(topic, window_days)
    if window is not None:
        settings[_RETENTION] = str(max(int(settings[_RETENTION]), least_retention_ms(window)))
    if replication >= _REPLICATION:
        settings["min.insync.replicas"] = "2"
    return settings


def needed_settings(topic: Topic, window_days: int) -> dict[str, str]:
    """Settings without which a topic does not do: of a source log's retention what is folded again."""
    settings, window = dict(topic.settings), _window_of(topic, window_days)
    if window is not None:
        settings[_RETENTION] = str(least_retention_ms(window))
    return settings


def _window_of(topic: Topic, window_days: int) -> int | None:
    """Identity window of a source log, None for other topics. ``window_days``: the telemetry log's."""
    return next((log.window_days or window_days for log in LOGS if log.source == topic.name), None)


def least_retention_ms(window_days: int) -> int:
    """Twice the identity window and 7 days."""
    return (2 * window_days + 7) * _DAY_MS


def replication_for(brokers: int) -> int:
    """Replicas of each partition: 3 where the cluster has the brokers, else 1."""
    return _REPLICATION if brokers >= _REPLICATION else 1


def partition_differences(found: Mapping[str, int], partitions: int) -> list[str]:
    """Topics whose number of partitions is not the wanted one, in words. Missing topics are no difference."""
    return [
        f"{topic.name} has {found[topic.name]} partitions, {topic.partitions(partitions)} expected"
        for topic in TOPICS
        if topic.name in found and found[topic.name] != topic.partitions(partitions)
    ]


def setting_differences(
    found: Mapping[str, Mapping[str, str]], window_days: int, topics: Sequence[Topic] = TOPICS
) -> list[SettingDifference]:
    """Settings that are not as wanted, of topics whose settings the broker tells."""
    return [
        SettingDifference(topic.name, name, wanted, found[topic.name].get(name, "unset"), _WHY.get(name, ""))
        for topic in topics
        if found.get(topic.name)
        for name, wanted in needed_settings(topic, window_days).items()
        if not _suffices(name, wanted, found[topic.name].get(name))
    ]


def _suffices(setting: str, wanted: str, found: str | None) -> bool:
    """Whether a setting does: longer retention and larger messages are as good."""
    if found is None:
        return False
    if setting == "cleanup.policy":
        return set(found.replace(" ", "").split(",")) == {wanted}
    if setting == _RETENTION:
        return int(found) == -1 or int(found) >= int(wanted)
    if setting == "max.message.bytes":
        return int(found) >= int(wanted)
    if setting in ("segment.bytes", "min.cleanable.dirty.ratio"):
        return float(found) <= float(wanted)
    if setting == "min.compaction.lag.ms":
        return int(found) >= int(wanted)
    return found == wanted
