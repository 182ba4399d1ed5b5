"""The few things that control asks of a broker. Blocking; one connection each to ask, read and write."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError

from stream.contract.topics import Topic
from stream.control.errors import BrokerAway, BrokerRefused

ANSWER_TIMEOUT_S: Final = 5.0
_WRITE_TIMEOUT_S: Final = 30.0
_READ_TIMEOUT_S: Final = 30.0
_POLL_MS: Final = 200
_LARGEST: Final = 8 * 1024 * 1024
#: Records given to one append go as one batch, which a broker takes whole or not at all.
_LINGER_MS: Final = 20


class Entry(NamedTuple):
    """A record as read."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


class Written(NamedTuple):
    """A record as acknowledged. ``timestamp_ms``: the broker's, where it stamps."""

    offset: int
    timestamp_ms: int


class Span(NamedTuple):
    """Offsets of a log: the first that is there, and one beyond the last. The embedded broker answers with
    one beyond the *first* record of the last batch: empty or not is right, and a reader gets the whole batch.
    """

    first: int
    end: int


@dataclass(frozen=True)
class SeenTopic:
    """A topic as the broker describes it. ``id`` changes when a topic is deleted and made again."""

    name: str
    id: str
    partitions: int
    replication: int


class BrokerClient:
    """A client of the broker at ``bootstrap`` (host:port, comma separated). Use as a context manager.

    Raises BrokerAway when the broker does not answer within ``timeout_s``, BrokerRefused when it says no.
    """

    def __init__(self, bootstrap: str, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.bootstrap = bootstrap
        self._servers = [server.strip() for server in bootstrap.split(",")]
        self._consumer: Any = None
        self._producer: Any = None
        timeout_ms = round(timeout_s * 1000)
        try:
            self._admin = KafkaAdminClient(
                bootstrap_servers=self._servers,
                bootstrap_timeout_ms=timeout_ms,
                request_timeout_ms=max(timeout_ms, 5_000),
            )
        except (KafkaError, OSError, ValueError) as error:
            raise BrokerAway(
                f"broker: {bootstrap} does not answer within {timeout_s:g} s ({type(error).__name__});"
                " start it, or name another with --broker or TOKONOMICS_BROKER"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in (self._producer, self._consumer, self._admin):
            if client is not None:
                client.close()

    def cluster(self) -> tuple[str, int, str]:
        """(cluster id, number of brokers, version that the broker's requests speak of)."""
        with self._asking("describe the cluster"):
            found = self._admin.describe_cluster()
            version = ".".join(str(part) for part in self._admin._manager.broker_version)
            return str(found["cluster_id"]), len(found["brokers"]), version

    def topics(self) -> dict[str, SeenTopic]:
        """All topics by name."""
        with self._asking("list topics"):
            return {
                found["name"]: SeenTopic(
                    found["name"],
                    str(found["topic_id"]),
                    len(found["partitions"]),
                    min((len(p["replica_nodes"]) for p in found["partitions"]), default=0),
                )
                for found in self._admin.describe_topics()
            }

    def settings(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        """Settings of topics, defaults included; empty where the broker keeps none (embedded)."""
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        if not wanted:
            return {}
        with self._asking("describe settings"):
            found = self._admin.describe_configs(wanted, config_filter="all").get("topic", {})
        return {
            name: {key: str(entry["value"]) for key, entry in settings.items()}
            for name, settings in found.items()
        }

    def create(self, topic: Topic, partitions: int, replication: int, settings: Mapping[str, str]) -> bool:
        """Make a topic and wait until it can be used; False when somebody else has just made it."""
        wanted = {
            topic.name: {
                "num_partitions": topic.partitions(partitions),
                "replication_factor": replication,
                "configs": dict(settings),
            }
        }
        with self._asking(f"create {topic.name}"):
            try:
                self._admin.create_topics(wanted)
                made = True
            except TopicAlreadyExistsError:
                made = False
            self._admin.wait_for_topics([topic.name])
            return made

    def span(self, topic: str, partition: int) -> Span:
        """Where a log begins and ends."""
        tp = TopicPartition(topic, partition)
        with self._asking(f"ask for the offsets of {topic}"):
            consumer = self._reader(tp)
            return Span(consumer.beginning_offsets([tp])[tp], consumer.end_offsets([tp])[tp])

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Entry]:
        """Records from ``start`` until one at or beyond ``end - 1`` was read, with all of its batch."""
        tp = TopicPartition(topic, partition)
        consumer = self._reader(tp)
        consumer.seek(tp, start)
        deadline = time.monotonic() + _READ_TIMEOUT_S
        with self._asking(f"read {topic}"):
            while consumer.position(tp) < end:
                found = consumer.poll(_POLL_MS).get(tp, ())
                yield from (Entry(r.offset, r.timestamp, r.key, r.value) for r in found)
                if found:
                    deadline = time.monotonic() + _READ_TIMEOUT_S
                elif time.monotonic() > deadline:
                    raise BrokerAway(
                        f"broker: {self.bootstrap} gives no record of {topic}[{partition}] at offset"
                        f" {consumer.position(tp)} within {_READ_TIMEOUT_S:g} s; look at the broker's log"
                    )

    def append(
        self, topic: str, partition: int, records: Sequence[tuple[bytes | None, bytes]]
    ) -> list[Written]:
        """Write records (key, value) in one batch and wait until the broker has acknowledged all."""
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self._servers,
                acks="all",
                enable_idempotence=False,
                max_in_flight_requests_per_connection=1,
                linger_ms=_LINGER_MS,
                max_request_size=_LARGEST,
                delivery_timeout_ms=round(_WRITE_TIMEOUT_S * 1000),
                request_timeout_ms=10_000,
            )
        with self._asking(f"write to {topic}"):
            sent = [self._producer.send(topic, value, key=key, partition=partition) for key, value in records]
            done = [future.get(_WRITE_TIMEOUT_S) for future in sent]
            return [Written(metadata.offset, metadata.timestamp) for metadata in done]

    def _reader(self, tp: TopicPartition) -> Any:
        if self._consumer is None:
            self._consumer = KafkaConsumer(
                bootstrap_servers=self._servers,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                max_partition_fetch_bytes=_LARGEST,
                metrics_enabled=False,
            )
        if tp not in self._consumer.assignment():
            self._consumer.assign([tp])
        return self._consumer

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            raise _refused(self.bootstrap, what, error) from error


def _refused(bootstrap: str, what: str, error: KafkaError) -> BrokerAway | BrokerRefused:
    """The error as one line; kafka-python's own repeat whole requests."""
    name = type(error).__name__.removesuffix("Error")
    if getattr(error, "retriable", False) or "Timeout" in name or "Connection" in name:
        return BrokerAway(f"broker: {bootstrap} did not {what} in time ({name}); look at the broker's log")
    said = str(error).partition("error_message='")[2].partition("'")[0] or getattr(error, "description", "")
    return BrokerRefused(f"broker: {bootstrap} refuses to {what}: {name}: {said or 'no reason given'}")
