"""What workers write to the log: shards that grow, markers, a day that ends; and the truth of it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from stream.contract.names import LABELS
from stream.contract.rows import (
    LIVE,
    MEASURE_INDEX,
    USAGE,
    Closed,
    GenerationBegin,
    Marker,
    Row,
    Shard,
    StateRecord,
    closed_key,
    encode_state,
    marker_key,
    shard_key,
)
from stream.contract.topics import CLOSED_TELEMETRY, STATE_TELEMETRY
from tests.unit.metrics.expected import Sample

PARTITIONS = 2
DAY = 20_000
_LOG = "g"
_SHARDS = 3


class ShardWriter:
    """Writes to the product's topics, which it makes. ``requests``: by department, whatever the day."""

    def __init__(self, bootstrap: str, seed: int) -> None:
        self.requests: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._flushes, self._known = 0, 1
        self._day = [DAY] * PARTITIONS
        self._offset = [0] * PARTITIONS
        self._rows: dict[tuple[int, int], Counter[str]] = {}  # of the open day, by partition and shard
        self._stamps: dict[tuple[int, int], int] = {}
        admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        try:
            admin.create_topics(
                [NewTopic(name, PARTITIONS, 1) for name in (STATE_TELEMETRY, CLOSED_TELEMETRY)]
            )
            admin.wait_for_topics([STATE_TELEMETRY, CLOSED_TELEMETRY])
        finally:
            admin.close()
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False)

    @contextmanager
    def running(self, every_s: float) -> Iterator[None]:
        """Write in the background until left."""
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(every_s):
                self.flush()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def flush(self) -> None:
        """What a worker makes durable at a time: some shards, then the marker that vouches for them."""
        partition = self._random.randrange(PARTITIONS)
        self._flushes += 1
        self._known = 1 + self._flushes // 10
        for number in self._random.sample(range(_SHARDS), 2):
            self._offset[partition] += 1
            rows = self._rows.setdefault((partition, number), Counter())
            for _ in range(3):
                # Each department has its shard of each partition, as each key of a row has.
                department = f"department {self._random.randrange(self._known) * _SHARDS + number:02d}"
                more = self._random.randrange(1, 10**6)
                rows[department] += more
                self.requests[department] += more
            self._stamps[partition, number] = self._offset[partition]
            self._send(STATE_TELEMETRY, self._shard(partition, number))
        self._send(STATE_TELEMETRY, self._marker(partition))

    def end_day(self, partition: int) -> None:
        """Write the day's shards once more as closed, say that it is over, begin the next one."""
        numbers = [number for at, number in self._rows if at == partition]
        for number in numbers:
            self._send(CLOSED_TELEMETRY, self._shard(partition, number))
        stamps = {number: self._stamps[partition, number] for number in numbers}
        self._send(CLOSED_TELEMETRY, Closed(_LOG, partition, self._day[partition], sorted(stamps.items())))
        for number in numbers:
            del self._rows[partition, number], self._stamps[partition, number]
        self._day[partition] += 1
        self._send(STATE_TELEMETRY, self._marker(partition))

    def contradict(self) -> None:
        """Write a shard anew with its stamp and other values, which no worker does."""
        partition, number = next(iter(self._rows))
        department = next(iter(self._rows[partition, number]))
        self._rows[partition, number][department] += 1
        self._send(STATE_TELEMETRY, self._shard(partition, number))

    def truth(self) -> dict[Sample, Decimal]:
        """What each counter must come to."""
        found = {}
        for department, count in self.requests.items():
            series = {"department": department, "use_case": "", "provider": "", "model": ""}
            labels = frozenset({k: v for k, v in series.items() if v}.items())
            found["llm_requests_total", labels | {("outcome", "success")}] = Decimal(count)
            found["llm_tokens_total", labels | {("token_type", "input")}] = Decimal(10 * count)
            found["llm_cost_usd_total", labels | {("token_type", "input")}] = 7 * count * Decimal("1e-9")
        return found

    def close(self) -> None:
        self._producer.close()

    def _shard(self, partition: int, number: int) -> Shard:
        rows = [_row(department, count) for department, count in self._rows[partition, number].items()]
        return Shard(_LOG, partition, self._day[partition], number, self._stamps[partition, number], rows)

    def _marker(self, partition: int) -> Marker:
        expected = sorted((number, stamp) for (at, number), stamp in self._stamps.items() if at == partition)
        began = [GenerationBegin(0, _LOG, 1, PARTITIONS, 14)]
        upto, day = self._offset[partition], self._day[partition]
        return Marker(_LOG, partition, upto, day, expected, began, [], [], [], 10**12 + upto, 10**9 + upto)

    def _send(self, topic: str, record: StateRecord) -> None:
        value = encode_state(record)
        self._producer.send(topic, value, key=_key(record), partition=record.partition).get(timeout=20)


def _row(department: str, count: int) -> Row:
    """A row whose requests, tokens and cost are as 1 to 10 to 7."""
    labels = dict.fromkeys(LABELS, "") | {"department": department, "environment": "production"}
    named = {"requests_success": count, "tokens_input": 10 * count, "cost_nano_usd_input": 7 * count}
    at = sorted((MEASURE_INDEX[name], value) for name, value in named.items())
    return Row(
        USAGE, LIVE, DAY * 24, tuple(labels.values()), tuple(m for m, _ in at), tuple(v for _, v in at)
    )


def _key(record: StateRecord) -> bytes:
    if isinstance(record, Shard):
        return shard_key(record.generation, record.day, record.shard)
    if isinstance(record, Closed):
        return closed_key(record.generation, record.day)
    return marker_key(record.log)
