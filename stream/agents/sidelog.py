"""Reading the log beside Faust: where it begins, what stands at an offset, a range. Blocking: use a thread.

Every read asks for an exact offset and compares the offsets that come back. End offsets and offsets by time
are never believed: the embedded broker answers the first too low and the second with 0.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from stream.agents.holes import Answer
from stream.agents.stopping import OffsetsLost, SilentLog

_POLL_MS = 300
_HEAD_PATIENCE_S = 30.0
_FETCH_BYTES = 8 * 1024 * 1024


class Entry(NamedTuple):
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True)
class LogHead:
    """Where a log begins. ``first``: its first record, None while it is empty."""

    first_offset: int
    first: Entry | None


@dataclass(frozen=True)
class SideLog:
    """A way to read any topic without a group. ``bootstrap``: host:port, comma separated. ``patience_s``: how
    long to wait for a record that may not be there.
    """

    bootstrap: str
    patience_s: float = 5.0

    def head(self, topic: str, partition: int) -> LogHead:
        """First offset and first record of a log. Raises SilentLog when it has one and does not give it.

        The end offset is asked for as a hint alone: it may be too low, but not 0 where there is a record.
        """
        tp = TopicPartition(topic, partition)
        with closing(self._open(tp)) as consumer:
            first_offset = _beginning(consumer, tp)
            if int(consumer.end_offsets([tp])[tp]) <= first_offset:
                return LogHead(first_offset, None)
            entry = self._first_from(consumer, tp, first_offset, _HEAD_PATIENCE_S)
            if entry is None:
                raise SilentLog(
                    f"{topic}[{partition}]: its first record did not come within {_HEAD_PATIENCE_S:.0f} s; "
                    "is the broker overloaded?"
                )
            return LogHead(first_offset, entry)

    def ask(self, topic: str, partition: int, offset: int) -> Answer:
        """Ask for exactly ``offset``: where the log begins, and which record came back."""
        tp = TopicPartition(topic, partition)
        with closing(self._open(tp)) as consumer:
            first_offset = _beginning(consumer, tp)
            if first_offset > offset:
                return Answer(first_offset, None)
            entry = self._first_from(consumer, tp, offset, self.patience_s)
            return Answer(first_offset, None if entry is None else entry.offset)

    def read(
        self, topic: str, partition: int, start: int, stop: int, cancelled: threading.Event
    ) -> Iterator[Entry]:
        """Records [start, stop) in order; ends early when cancelled.

        An offset that is skipped here holds a control or an aborted record: the broker was asked in sequence.
        Raises OffsetsLost when the log has been trimmed beyond the position.
        """
        tp = TopicPartition(topic, partition)
        with closing(self._open(tp)) as consumer:
            consumer.seek(tp, start)
            while not cancelled.is_set() and consumer.position(tp) < stop:
                try:
                    batches = consumer.poll(_POLL_MS)
                except OffsetOutOfRangeError as error:
                    raise OffsetsLost(
                        f"{topic}[{partition}] no longer holds offset {consumer.position(tp)}, "
                        "which a rebuild needs; lengthen its retention (2 identity windows and 7 days)"
                    ) from error
                for record in batches.get(tp, ()):
                    if record.offset >= stop or cancelled.is_set():
                        return
                    yield Entry(record.offset, record.timestamp, record.key, record.value)

    def _first_from(self, consumer: Any, tp: TopicPartition, offset: int, patience_s: float) -> Entry | None:
        consumer.seek(tp, offset)
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            for record in consumer.poll(_POLL_MS, max_records=1).get(tp, ()):
                return Entry(record.offset, record.timestamp, record.key, record.value)
        return None

    def _open(self, tp: TopicPartition) -> Any:
        consumer = KafkaConsumer(
            bootstrap_servers=self.bootstrap.split(","),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=_FETCH_BYTES,
            metrics_enabled=False,
        )
        consumer.assign([tp])
        return consumer


def _beginning(consumer: Any, tp: TopicPartition) -> int:
    return int(consumer.beginning_offsets([tp])[tp])
