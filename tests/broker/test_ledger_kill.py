"""A ledger process that is killed at any moment goes on exactly."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import select

from stream.broker.base import Broker
from stream.contract.rows import Row
from stream.ledger import queries, schema
from stream.ledger.database import open_ledger, read_ledger
from tests.broker.ledger_log import StateTopics, wait_until
from tests.unit.ledger.records import DAY, check_row, closed, marker, people_row, shard, task_row, usage_row

ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = 2
STEPS_A_DAY = 12
DEPARTMENTS = ("sales", "care", "legal")


MakeRow = Callable[[str, int], Row]  #: of a department and how many
#: What the agents count by department, each in rows of its own.
AGENTS: Final[dict[str, MakeRow]] = {
    "telemetry": usage_row,
    "tasks": task_row,
    "probes": check_row,
    "people": lambda department, people: people_row(people, department=department),
}


class Worker:
    """Writes as the owner of a partition does: shards, the end of a day, the marker; a step a call."""

    def __init__(self, topics: StateTopics, partition: int) -> None:
        self.topics, self.partition, self.random = topics, partition, Random(partition)
        self.make = AGENTS[topics.agent]
        self.own: dict[str, Any] = {"partition": partition, "generation": topics.agent}
        self.written: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.step = 0

    def write(self) -> None:
        self.step += 1
        day = DAY + self.step // STEPS_A_DAY
        if self.step % STEPS_A_DAY == 0:
            self._close(day - 1)
        for _ in range(self.random.randrange(1, 4)):
            department = self.random.choice(DEPARTMENTS)
            self.open[department] += 1
            self.written[department] += 1
        self.topics.write(shard(self._rows(), self.step, day=day, **self.own))
        self.topics.write(
            marker({0: self.step}, self.step, day=day, partition=self.partition, log=self.topics.agent)
        )

    def _close(self, day: int) -> None:
        last = self.step - 1
        self.topics.write(shard(self._rows(), last, day=day, **self.own), closing=True)
        self.topics.write(closed({0: last}, day=day, **self.own), closing=True)
        self.open.clear()

    def _rows(self) -> list[Row]:
        return [self.make(department, count) for department, count in sorted(self.open.items())]


@contextmanager
def ledger_process(url: str, *topics: StateTopics) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.broker.ledger_process", url, topics[0].bootstrap]
    command += [name for each in topics for name in each.log]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def held(url: str) -> dict[str, int]:
    """Requests by department, by a reader of the database."""
    return held_of_all(url).get("telemetry", {})


def held_of_all(url: str) -> dict[str, dict[str, int]]:
    """What each agent counted, by department."""
    engine = read_ledger(url)
    try:
        found: dict[str, Counter[str]] = {agent: Counter() for agent in AGENTS}
        for figures in queries.usage(engine, ["department"]):
            found["telemetry"][figures.labels[0]] += figures.measures["requests_success"]
        for figures in queries.tasks(engine, ["department"]):
            found["tasks"][figures.labels[0]] += figures.measures["tasks"]
        for figures in queries.probes(engine, ["probe"]):
            found["probes"][figures.labels[0]] += figures.measures["checks"]
        for crowd in queries.people(engine):
            found["people"][crowd.department] += crowd.people
        return {agent: dict(counts) for agent, counts in found.items()}
    finally:
        engine.dispose()


def never_less(now: dict[str, dict[str, int]], before: dict[str, dict[str, int]]) -> bool:
    return all(
        now[agent].get(name, 0) >= count for agent, counts in before.items() for name, count in counts.items()
    )


def test_killed_at_any_moment_it_is_exact(broker: Broker, tmp_path: Path) -> None:
    """Ten times killed while workers of four logs write, close days and go on: what readers see never falls,
    and at the end everything is there once, in merged days and open ones, and nothing is behind.
    """
    url, chance = f"sqlite:///{tmp_path}/ledger.sqlite", Random(5)
    open_ledger(url).dispose()
    topics = [StateTopics(broker.bootstrap, PARTITIONS, agent=agent) for agent in AGENTS]
    workers = [Worker(each, partition) for each in topics for partition in range(PARTITIONS)]
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            for worker in workers:
                worker.write()
            done.wait(0.02)

    thread = threading.Thread(target=work)
    thread.start()
    nothing = held_of_all(url)
    shown = nothing
    try:
        for number in range(10):
            with ledger_process(url, *topics):
                before, began = shown, time.monotonic()
                until = began + chance.uniform(0.6, 2.0)
                # every other life lasts until it has committed something, however slow the machine is
                while time.monotonic() < until or (number % 2 and shown == before):
                    assert time.monotonic() - began < 30, "it commits nothing"
                    now = held_of_all(url)
                    assert never_less(now, shown)
                    shown = now
    finally:
        done.set()
        thread.join()
    expected: dict[str, Counter[str]] = {agent: Counter() for agent in AGENTS}
    for worker in workers:
        expected[worker.topics.agent] += worker.written
    with ledger_process(url, *topics) as process:
        wait_until(lambda: held_of_all(url) == expected, f"the ledger holds {expected}")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, "ends in order"
    for each in topics:
        each.close()
    assert shown != nothing, "it never came to commit anything between two kills"
    assert held_of_all(url) == expected
    assert all(worker.step > 3 * STEPS_A_DAY for worker in workers)
    with read_ledger(url).connect() as connection:
        merged = connection.execute(select(schema.arrivals.c.merged_us)).scalars().all()
    assert len(merged) - merged.count(None) == sum(worker.step // STEPS_A_DAY for worker in workers)
    fresh = queries.freshness_by_agent(read_ledger(url))
    assert {agent: each.behind for agent, each in fresh.items()} == dict.fromkeys(AGENTS, 0)


@pytest.mark.parametrize("seconds", [3.0])
def test_a_database_that_is_locked_is_waited_for(broker: Broker, tmp_path: Path, seconds: float) -> None:
    """While another process holds the database's lock nothing is lost: it goes on when the lock is free."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    engine = open_ledger(url)
    topics = StateTopics(broker.bootstrap)
    with ledger_process(url, topics):
        topics.write(shard([usage_row("sales", 1)], 1))
        wait_until(lambda: held(url) == {"sales": 1}, "it runs")
        connection = engine.connect()
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        topics.write(shard([usage_row("sales", 2)], 2))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert connection.exec_driver_sql("SELECT SUM(requests_success) FROM usage_rows").scalar() == 1
            time.sleep(0.1)
        connection.exec_driver_sql("COMMIT")
        connection.invalidate()
        connection.close()
        wait_until(lambda: held(url) == {"sales": 2}, "it went on")
    topics.close()
