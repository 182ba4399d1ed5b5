"""The whole product as its users start it: every process by its command line, on one broker, ended by pid."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from stream.broker import ports
from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.process import ServerProcess
from tests.support import books, exposition

TOKONOMICS = (sys.executable, "-c", "from stream.cli import main; main()")
ROOT = Path(__file__).resolve().parents[2]
COLLECTOR, LEDGER, BROKER = "collector", "ledger", "broker"
_READY_S = 90.0
_POLL_S = 0.1
_TIMEOUT_S = 5.0
#: A worker killed on the embedded broker holds its place for 6 s; it may have to be waited for twice.
_RECOVERY_S = 120.0


def worker(slot: int) -> str:
    """Name of a worker's process."""
    return f"worker-{slot}"


@dataclass(frozen=True)
class Options:
    """``spares``: workers that are started when the test says so. ``collector`` and ``ledger``: commands in
    place of the product's, taking the same options. ``environment``: of every process.
    """

    workers: int = 2
    spares: int = 0
    partitions: int = 4
    collector: Sequence[str] = (*TOKONOMICS, "collect")
    ledger: Sequence[str] = (*TOKONOMICS, "ledger")
    environment: Mapping[str, str] = field(default_factory=dict)


class System:
    """Collector, workers and ledger on a running broker; a context manager. Logs lie in ``directory``."""

    def __init__(self, broker: Broker, directory: Path, options: Options | None = None) -> None:
        self.broker, self.directory, self.options = broker, directory.resolve(), options or Options()
        self.partitions = self.options.partitions
        self.kind = "embedded" if isinstance(broker, EmbeddedBroker) else "kafka"
        self.database = f"sqlite:///{self.directory / 'ledger.sqlite'}"
        self.slots = range(self.options.workers + self.options.spares)
        self.ports = {name: ports.free_port() for name in (COLLECTOR, LEDGER, *map(worker, self.slots))}
        self._started: set[str] = set()
        self._processes = {
            name: ServerProcess(
                name,
                command,
                self.directory / f"{name}.log",
                {"PYTHONPATH": str(ROOT), **self.options.environment},
            )
            for name, command in self._commands().items()
        }

    def _commands(self) -> dict[str, Sequence[str]]:
        to_broker, options = self._to_broker(), self.options
        port = {name: ("--port", str(number)) for name, number in self.ports.items()}
        commands: dict[str, Sequence[str]] = {
            COLLECTOR: (*options.collector, *port[COLLECTOR], *to_broker),
            LEDGER: (*options.ledger, "--database", self.database, *port[LEDGER], *to_broker),
        }
        for slot in self.slots:
            own = ("--slot", str(slot), "--metrics-port", str(self.ports[worker(slot)]))
            commands[worker(slot)] = (*TOKONOMICS, "worker", *own, *to_broker)
        return commands

    def _to_broker(self) -> tuple[str, ...]:
        return "--broker", self.broker.bootstrap, "--broker-kind", self.kind

    @property
    def collector_url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.ports[COLLECTOR]}"

    @property
    def ledger_url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.ports[LEDGER]}"

    def create_topics(self) -> None:
        """``tokonomics topics create``."""
        count = ("--partitions", str(self.partitions))
        self.command("topics", "create", *self._to_broker(), *count)

    def command(self, *arguments: str, timeout_s: float = 120.0) -> str:
        """Run a command of the product in the system's directory to its end; its standard output."""
        done = subprocess.run(
            [*TOKONOMICS, *arguments],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, (
            f"tokonomics {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            self.create_topics()
            first = (COLLECTOR, LEDGER, *map(worker, range(self.options.workers)))
            for name in first:
                self.start(name)
            for name in first:
                self.await_ready(name)
        except BaseException:
            self._end(signal.SIGKILL)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        for process in self._processes.values():
            process.signal(number)
        for process in self._processes.values():
            process.stop()

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def kill(self, name: str) -> None:
        """End a process, or the broker, as a crash would."""
        if name == BROKER:
            self.broker.kill()
        else:
            self.check()
            self._processes[name].kill()

    def start(self, name: str) -> None:
        if name == BROKER:
            self.broker.start()
        else:
            self._started.add(name)
            self._processes[name].start()

    def stop(self, name: str) -> int | None:
        """End a process in order; its exit code."""
        self._started.discard(name)
        self._processes[name].stop()
        return self._processes[name].exit_code

    def running(self, name: str) -> bool:
        return self._processes[name].running

    def exit_code(self, name: str) -> int | None:
        return self._processes[name].exit_code

    def check(self) -> None:
        """Fails with the log's last line when a process has ended by itself."""
        for name in self._started:
            process = self._processes[name]
            if not process.running:
                raise process.failure(f"ended by itself with code {process.exit_code}")

    def await_ready(self, name: str) -> None:
        """Wait until a process does its work: a worker holds and counts partitions."""
        if name == BROKER:
            return
        ready = {COLLECTOR: self._collector_ready, LEDGER: self._ledger_ready}.get(name, self._worker_ready)
        self.wait(lambda: ready(name), f"{name} is ready", _RECOVERY_S if name.startswith("w") else _READY_S)

    def _collector_ready(self, name: str) -> bool:
        return self.get(f"{self.collector_url}/health") is not None

    def _ledger_ready(self, name: str) -> bool:
        return self.metrics_text() is not None

    def _worker_ready(self, name: str) -> bool:
        return self.worker_metric(name, "tokonomics_worker_partitions", phase="live") > 0

    def worker_metric(self, name: str, metric: str, **labels: str) -> int:
        """A figure of a worker's own metrics; 0 while it does not answer."""
        text = self.get(f"http://{ports.LOOPBACK}:{self.ports[name]}/metrics")
        return 0 if text is None else int(exposition.total(text, metric, **labels))

    def metrics_text(self) -> str | None:
        """/metrics of the ledger; None while it does not answer 200."""
        return self.get(f"{self.ledger_url}/metrics")

    def get(self, url: str) -> str | None:
        try:
            reply = httpx.get(url, timeout=_TIMEOUT_S)
        except httpx.TransportError:
            return None
        return reply.text if reply.status_code == httpx.codes.OK else None

    def wait(self, until: Callable[[], bool], what: str, timeout_s: float = _READY_S) -> None:
        """Wait for a condition; fails naming it when it never comes, or when a process ends by itself."""
        deadline = time.monotonic() + timeout_s
        while not until():
            self.check()
            assert time.monotonic() < deadline, f"never came within {timeout_s:g} s: {what}{self.logs()}"
            time.sleep(_POLL_S)

    def logs(self, characters: int = 1500) -> str:
        """The end of every process's log, for a failure's message."""
        found = ""
        for path in sorted(self.directory.glob("*.log")):
            found += f"\n--- {path.name}\n{path.read_text(errors='replace')[-characters:]}"
        return found

    def read_books(self) -> books.Books:
        """The ledger's books as they stand in the database."""
        return books.read_database(self.database)

    def await_books(
        self, differ: Callable[[books.Books], list[str]], no_progress_s: float = 45.0
    ) -> books.Books:
        """Wait until the books do not differ; fails with the differences once nothing moves any more."""
        held = self.read_books()
        moved = time.monotonic()
        while found := differ(held):
            assert time.monotonic() - moved < no_progress_s, "\n".join(found) + self.logs()
            self.check()
            time.sleep(2 * _POLL_S)
            now = self.read_books()
            if now != held:
                held, moved = now, time.monotonic()
        return held
