"""What every broker we start can do, whatever is behind it."""

from __future__ import annotations

import abc
import signal
import time
from types import TracebackType
from typing import Self

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from stream.broker import ports
from stream.broker.errors import BrokerError, BrokerReason
from stream.broker.process import ServerProcess

_POLL_S = 0.02
_METADATA_TIMEOUT_MS = 5_000


class Broker(abc.ABC):
    """A broker on the loopback address that lives no longer than this process.

    ``start`` returns when clients can use it; after ``stop`` or ``kill`` it may be started again on the same
    port. As a context manager it starts on entry and stops on exit. ``port`` None means: find a free one.
    """

    name: str
    start_timeout_s: float = 30.0
    stop_timeout_s: float = 10.0

    def __init__(self, port: int | None) -> None:
        self._port = port
        self._chosen_by_us = port is None
        self._process: ServerProcess | None = None

    @abc.abstractmethod
    def _prepare(self, port: int) -> ServerProcess:
        """Write what the broker reads and return its process, not yet started."""

    @property
    def port(self) -> int:
        """The port it listens on. Raises RuntimeError before the first start when it was left open."""
        if self._port is None:
            raise RuntimeError(f"{self.name} has no port before it is started")
        return self._port

    @property
    def bootstrap(self) -> str:
        """The address for clients, ``host:port``."""
        return f"{ports.LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The broker's own process id. Raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """True while the process lives (a paused one too)."""
        return self._process is not None and self._process.running

    def start(self) -> Self:
        """Start and wait until the broker answers. Raises BrokerError."""
        if self.running:
            raise RuntimeError(f"{self.name} is already running as process {self.pid}")
        if self._port is None:
            self._port = ports.free_port()
        try:
            self._start_on(self._port)
        except BrokerError as error:
            # Between finding a free port and listening on it, another may take it: once more, elsewhere.
            first_start, self._chosen_by_us = self._chosen_by_us, False
            if not first_start or ports.is_free(self._port) or error.reason is BrokerReason.NO_PERMISSION:
                raise
            self._port = ports.free_port()
            self._start_on(self._port)
        self._chosen_by_us = False
        return self

    def _start_on(self, port: int) -> None:
        ports.require_free(port, self.name)
        self._process = self._prepare(port)
        self._process.start()
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:  # Ctrl-C included: whatever stops the wait must not leave a broker behind
            self._process.kill()
            raise

    def _wait_until_it_answers(self, process: ServerProcess) -> None:
        deadline = time.monotonic() + self.start_timeout_s
        while time.monotonic() < deadline:
            if not process.running:
                raise process.failure(f"ended with code {process.exit_code} while starting")
            if ports.answers(self.port) and self._has_a_broker():
                return
            time.sleep(_POLL_S)
        raise process.failure(f"did not answer on {self.bootstrap} within {self.start_timeout_s:g} s")

    def _has_a_broker(self) -> bool:
        """A Kafka controller accepts connections before its broker is registered: ask who is there."""
        try:
            admin = KafkaAdminClient(
                bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=_METADATA_TIMEOUT_MS
            )
        except KafkaError:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()

    def stop(self) -> None:
        """End the broker in order (SIGTERM, then SIGKILL). Harmless when it does not run."""
        if self._process is not None:
            self._process.stop(self.stop_timeout_s)

    def kill(self) -> None:
        """End the broker as a crash would (SIGKILL). Harmless when it does not run."""
        if self._process is not None:
            self._process.kill()

    def pause(self) -> None:
        """Freeze the broker (SIGSTOP): connections stay, nothing answers."""
        if self._process is not None:
            self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen broker go on (SIGCONT)."""
        if self._process is not None:
            self._process.signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
