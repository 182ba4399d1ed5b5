"""A state and a closed topic of a test's own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from stream.contract.rows import StateRecord, encode_state
from stream.ledger.logreader import LogTopics


class StateTopics:
    """A pair of topics, made at once; ``write`` returns when the broker has acknowledged."""

    def __init__(
        self, bootstrap: str, partitions: int = 1, name: str | None = None, agent: str = "telemetry"
    ) -> None:
        self.bootstrap, self.partitions, self.agent = bootstrap, partitions, agent
        name = name or uuid.uuid4().hex
        self.names = (f"state-{name}", f"closed-{name}")
        self.make()
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=False, max_request_size=8 * 2**20
        )

    @property
    def log(self) -> LogTopics:
        return LogTopics(self.agent, *self.names)

    def make(self) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            admin.create_topics([NewTopic(name, self.partitions, 1) for name in self.names])
            admin.wait_for_topics(list(self.names))
        finally:
            admin.close()

    def write(self, *records: StateRecord | bytes | None, closing: bool = False) -> None:
        futures = []
        for record in records:
            value = record if record is None or isinstance(record, bytes) else encode_state(record)
            partition = 0 if record is None or isinstance(record, bytes) else record.partition
            futures.append(self._producer.send(self.names[closing], value, key=b"key", partition=partition))
        for future in futures:
            future.get(timeout=20)

    def close(self) -> None:
        self._producer.close()


def wait_until(holds: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
    """Raises AssertionError when it does not become true in time."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.02)
