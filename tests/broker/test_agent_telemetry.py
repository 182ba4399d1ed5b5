"""The telemetry agent on a real broker: the core's partition, configurations and prices, through a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from stream.broker.embedded import EmbeddedBroker
from stream.contract import topics
from stream.contract.batches import to_batch
from stream.contract.columns import encode_batch
from stream.contract.configuration import FOLD_VERSION
from stream.contract.names import LABELS
from stream.contract.records import Epoch, encode_record
from stream.contract.rows import USAGE, USAGE_MEASURES
from stream.contract.usage import UsageRecord
from stream.control.topics import create_topics
from stream.core.changelog import Changelog
from stream.settings import WorkerSettings

ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = 2
INPUT, OUTPUT = 1000, 200
#: gpt-4o costs 2.50 and 10.00 USD per million input and output tokens
COST_NANO_USD = INPUT * 2_500 + OUTPUT * 10_000


class Log:
    """A telemetry log of its own, with a configuration in force."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.bootstrap = broker.bootstrap
        self.producer = KafkaProducer(bootstrap_servers=self.bootstrap, acks="all", enable_idempotence=False)
        self.sent = self.copies = 0
        create_topics(self.bootstrap, "embedded", PARTITIONS)

    def usage(self, batches: int) -> None:
        """Batches of 10 requests, each third with a copy of one from another source."""
        for _ in range(batches):
            records = [self._record() for _ in range(10)]
            if self.sent % 30 == 0:
                records.append(self._record(copy_of=records[0]))
            batch = to_batch(
                records, batch_id="b", producer="test", seq=0, accepted_us=time.time_ns() // 1000
            )
            self._send(self.sent // 10 % PARTITIONS, encode_batch(batch))
        self.producer.flush()

    def _record(self, copy_of: UsageRecord | None = None) -> UsageRecord:
        if copy_of is None:
            self.sent += 1
        else:
            self.copies += 1
        identity = copy_of.identity if copy_of else self.sent
        event = 10**12 + self.copies if copy_of else self.sent
        values = {"department": "legal", "provider": "openai", "model": "gpt-4o", "environment": "production"}
        labels = tuple(values.get(name, "") for name in LABELS)
        leaves = {"input": INPUT, "output": OUTPUT}
        return UsageRecord(identity, event, time.time_ns() // 1000, labels, 0, leaves=leaves)

    def _send(self, partition: int, value: bytes) -> None:
        self.producer.send(topics.TELEMETRY, value, partition=partition)

    def expected(self) -> dict[str, int]:
        return {
            "attempts_success": self.sent,
            "requests_success": self.sent,
            "tokens_input": self.sent * INPUT,
            "tokens_output": self.sent * OUTPUT,
            "cost": self.sent * COST_NANO_USD,
            "events_priced": self.sent,
            "duplicates": self.copies,
        }

    def counted(self) -> dict[str, int]:
        """Sums over all rows of the state topic; costs of all parts together."""
        sums: Counter[str] = Counter()
        for changelog in self._changelogs():
            for shard in changelog.shards.values():
                for row in (row for row in shard.rows if row.kind == USAGE):
                    for index, value in zip(row.measures, row.values, strict=True):
                        name = USAGE_MEASURES[index]
                        sums["cost" if name.startswith("cost_nano_usd_") else name] += value
        return {name: sums[name] for name in self.expected()}

    def _changelogs(self) -> list[Changelog]:
        changelogs = [Changelog() for _ in range(PARTITIONS)]
        tps = [TopicPartition(topics.STATE_TELEMETRY, number) for number in range(PARTITIONS)]
        with closing(KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None)) as consumer:
            consumer.assign(tps)
            for tp in tps:
                consumer.seek(tp, 0)
            while found := consumer.poll(300):
                for tp, records in found.items():
                    for record in records:
                        changelogs[tp.partition].load(record.key, record.value)
        return changelogs

    def wait_counted(self, log: Path, timeout_s: float = 40.0) -> None:
        until = time.monotonic() + timeout_s
        while (counted := self.counted()) != self.expected():
            assert time.monotonic() < until, f"{counted} is not {self.expected()}\n{log.read_text()[-3000:]}"
            time.sleep(0.2)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with EmbeddedBroker(None, tmp_path) as broker:
        log = Log(broker)
        yield log
        log.producer.close()


@pytest.fixture
def start(log: Log, tmp_path: Path) -> Iterator[Any]:
    """Starts the product's worker; ends it after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def run() -> subprocess.Popen[bytes]:
        settings = WorkerSettings(
            broker=log.bootstrap, broker_kind="embedded", directory=tmp_path, flush_interval_s=0.3,
            config_timeout_s=2.0,
        )  # fmt: skip
        command = [sys.executable, "-m", "tests.broker.telemetry_worker", settings.model_dump_json()]
        with (tmp_path / "worker.log").open("ab") as out:
            started.append(subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out))
        return started[-1]

    yield run
    for worker in started:
        worker.kill()
        worker.wait()


def test_telemetry_is_priced_and_counted_once(log: Log, start: Any, tmp_path: Path) -> None:
    """Requests, tokens, cost and copies are exact to the nano-dollar through a kill of the worker."""
    log.usage(100)
    worker = start()
    log.wait_counted(tmp_path / "worker.log")
    worker.kill()
    worker.wait()
    log.usage(100)
    worker = start()
    log.wait_counted(tmp_path / "worker.log")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0


def test_a_configuration_that_is_nowhere_stops_the_worker(log: Log, start: Any, tmp_path: Path) -> None:
    """An epoch whose configuration cannot be loaded ends the worker with 70."""
    for partition in range(PARTITIONS):
        log.producer.send(
            topics.TELEMETRY, encode_record(Epoch(9, "0" * 64, FOLD_VERSION)), partition=partition
        )
    log.producer.flush()
    assert start().wait(30) == 70
    assert "reason=configuration_missing" in (tmp_path / "worker.log").read_text()
