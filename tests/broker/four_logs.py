"""All source logs fed at once, and what must come of it, reckoned apart: by plain sums and sets."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from stream.contract.batches import to_batch
from stream.contract.columns import encode_batch
from stream.contract.identity import hash_text, partition_of
from stream.contract.judgements import DELIVERY, VERDICT, VERDICTS
from stream.contract.names import LABELS, US_PER_DAY
from stream.contract.records import (
    Aliases,
    Check,
    Checks,
    Heartbeat,
    Outcome,
    Outcomes,
    Record,
    Task,
    Tasks,
    encode_record,
)
from stream.contract.rows import (
    MEASURES,
    OUTCOME,
    PEOPLE,
    PROBE,
    TASK,
    TASK_JUDGEMENT,
    USAGE,
    WINDOWS,
    Row,
    Shard,
    decode_state,
)
from stream.contract.topics import LOGS, PROBES, TASKS, TELEMETRY
from stream.contract.usage import UsageRecord

Series = tuple[int, tuple[str, ...], str]  #: kind, labels, measure
EVENTS: Final = 10  #: requests, and tasks and checks, of a round
PEOPLE_COUNT: Final = 40
INPUT, OUTPUT = 1000, 200
#: gpt-4o costs 2.50 and 10.00 USD per million input and output tokens
COST_NANO_USD: Final = INPUT * 2_500 + OUTPUT * 10_000
DEPARTMENTS: Final = ("care", "legal", "sales")
USE_CASES: Final = ("chat", "code")
DURATION_US: Final = 120_000  #: of a check; in the bucket up to 250 ms


class FourLogs:
    """Writes into the logs of an installation whose topics are made. ``truth``: what must be counted."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self.bootstrap, self.partitions = bootstrap, partitions
        self.truth: Counter[Series] = Counter()
        self._producer: Any = KafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=False, linger_ms=2
        )
        self._round = self._requests = 0
        self._active: dict[tuple[str, str], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._open_tasks: list[Task] = []

    def close(self) -> None:
        self._producer.close()

    def send(self, rounds: int) -> None:
        """Send and wait. What a round sends comes twice each fourth time; heartbeats are a collector's."""
        for _ in range(rounds):
            self._round += 1
            times = 2 if self._round % 4 == 0 else 1
            requests = self._usage(times)
            self._outcomes(requests, times)
            self._tasks(times)
            self._checks(times)
            for log in LOGS:
                for partition in range(self.partitions):
                    self._write(log.source, encode_record(Heartbeat("test", _now_us())), partition)
        self._producer.flush()

    @contextmanager
    def stream(self, rounds_per_s: float) -> Iterator[None]:
        """Send all the while, until the end of the block."""
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(1 / rounds_per_s):
                self.send(1)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def expected(self) -> Counter[Series]:
        """What must be counted of all that was sent."""
        return self.truth + self._people()

    def counted(self) -> Counter[Series]:
        """Sums over the rows that the agents' topics hold: of each shard its highest stamp."""
        found: Counter[Series] = Counter()
        for shard in self._shards():
            for row in shard.rows:
                for index, value in zip(row.measures, row.values, strict=True):
                    _add(found, row, MEASURES[row.kind][index], value)
        assert all(value >= 0 for value in found.values()), found
        return +found

    def _usage(self, times: int) -> list[UsageRecord]:
        """Requests of one partition, each of a person."""
        partition = self._round % self.partitions
        records = [self._request(partition) for _ in range(EVENTS)]
        batch = to_batch(records, batch_id="b", producer="test", seq=0, accepted_us=_now_us())
        for _ in range(times):
            self._write(TELEMETRY, encode_batch(batch), partition)
        for record in records:
            sums = {"redelivered": times - 1} if times > 1 else {}
            one = "requests_success", "attempts_success", "events_priced"
            sums |= dict.fromkeys(one, 1) | {"tokens_input": INPUT, "tokens_output": OUTPUT}
            self._count(USAGE, record.labels, cost=COST_NANO_USD, **sums)
            named = dict(zip(LABELS, record.labels, strict=True))
            day, department, use_case = record.time_us // US_PER_DAY, named["department"], named["use_case"]
            for scope in (("", ""), (department, ""), ("", use_case)):
                self._active[scope][day].add(record.person or 0)
        return records

    def _request(self, partition: int) -> UsageRecord:
        number = self._requests = self._requests + 1
        person = number * 7 % PEOPLE_COUNT
        values = {
            "department": DEPARTMENTS[person % 3],
            "use_case": USE_CASES[number % 2],
            "provider": "openai",
            "model": "gpt-4o",
            "environment": "production",
        }
        return UsageRecord(
            identity=number * self.partitions + partition,
            event=_hash("usage", number),
            time_us=_now_us(),
            labels=tuple(values.get(name, "") for name in LABELS),
            outcome=0,
            leaves={"input": INPUT, "output": OUTPUT},
            person=_hash("person", person),
            population=person % 3,
        )

    def _outcomes(self, requests: list[UsageRecord], times: int) -> None:
        """A verdict on every third request: known by its identity, or by an alias that comes before or after
        the outcome, mostly in another partition.
        """
        for number, request in enumerate(requests[::3]):
            alias = _hash("alias", request.identity)
            target = request.identity if number == 0 else alias
            verdict = VERDICTS[request.identity % len(VERDICTS)]
            outcome = Outcome(
                _hash("outcome", request.identity), target, request.time_us, "desk", verdict, selection="all"
            )
            known = Aliases(_now_us(), _column(alias), _column(request.identity), _column(request.time_us))
            if number == 1:
                self._write(TELEMETRY, encode_record(known), partition_of(alias, self.partitions))
            for _ in range(times):
                self._record(TELEMETRY, Outcomes(_now_us(), [outcome]), target)
            if number > 1:
                self._write(TELEMETRY, encode_record(known), partition_of(alias, self.partitions))
            self._count(OUTCOME, (*request.labels, VERDICT, "", verdict, "all"), events=1)
            self._count(OUTCOME, (DELIVERY, "joined"), events=1)
            self._count(OUTCOME, (DELIVERY, "redelivered"), events=times - 1)

    def _tasks(self, times: int) -> None:
        """New tasks, and a verdict on each of the round before."""
        for task in self._open_tasks:
            judged = Task(
                task.task, task.event + 1, _now_us(), task.labels, verdict="revised", selection="random"
            )
            self._record(TASKS, Tasks(_now_us(), [judged]), task.task)
            self._count(TASK, task.labels, duplicates=1)
            self._count(TASK_JUDGEMENT, (*task.labels, VERDICT, "", "revised", "random"), events=1)
        self._open_tasks = [self._task(number) for number in range(EVENTS)]
        for task in self._open_tasks:
            for _ in range(times):
                self._record(TASKS, Tasks(_now_us(), [task]), task.task)
            figures = {"tasks": 1, "tasks_timed": 1, "seconds": 60, "quantity": 1, "requests": 2}
            self._count(TASK, task.labels, redelivered=times - 1, **figures)

    def _task(self, number: int) -> Task:
        name = _hash("task", self._round, number)
        labels = (DEPARTMENTS[number % 3], "chat", "letter", "partly", "production", "desk")
        return Task(name, name >> 1, _now_us(), labels, seconds=60, requests=2)

    def _checks(self, times: int) -> None:
        for number in range(EVENTS):
            labels = (f"probe-{number % 4}", "http", "gateway", "openai", "gpt-4o", "eu", "success")
            check = Check(_hash("check", self._round, number), _now_us(), labels, DURATION_US, tokens=3)
            for _ in range(times):
                self._record(PROBES, Checks(_now_us(), [check]), number % 4)
            figures = {"checks": 1, "tokens": 3, "duration_us_sum": DURATION_US, "duration_le_250000": 1}
            self._count(PROBE, labels, redelivered=times - 1, **figures)

    def _record(self, topic: str, record: Record, key: int) -> None:
        self._write(topic, encode_record(record), partition_of(key, self.partitions))

    def _write(self, topic: str, value: bytes, partition: int) -> None:
        self._producer.send(topic, value, partition=partition)

    def _count(self, kind: int, labels: tuple[str, ...], **amounts: int) -> None:
        for measure, amount in amounts.items():
            self.truth[kind, labels, measure] += amount

    def _people(self) -> Counter[Series]:
        """Distinct people active in each window of days, by definition."""
        found: Counter[Series] = Counter()
        for scope, by_day in self._active.items():
            for window in WINDOWS:
                for as_of in range(min(by_day), max(by_day) + window):
                    people = set().union(*(by_day.get(as_of - back, ()) for back in range(window)))
                    labels = (*scope, str(window), str(as_of * 24))
                    found[PEOPLE, labels, "people"] += len(people)
                    for measure, population in (("unlisted", 0), ("outside", 2)):
                        members = {_hash("person", n) for n in range(PEOPLE_COUNT) if n % 3 == population}
                        found[PEOPLE, labels, measure] += len(people & members)
        return +found

    def _shards(self) -> list[Shard]:
        newest: dict[tuple[str, str, int, int, int], Shard] = {}
        tps = [
            TopicPartition(topic, number)
            for log in LOGS
            for topic in (log.state, log.closed)
            for number in range(self.partitions)
        ]
        with closing(KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None)) as consumer:
            consumer.assign(tps)
            for tp in tps:
                consumer.seek(tp, 0)
            silent = 0
            while silent < 2:
                found = consumer.poll(150)
                silent = 0 if found else silent + 1
                for tp, records in found.items():
                    agent = tp.topic.split(".")[2]
                    for shard in (decode_state(r.value) for r in records if r.value is not None):
                        if isinstance(shard, Shard):
                            key = (agent, shard.generation, shard.partition, shard.day, shard.shard)
                            if key not in newest or shard.stamp >= newest[key].stamp:
                                newest[key] = shard
        return list(newest.values())


def _add(found: Counter[Series], row: Row, measure: str, value: int) -> None:
    labels = row.labels
    if measure.startswith("cost_squares_"):
        return  # sums of squares in two halves: a matter of the core's tests
    if measure.startswith("cost_nano_usd_"):
        measure = "cost"
    if row.kind == PEOPLE:
        labels = (*labels, str(row.hour))
    if row.kind == OUTCOME and DELIVERY in labels:
        _, before, after, _ = labels[len(LABELS) :]
        if after != "forwarded":  # counted again where its request is
            found[OUTCOME, (DELIVERY, after), measure] += value
        if before:
            found[OUTCOME, (DELIVERY, before), measure] -= value
        return
    found[row.kind, labels, measure] += value


def _hash(*parts: object) -> int:
    return hash_text("/".join(map(str, parts)))


def _column(value: int) -> bytes:
    """One entry of a column of 8 bytes."""
    return value.to_bytes(8, "little")


def _now_us() -> int:
    return time.time_ns() // 1000
