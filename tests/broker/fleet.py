"""Worker processes with toy partitions on a real broker, and a source that remembers what it sent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.contract import topics
from stream.settings import WorkerSettings
from tests.broker.toy_partition import Event, Rows, ToyPartition, encode_events, encode_generation

ROOT = Path(__file__).resolve().parents[2]
EVENTS_PER_RECORD = 20
KEYS = 11


class NoConfigurations:
    """For reading a changelog, which needs none."""

    def held(self, digest: str) -> bool:
        return True

    def load(self, digest: str) -> object:
        return None


def merge(into: Rows, rows: Rows) -> None:
    for key, (count, amount) in rows.items():
        row = into.setdefault(key, [0, 0])
        row[0] += count
        row[1] += amount


@dataclass
class Source:
    """Sends distinct events, and some twice, to a topic's partitions; ``truth`` is what must be counted."""

    producer: Any
    topic: str
    partitions: int
    truth: Rows = field(default_factory=dict)
    sent_events: int = 0
    sent_records: int = 0
    last: list[Event] = field(default_factory=list)  #: events of the record sent last

    def send_plain(self, records: int) -> None:
        """Send without any duplicate."""
        self.send(records, duplicates=False)

    def send(self, records: int, duplicates: bool = True) -> None:
        """Send and wait. Every fifth record comes twice, every third repeats an event."""
        for _ in range(records):
            events = [self._event() for _ in range(EVENTS_PER_RECORD)]
            merge(self.truth, _rows(events))
            self.last = list(events)
            number = self.sent_records = self.sent_records + 1
            if duplicates and number % 3 == 0:
                events.append(events[0])
            for _ in range(2 if duplicates and number % 5 == 0 else 1):
                self.producer.send(self.topic, encode_events(events), partition=number % self.partitions)
        self.producer.flush()

    @contextmanager
    def stream(self, records_per_s: float) -> Iterator[None]:
        """Send all the while, until the end of the block."""
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(0.05):
                self.send(max(1, round(records_per_s * 0.05)))

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _event(self) -> Event:
        number = self.sent_events = self.sent_events + 1
        return number, f"key-{number % KEYS}", number % 97


def _rows(events: Sequence[Event]) -> Rows:
    rows: Rows = {}
    for _, key, amount in events:
        merge(rows, {key: [1, amount]})
    return rows


