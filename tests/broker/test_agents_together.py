"""One worker runs all agents of the product, each exact, through kills, pauses and hand-overs."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from stream.broker.base import Broker
from stream.contract.topics import LOGS, TOPICS
from stream.control.broker_client import BrokerClient
from stream.control.markers import newest_marker
from stream.control.topics import create_topics
from stream.settings import WorkerSettings
from tests.broker.control_log import KINDS, Crash, crash_at, own_broker
from tests.broker.four_logs import FourLogs

ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = 2
ROUNDS_PER_S = 8.0
FAULTS = 10
LONGER_THAN_SESSION_S = 8.0

WATCHDOG = 70  #: exit code of a worker that cannot go on
PATIENCE_S = 180.0


class Installation:
    """A broker of its own with all topics, workers on it, and their logs' truth."""

    def __init__(self, broker: Broker, kind: str, directory: Path) -> None:
        self._broker, self._kind, self._directory = broker, kind, directory
        self.logs = FourLogs(broker.bootstrap, PARTITIONS)
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._wanted: set[int] = set()

    def create(self) -> None:
        self.created = create_topics(self._broker.bootstrap, self._kind, PARTITIONS)  # type: ignore[arg-type]

    def start(self, slot: int) -> None:
        settings = WorkerSettings(
            broker=self._broker.bootstrap, broker_kind=self._kind, slot=slot, directory=self._directory,
            flush_interval_s=0.3,
        )  # fmt: skip
        command = [sys.executable, "-m", "tests.broker.telemetry_worker", settings.model_dump_json()]
        self._wanted.add(slot)
        with self._log_path(slot).open("ab") as out:
            self._workers[slot] = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)

    def signal(self, slot: int, number: signal.Signals) -> None:
        self._workers[slot].send_signal(number)

    def supervise(self) -> None:
        """A worker that its own watchdog ended is started again, as by its supervisor: on the embedded broker
        a rebalance now and then leaves the changelog of a partition unread.
        """
        for slot in self._wanted:
            if self._workers[slot].poll() == WATCHDOG:
                self.start(slot)

    def kill(self, slot: int) -> None:
        self._wanted.discard(slot)
        self.signal(slot, signal.SIGKILL)
        self._workers[slot].wait(20)

    def leave(self, slot: int) -> None:
        """An orderly end."""
        self._wanted.discard(slot)
        self.signal(slot, signal.SIGTERM)
        assert self._workers[slot].wait(60) == 0, self._said()

    def wait_said(self, slot: int, text: str) -> None:
        until = time.monotonic() + 30
        while text not in self._log_path(slot).read_text():
            assert time.monotonic() < until, self._said()
            time.sleep(0.05)

    def durable(self) -> dict[tuple[str, int], int]:
        """Source offset up to which each partition of each log is durable, -1 before a first marker."""
        born = {one.log: one.generation.id for one in self.created.logs}
        with BrokerClient(self._broker.bootstrap) as client:
            found = {
                (log.source, p): newest_marker(client, log.state, p, born[log])
                for log in LOGS
                for p in range(PARTITIONS)
            }
        return {place: marker.upto if marker else -1 for place, marker in found.items()}

    def committed(self) -> dict[tuple[str, int], int]:
        with closing(KafkaAdminClient(bootstrap_servers=self._broker.bootstrap)) as admin:
            found = admin.list_group_offsets("tokonomics")["tokonomics"]
        return {(tp.topic, tp.partition): meta.offset for tp, meta in found.items()}

    def settle(self) -> None:
        """Wait until every partition of every log is folded live. Needs traffic."""
        before, until = self.durable(), time.monotonic() + PATIENCE_S
        while not all(now > before[place] for place, now in self.durable().items()):
            self.supervise()
            assert time.monotonic() < until, f"{before} stays\n{self._said()}"
            time.sleep(0.1)

    def wait_counted(self, timeout_s: float = PATIENCE_S) -> None:
        """Return when every series is exactly as expected."""
        expected, until = self.logs.expected(), time.monotonic() + timeout_s
        while (counted := self.logs.counted()) != expected:
            self.supervise()
            assert time.monotonic() < until, f"{counted - expected} {expected - counted}\n{self._said()}"
            time.sleep(0.2)

    def end(self) -> None:
        for worker in self._workers.values():
            worker.send_signal(signal.SIGCONT)
            worker.kill()
            worker.wait()
        self.logs.close()

    def _log_path(self, slot: int) -> Path:
        return self._directory / f"worker-{slot}.log"

    def _said(self) -> str:
        return "".join(f"\n--- worker {s}\n{self._log_path(s).read_text()[-3000:]}" for s in self._workers)


@pytest.fixture(params=KINDS)
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    with own_broker(request.param, tmp_path) as broker:
        made = Installation(broker, request.param, tmp_path)
        made.create()
        yield made
        made.end()


def test_every_agent_is_exact_through_a_kill_and_a_hand_over(installation: Installation) -> None:
    """Usage, outcomes, tasks, probes and people: every series exact after kill -9, a join and SIGTERM, and
    what is committed is what is durable.
    """
    installation.start(0)
    with installation.logs.stream(ROUNDS_PER_S):
        installation.settle()
        installation.kill(0)
        installation.start(0)
        installation.start(1)
        installation.settle()
        installation.leave(0)
        installation.settle()
    installation.wait_counted()
    installation.leave(1)
    assert installation.committed() == {place: upto + 1 for place, upto in installation.durable().items()}


def test_a_worker_waits_for_logs_that_are_not_begun(tmp_path: Path) -> None:
    """Started while `topics create` is at work, or was interrupted: it says what it waits for, and counts."""
    with own_broker("embedded", tmp_path) as broker:
        made = Installation(broker, "embedded", tmp_path)
        try:
            with crash_at(len(TOPICS), written=True), contextlib.suppress(Crash):
                made.create()
            made.start(0)
            made.wait_said(0, f"not begun: {LOGS[-1].source}[0]")
            made.create()
            made.logs.send(4)
            made.wait_counted()
            made.leave(0)
        finally:
            made.end()


@pytest.mark.long
def test_every_agent_is_exact_through_many_faults(installation: Installation) -> None:
    """Two workers, kill -9, SIGTERM, SIGSTOP short and beyond the session, in random order."""
    dice = random.Random(11)
    with installation.logs.stream(ROUNDS_PER_S):
        for slot in (0, 1):
            installation.start(slot)
        for _ in range(FAULTS):
            installation.settle()
            slot, fault = dice.randrange(2), dice.choice(["kill", "kill", "leave", "stop", "long stop"])
            if fault == "kill":
                installation.kill(slot)
                installation.start(slot)
            elif fault == "leave":
                installation.leave(slot)
                installation.start(slot)
            else:
                installation.signal(slot, signal.SIGSTOP)
                time.sleep(2.0 if fault == "stop" else LONGER_THAN_SESSION_S)
                installation.signal(slot, signal.SIGCONT)
        installation.settle()
    installation.wait_counted(120)
