"""The demo's processes: started tethered to us, watched, ended together."""

from __future__ import annotations

import http.client
import signal
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from stream.broker import ports
from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.errors import BrokerError
from stream.broker.kafka import KafkaBroker
from stream.broker.process import ServerProcess
from stream.demo.errors import DemoError, Interrupted
from stream.demo.parts import BrokerKind, Part

_POLL_S: Final = 0.1
_PROBE_TIMEOUT_S: Final = 5.0
_STOP_S: Final = 10.0


def make_broker(kind: BrokerKind, port: int | None, directory: Path) -> Broker:
    """The broker of a run, not yet started."""
    if kind == "kafka":
        return KafkaBroker(port, directory / "kafka", directory)
    return EmbeddedBroker(port, directory)


def require_ports(wanted: Iterable[tuple[str, int, str]]) -> None:
    """(what, port, option) of each; raises DemoError(port_in_use) naming the option that changes it."""
    for what, port, option in wanted:
        if not ports.is_free(port):
            raise DemoError(
                "port_in_use",
                f"{what}: port {port} on {ports.LOOPBACK} is in use; stop what listens there,"
                f" or choose another with {option}",
            )


class Fleet:
    """A context manager: what was started in it is ended at its end, however it ends.

    ``interrupted``: set by a signal; every wait here then raises Interrupted.
    """

    def __init__(self, directory: Path, interrupted: threading.Event) -> None:
        self._directory, self._interrupted = directory, interrupted
        self._broker: Broker | None = None
        self._processes: dict[str, ServerProcess] = {}

    def start_broker(self, broker: Broker) -> None:
        """Raises DemoError when it does not start."""
        self._broker = broker
        try:
            broker.start()
        except BrokerError as error:
            raise DemoError(error.reason, error.message) from None

    def start(self, part: Part) -> None:
        """Start a process; its log is NAME.log in the run's directory."""
        log = self._directory / f"{part.name.replace(' ', '-')}.log"
        process = self._processes[part.name] = ServerProcess(part.name, part.command, log)
        try:
            process.start()
        except BrokerError as error:
            raise DemoError(error.reason, error.message) from None

    def run(self, part: Part, timeout_s: float) -> None:
        """Start a process and wait until it has ended well. Raises DemoError, Interrupted."""
        self.start(part)
        self.await_end(part.name, timeout_s)

    def await_end(self, name: str, timeout_s: float) -> None:
        """Wait until a process has ended well by itself. Raises DemoError, Interrupted."""
        process = self._processes.pop(name)
        try:
            self.wait(lambda: not process.running, timeout_s)
            if process.running:
                raise _failed(process, f"has not ended after {timeout_s:g} s")
            if process.exit_code != 0:
                raise _failed(process, f"ended with code {process.exit_code}")
        finally:
            process.stop(_STOP_S)

    def signal(self, name: str, number: signal.Signals) -> None:
        self._processes[name].signal(number)

    def await_ready(self, part: Part, timeout_s: float) -> None:
        """Wait until a part answers. Raises DemoError when it dies or does not."""
        if part.port is None:
            return
        port = part.port
        if not self.wait(lambda: _answers(port, part.path), timeout_s):
            process = self._processes[part.name]
            raise _failed(process, f"does not answer on port {port} after {timeout_s:g} s")

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Wait for a condition while everything lives; whether it came. Raises DemoError, Interrupted."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.check()
            if until():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if self._interrupted.wait(min(_POLL_S, left)):
                raise Interrupted

    def check(self) -> None:
        """Raises DemoError when a process has died, Interrupted when somebody wants the end."""
        if self._interrupted.is_set():
            raise Interrupted
        for process in self._processes.values():
            if not process.running:
                raise _failed(process, f"ended by itself with code {process.exit_code}")
        if self._broker is not None and not self._broker.running:
            raise DemoError("part_died", f"{self._broker.name} ended by itself (log: {self._directory})")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes.values():
            process.signal(signal.SIGTERM)
        for process in reversed(self._processes.values()):
            process.stop(_STOP_S)
        if self._broker is not None:
            self._broker.stop()


def _failed(process: ServerProcess, problem: str) -> DemoError:
    return DemoError("part_died", process.failure(problem).message)


def _answers(port: int, path: str) -> bool:
    """Whether a server on the loopback address answers 2xx to a GET."""
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=_PROBE_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