class Fleet:
    """Topics of its own on ``broker``, one Source per agent, and any number of worker processes."""

    def __init__(self, broker: Broker, directory: Path, agents: dict[str, int], **settings: Any) -> None:
        self.prefix = f"t{uuid.uuid4().hex[:10]}"
        self.broker, self.agents = broker, agents
        self._directory, self._settings = directory, settings
        self._incarnation = 0
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._producer = KafkaProducer(
            bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=False, linger_ms=2
        )
        self._make_topics()
        self.sources = {
            name: Source(self._producer, f"{self.prefix}.src.{name}", count) for name, count in agents.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.send_signal(signal.SIGCONT)
            worker.kill()
            worker.wait()
        self._producer.close()

    def start(self, slot: int, program: Sequence[str] = ("tests.broker.toy_worker",)) -> None:
        """Start the worker of a slot; it appends to its log file."""
        settings = WorkerSettings(
            broker=self.broker.bootstrap,
            broker_kind="embedded" if isinstance(self.broker, EmbeddedBroker) else "kafka",
            slot=slot,
            group=self.prefix,
            directory=self._directory,
            partitions=max(self.agents.values()),
            **self._settings,
        )
        command = [sys.executable, "-m", *program, settings.model_dump_json(), self.prefix]
        command += [f"{name}:{count}" for name, count in self.agents.items()]
        with self.log_path(slot).open("ab") as log:
            self._workers[slot] = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ)
            )

    def log_path(self, slot: int) -> Path:
        return self._directory / f"worker-{slot}.log"

    def log(self, slot: int) -> str:
        return self.log_path(slot).read_text()

    def signal(self, slot: int, number: signal.Signals) -> None:
        self._workers[slot].send_signal(number)

    def kill(self, slot: int) -> None:
        self.signal(slot, signal.SIGKILL)
        self.wait_exit(slot)

    def wait_exit(self, slot: int, timeout_s: float = 30.0) -> int:
        return self._workers[slot].wait(timeout_s)

    def exited(self, slot: int) -> int | None:
        return self._workers[slot].poll()

    def counted(self, agent: str) -> Rows:
        """What the state topic holds, by the rule that the highest stamp wins."""
        rows: Rows = {}
        for partition in self._replay(agent):
            for shard in partition.shards.values():
                merge(rows, shard.rows)
        return rows

    def durable(self, agent: str) -> list[int]:
        """Source offset that each partition's newest marker names."""
        return [partition.upto for partition in self._replay(agent)]

    def committed(self, agent: str) -> dict[int, int]:
        """Offsets the group has committed, by partition."""
        with closing(KafkaAdminClient(bootstrap_servers=self.broker.bootstrap)) as admin:
            groups = admin.list_group_offsets(self.prefix)[self.prefix]
        topic = f"{self.prefix}.src.{agent}"
        return {tp.partition: meta.offset for tp, meta in groups.items() if tp.topic == topic}

    def seed_state(self, agent: str, events: list[Event]) -> None:
        """Write the state that a worker would have left that folded offset 0 and one record of ``events``."""
        partition = ToyPartition(0, NoConfigurations())
        partition.offer(0, 0, encode_generation(self.prefix, self.agents[agent]))
        partition.offer(1, 0, encode_events(events))
        flush = partition.flush()
        assert flush is not None
        for write in (write for stage in flush.stages for write in stage):
            self._producer.send(f"{self.prefix}.state.{agent}", write.value, key=write.key, partition=0)
        self._producer.flush()

    def wait_counted(self, timeout_s: float = 45.0) -> None:
        """Return when every agent's state is exactly the truth; fail with the difference, and the logs."""
        until = time.monotonic() + timeout_s
        while any(self.counted(name) != source.truth for name, source in self.sources.items()):
            assert time.monotonic() < until, self._difference()
            time.sleep(0.2)

    def make_anew(self) -> None:
        """Topics and truth from nothing, after a broker has forgotten all; another log generation."""
        self._incarnation += 1
        self._make_topics()
        for source in self.sources.values():
            source.truth.clear()

    def wait_ended_or_counted(self, slot: int, timeout_s: float = 120.0) -> None:
        """Return when the worker has ended, or when it has counted everything."""
        until = time.monotonic() + timeout_s
        while self.exited(slot) is None and any(
            self.counted(name) != source.truth for name, source in self.sources.items()
        ):
            assert time.monotonic() < until, self._difference()
            time.sleep(0.2)

    def wait_beyond(self, agent: str, before: list[int], timeout_s: float = 30.0) -> None:
        """Return when every partition's marker has moved beyond ``before``: it is folding live."""
        until = time.monotonic() + timeout_s
        while not all(now > then for now, then in zip(self.durable(agent), before, strict=True)):
            assert time.monotonic() < until, f"durable {self.durable(agent)}, before {before}{self._logs()}"
            time.sleep(0.1)

    def wait_log(self, slot: int, text: str, timeout_s: float = 30.0) -> None:
        until = time.monotonic() + timeout_s
        while text not in self.log(slot):
            assert time.monotonic() < until, f"{text!r} never logged{self._logs()}"
            time.sleep(0.05)

    def _difference(self) -> str:
        lines = []
        for name, source in self.sources.items():
            counted = self.counted(name)
            events = sum(row[0] for row in counted.values()), sum(row[0] for row in source.truth.values())
            lines.append(f"{name}: counted {events[0]} events of {events[1]}, durable {self.durable(name)}")
        return "\n".join(lines) + self._logs()

    def _logs(self) -> str:
        return "".join(f"\n--- worker {slot}\n{self.log(slot)[-3000:]}" for slot in self._workers)

    def _replay(self, agent: str) -> list[ToyPartition]:
        count, topic = self.agents[agent], f"{self.prefix}.state.{agent}"
        partitions = [ToyPartition(number, NoConfigurations()) for number in range(count)]
        tps = [TopicPartition(topic, number) for number in range(count)]
        consumer = KafkaConsumer(
            bootstrap_servers=self.broker.bootstrap, group_id=None, enable_auto_commit=False,
            metrics_enabled=False,
        )  # fmt: skip
        with closing(consumer):
            consumer.assign(tps)
            for tp in tps:
                consumer.seek(tp, 0)
            silent = 0
            while silent < 2:
                found = consumer.poll(150)
                silent = 0 if found else silent + 1
                for tp, records in found.items():
                    for record in records:
                        partitions[tp.partition].load(record.key, record.value)
        return partitions

    def _make_topics(self) -> None:
        wanted = [
            NewTopic(f"{self.prefix}.{kind}.{name}", count, 1)
            for name, count in self.agents.items()
            for kind in ("src", "state")
        ]
        with closing(KafkaAdminClient(bootstrap_servers=self.broker.bootstrap)) as admin:
            if topics.CONFIG not in admin.list_topics():
                wanted.append(NewTopic(topics.CONFIG, 1, 1))
            admin.create_topics(wanted)
        for name, count in self.agents.items():
            for partition in range(count):
                record = encode_generation(f"{self.prefix}-{self._incarnation}", count)
                self._producer.send(f"{self.prefix}.src.{name}", record, partition=partition)
        self._producer.flush()
