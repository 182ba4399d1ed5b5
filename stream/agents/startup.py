"""Waiting for the broker and the logs with back-off; refusing topics with a wrong number of partitions."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import closing

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.agents.spec import AgentSpec
from stream.agents.stopping import WorkerFault

_log = logging.getLogger("tokonomics.worker")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 15.0
_ANSWER_MS = 5_000


class TopicsWrong(WorkerFault):
    reason = "topics_wrong"


def await_topics(broker: str, names: Iterable[str], give_up_at: float | None = None) -> dict[str, int]:
    """Partition counts of the topics, as soon as the broker answers and has all of them. Blocking.

    Waits for ever unless ``give_up_at`` (monotonic seconds) is given; raises TopicsWrong then.
    """
    wanted, pause = set(names), _FIRST_PAUSE_S
    while True:
        found = _partition_counts(broker)
        missing = sorted(wanted - set(found or ()))
        if found is not None and not missing:
            return {name: found[name] for name in wanted}
        what = (
            f"broker {broker} does not answer; start it, then `tokonomics topics create`"
            if found is None
            else f"topics missing: {', '.join(missing)}; run `tokonomics topics create`"
        )
        if give_up_at is not None and time.monotonic() >= give_up_at:
            raise TopicsWrong(what)
        _log.warning("waiting %s next_try_s=%.1f", what, pause)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def await_begun(broker: str, logs: Mapping[str, int]) -> None:
    """Return when every partition of every log has a record: `topics create` makes the topics first, and
    begins them then. Blocking. ``logs``: topic -> partitions.
    """
    pause = _FIRST_PAUSE_S
    while empty := _empty(broker, logs):
        _log.warning(
            "waiting %s next_try_s=%.1f", f"not begun: {empty}; run `tokonomics topics create`", pause
        )
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _empty(broker: str, logs: Mapping[str, int]) -> str:
    """Partitions without any record, as text; what keeps the broker from answering, while it is away. An end
    offset may be too low on the embedded broker, but is not 0 where there is a record.
    """
    wanted = [TopicPartition(topic, p) for topic, count in sorted(logs.items()) for p in range(count)]
    try:
        looking = KafkaConsumer(
            bootstrap_servers=broker.split(","),
            group_id=None,
            enable_auto_commit=False,
            metrics_enabled=False,
        )
        with closing(looking) as consumer:
            ends = consumer.end_offsets(wanted)
    except (KafkaError, OSError) as error:
        return f"{', '.join(sorted(logs))} ({type(error).__name__})"
    return ", ".join(f"{tp.topic}[{tp.partition}]" for tp in wanted if not ends.get(tp))


def check_partitions(spec: AgentSpec, counts: dict[str, int]) -> None:
    """Source and changelog must have the spec's partitions: hash and state depend on the number."""
    for topic in (spec.source, spec.changelog):
        if counts[topic] != spec.partitions:
            raise TopicsWrong(
                f"{topic}: has {counts[topic]} partitions, {spec.partitions} expected; "
                "a log's number of partitions never changes, make a new log instead"
            )


def _partition_counts(broker: str) -> dict[str, int] | None:
    """Partitions of every topic, None while the broker does not answer."""
    try:
        client = KafkaAdminClient(
            bootstrap_servers=broker.split(","),
            bootstrap_timeout_ms=_ANSWER_MS,
            request_timeout_ms=_ANSWER_MS,
        )
        with closing(client):
            return {topic["name"]: len(topic["partitions"]) for topic in client.describe_topics()}
    except (KafkaError, OSError) as error:
        _log.debug("broker does not answer: %r", error)
        return None
