"""Reads the workers' state topic: how far each partition is durable, closed days, and what is compacted."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from stream.contract.rows import Closed, Marker, decode_state
from stream.contract.topics import CLOSED_TELEMETRY, STATE_TELEMETRY

_POLL_MS = 50
_SILENT_POLLS = 3


def _consumer(bootstrap: str) -> Any:
    return KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, metrics_enabled=False
    )


class StateLog:
    """The newest marker of each partition; a context manager. ``partitions``: of the telemetry log."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._markers: dict[int, Marker] = {}
        self._partitions = partitions
        self._consumer = _consumer(bootstrap)
        places = [TopicPartition(STATE_TELEMETRY, number) for number in range(partitions)]
        self._consumer.assign(places)
        for place in places:
            self._consumer.seek(place, 0)

    def read(self) -> None:
        """Take what has come since the last call."""
        while found := self._consumer.poll(_POLL_MS):
            for place, records in found.items():
                for record in records:
                    self._take(place.partition, record.value)

    def _take(self, partition: int, value: bytes | None) -> None:
        state = decode_state(value) if value is not None else None
        if isinstance(state, Marker):
            known = self._markers.get(partition)
            if known is None or state.upto >= known.upto:
                self._markers[partition] = state

    def upto(self) -> tuple[int, ...]:
        """Telemetry offset up to which each partition is durable, -1 before its first marker."""
        self.read()
        return tuple(self._markers[p].upto if p in self._markers else -1 for p in range(self._partitions))

    def days(self) -> tuple[int, ...]:
        """Arrival day of each partition that has a marker."""
        self.read()
        return tuple(marker.day for _, marker in sorted(self._markers.items()))

    def close(self) -> None:
        self._consumer.close()

    def __enter__(self) -> StateLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def compacted_away(bootstrap: str, partitions: int) -> tuple[int, ...]:
    """Of each state partition, how many offsets below its newest record are gone."""
    with closing(_consumer(bootstrap)) as consumer:
        found = [_offsets(consumer, STATE_TELEMETRY, number) for number in range(partitions)]
    return tuple(offsets[-1] + 1 - len(offsets) if offsets else 0 for offsets in found)


def closed_days(bootstrap: str, partitions: int) -> tuple[set[int], ...]:
    """Of each partition, the arrival days that llm.closed says are over."""
    days: list[set[int]] = []
    with closing(_consumer(bootstrap)) as consumer:
        for number in range(partitions):
            values = _values(consumer, CLOSED_TELEMETRY, number)
            days.append({end.day for end in map(decode_state, values) if isinstance(end, Closed)})
    return tuple(days)


def _offsets(consumer: Any, topic: str, partition: int) -> list[int]:
    return [record.offset for record in _records(consumer, topic, partition)]


def _values(consumer: Any, topic: str, partition: int) -> list[bytes]:
    return [record.value for record in _records(consumer, topic, partition) if record.value is not None]


def _records(consumer: Any, topic: str, partition: int) -> list[Any]:
    place = TopicPartition(topic, partition)
    consumer.assign([place])
    consumer.seek(place, 0)
    records: list[Any] = []
    silent = 0
    while silent < _SILENT_POLLS:
        found = consumer.poll(4 * _POLL_MS).get(place, [])
        silent = 0 if found else silent + 1
        records += found
    return records
