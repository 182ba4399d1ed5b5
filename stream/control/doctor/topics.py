"""The broker and its topics, against what they must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from stream.contract.topics import LOGS, TELEMETRY, TOPICS
from stream.control.broker_client import BrokerClient, SeenTopic
from stream.control.doctor.findings import Finding, fail, ok, unchecked, warn
from stream.control.layout import (
    SettingDifference,
    partition_differences,
    replication_for,
    setting_differences,
)
from stream.settings import BrokerKind

CREATE: Final = "run `tokonomics topics create`"
#: Settings without which figures are wrong or data is lost; the others cost time and space.
_MUST: Final = (
    "message.timestamp.type",
    "cleanup.policy",
    "retention.ms",
    "retention.bytes",
    "max.message.bytes",
)
Settings = Mapping[str, Mapping[str, str]]


def broker(client: BrokerClient) -> Finding:
    """Raises BrokerAway, BrokerRefused."""
    cluster, brokers, version = client.cluster()
    return ok(
        "broker", f"{client.bootstrap} answers: {brokers} broker(s), protocol {version}, cluster {cluster}"
    )


def topics(found: Mapping[str, SeenTopic]) -> Iterator[Finding]:
    """Whether all are there, each with the partitions that the telemetry log has."""
    missing = [topic.name for topic in TOPICS if topic.name not in found]
    if missing:
        yield fail("topics", f"missing: {', '.join(missing)}", CREATE)
    count = found[TELEMETRY].partitions if TELEMETRY in found else None
    differences = partition_differences({n: t.partitions for n, t in found.items()}, count) if count else []
    for difference in differences:
        mend = "partitions cannot be taken back: stop all, delete the topics of this log, and make them again"
        yield fail("topics", difference, mend)
    if not missing and not differences:
        yield ok("topics", f"all {len(TOPICS)} are there, {count} partitions")


def replicas(found: Mapping[str, SeenTopic], settings: Settings, brokers: int) -> Iterator[Finding]:
    """Whether the loss of one broker loses nothing and stops nothing, where there are enough of them."""
    wanted = replication_for(brokers)
    ours = [found[topic.name] for topic in TOPICS if topic.name in found]
    few = [f"{topic.name} {topic.replication}" for topic in ours if topic.replication < wanted]
    least = {topic.name: int(settings.get(topic.name, {}).get("min.insync.replicas", "1")) for topic in ours}
    stuck = [topic.name for topic in ours if least[topic.name] > topic.replication]
    if stuck:
        mend = "set min.insync.replicas below the number of replicas, with kafka-configs.sh"
        yield fail(
            "replicas", f"nothing can be written to {', '.join(stuck)}: min.insync.replicas is too high", mend
        )
    if few:
        said = f"{wanted} wanted with {brokers} brokers, found: {', '.join(few)}"
        yield warn("replicas", said, "add replicas with kafka-reassign-partitions.sh")
    alone = [name for name, number in least.items() if wanted > 1 and number < 2]
    if alone:
        said = f"min.insync.replicas is 1 on {', '.join(alone)}: what is acknowledged may go with a broker"
        yield warn("replicas", said, "set it to 2 with kafka-configs.sh")
    if not (stuck or few or alone):
        yield ok("replicas", f"{wanted}, as {brokers} broker(s) allow")


def settings(found: Settings, kind: BrokerKind, window_days: int) -> Iterator[Finding]:
    """Whether the topics have the settings that exactness depends on."""
    told = {name: values for name, values in found.items() if values}
    if kind == "embedded" or not told:
        why = "not looked at on the embedded broker, which is for demos and tests"
        yield unchecked("settings", why if kind == "embedded" else "the broker does not tell them")
        return
    differences = [*setting_differences(told, window_days), *_size_limits(told)]
    for one in differences:
        said = f"{one.topic}: {one.setting} is {one.found}, {one.wanted} wanted: {one.why}"
        yield fail("settings", said, one.mend) if one.setting in _MUST else warn("settings", said, one.mend)
    if not differences:
        yield ok("settings", "as they must be")


def _size_limits(told: Settings) -> Sequence[SettingDifference]:
    """A limit by size cuts a log short, whatever time it should be kept."""
    why = "a limit by size removes what a restarted worker or ledger still needs"
    return [
        SettingDifference(name, "retention.bytes", "-1", told[name]["retention.bytes"], why)
        for name in (name for source in LOGS for name in (source.source, source.closed))
        if told.get(name, {}).get("retention.bytes", "-1") != "-1"
    ]
