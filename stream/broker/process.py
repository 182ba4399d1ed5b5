"""One server process: started tethered to us, its output in a file, ended by its own pid."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stream.broker import tether
from stream.broker.errors import BrokerError, BrokerReason

_POLL_S = 0.02
_LAST_LINE_CHARS = 300


def make_dir(directory: Path, what: str) -> None:
    """Make ``directory`` and check that it can be written. Raises BrokerError(NO_PERMISSION)."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        writable = os.access(directory, os.W_OK | os.X_OK)
    except OSError as error:
        raise BrokerError(
            BrokerReason.NO_PERMISSION, f"{what}: cannot make {directory}: {error.strerror}"
        ) from error
    if not writable:
        raise BrokerError(
            BrokerReason.NO_PERMISSION,
            f"{what}: no permission to write to {directory}; choose another directory",
        )


class ServerProcess:
    """A child process that cannot outlive us.

    ``name`` is used in messages; ``log_file`` receives standard output and error, appended over restarts.
    """

    def __init__(
        self, name: str, command: Sequence[str], log_file: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._command = list(command)
        self._env = dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id. Raises RuntimeError when the process was not started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code (negative: the signal that ended it), None while it runs or before it was started."""
        return None if self._process is None else self._process.poll()

    @property
    def running(self) -> bool:
        """True from ``start`` until the process has ended for whatever reason."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the command. Raises BrokerError(NO_PERMISSION) when the log file cannot be written."""
        if self.running:
            raise RuntimeError(f"{self.name} is already running as process {self.pid}")
        make_dir(self.log_file.parent, self.name)
        # -I -S: the tether needs nothing but the standard library and must not read the user's set-up.
        wrapper = [sys.executable, "-I", "-S", str(Path(tether.__file__)), str(os.getpid())]
        try:
            with self.log_file.open("ab") as log:
                self._process = subprocess.Popen(
                    wrapper + self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.log_file.parent,
                    env={**os.environ, **self._env},
                    # A Ctrl-C at the terminal is for us; we then end our children in order.
                    start_new_session=True,
                )
        except PermissionError as error:
            raise BrokerError(
                BrokerReason.NO_PERMISSION, f"{self.name}: no permission to write to {self.log_file}"
            ) from error

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if the process runs; pause and resume it with SIGSTOP and SIGCONT."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self, timeout_s: float = 10.0) -> None:
        """End the process: SIGTERM, and SIGKILL if it has not gone after ``timeout_s``. Harmless twice."""
        if not self.running:
            return
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # a paused process would keep the SIGTERM waiting
        if not self.wait(timeout_s):
            self.kill()

    def kill(self) -> None:
        """End the process at once (SIGKILL) and wait until it has gone. Harmless twice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the process to end by itself; True when it has."""
        deadline = time.monotonic() + timeout_s
        while self.running and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return not self.running

    def last_line(self) -> str:
        """The last line of the log that says something, shortened; empty when there is none."""
        try:
            lines = self.log_file.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        said = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("at ")]
        return said[-1][:_LAST_LINE_CHARS] if said else ""

    def failure(self, problem: str) -> BrokerError:
        """A BrokerError(DOES_NOT_START) in one line: the problem, what the log says last, and where it is."""
        said = self.last_line()
        reason = f": {said}" if said else ""
        return BrokerError(
            BrokerReason.DOES_NOT_START, f"{self.name} {problem}{reason} (log: {self.log_file})"
        )
