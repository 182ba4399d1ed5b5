"""What the broker holds before anything may be sent: the topics, and a log that has begun.

A collector that wrote into an empty partition would take the place of its generation record: the log could
never be folded. So it waits until `tokonomics topics create` has written the first record everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from stream.contract.topics import LOGS, QUARANTINE, TELEMETRY

_CREATE: Final = "run `tokonomics topics create`"


class NotReady(Exception):
    """The broker answers, but nothing may be sent yet: the message says why and how to mend it."""

    reason = "not_ready"


def look(servers: Sequence[str], timeout_s: float) -> int:
    """Number of partitions of every log. Raises NotReady, and KafkaError while the broker is away."""
    consumer: Any = KafkaConsumer(
        bootstrap_servers=list(servers),
        group_id=None,
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=round(timeout_s * 1000),
    )
    try:
        topics = consumer.topics()
        logs = [log.source for log in LOGS]
        for topic in (QUARANTINE, *logs):
            if topic not in topics:
                raise NotReady(f"{topic}: there is no such topic; {_CREATE}")
        parts = {log: consumer.partitions_for_topic(log) or () for log in logs}
        ends = consumer.end_offsets(
            [TopicPartition(log, p) for log in logs for p in parts[log]], timeout_ms=round(timeout_s * 1000)
        )
        for log in logs:
            if not parts[log] or not all(ends.get(TopicPartition(log, p)) for p in parts[log]):
                raise NotReady(f"{log}: the log has not begun; {_CREATE}")
            if len(parts[log]) != len(parts[TELEMETRY]):
                raise NotReady(f"{log}: not as many partitions as {TELEMETRY}; `tokonomics doctor` says more")
        return len(parts[TELEMETRY])
    finally:
        consumer.close(timeout_ms=0)
