"""What the broker holds before anything may be sent: the topics, and a log that has begun.

A collector that wrote into an empty partition would take the place of its generation record: the log could
never be folded. So it waits until `tokonomics topics create` has written the first record everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from stream.contract.topics import QUARANTINE, TELEMETRY

_CREATE: Final = "run `tokonomics topics create`"


class NotReady(Exception):
    """The broker answers, but nothing may be sent yet: the message says why and how to mend it."""

    reason = "not_ready"


def look(servers: Sequence[str], timeout_s: float) -> int:
    """Number of partitions of the telemetry log. Raises NotReady, and KafkaError while the broker is away."""
    consumer: Any = KafkaConsumer(
        bootstrap_servers=list(servers),
        group_id=None,
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=round(timeout_s * 1000),
    )
    try:
        topics = consumer.topics()
        for topic in (QUARANTINE, TELEMETRY):
            if topic not in topics:
                raise NotReady(f"{topic}: there is no such topic; {_CREATE}")
        partitions = [TopicPartition(TELEMETRY, p) for p in consumer.partitions_for_topic(TELEMETRY) or ()]
        ends = consumer.end_offsets(partitions, timeout_ms=round(timeout_s * 1000))
        if not ends or not all(ends.values()):
            raise NotReady(f"{TELEMETRY}: the log has not begun; {_CREATE}")
        return len(partitions)
    finally:
        consumer.close(timeout_ms=0)
