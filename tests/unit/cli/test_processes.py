"""The processes as a supervisor starts and ends them, with their broker away."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stream.broker.ports import free_port

DEADLINE_S = 40.0


def answers(port: int) -> bool:
    """Whether a server answers, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def ended_in_order(arguments: list[str], directory: Path, port: int | None, number: signal.Signals) -> str:
    """Start a process, end it once it is ready (it answers, or says that it waits); what it said."""
    log = directory / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "stream.cli", *arguments], cwd=directory, stderr=stderr, stdout=stderr
        )
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not (answers(port) if port else b"waiting" in log.read_bytes()):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(DEADLINE_S) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()
    return log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("what", ["worker", "ledger", "collect"])
def test_a_process_waits_for_its_broker_and_ends_in_order(
    tmp_path: Path, what: str, number: signal.Signals
) -> None:
    """A broker that is away ends nobody; SIGTERM and Ctrl-C do, with code 0 and without a stack trace."""
    port = free_port()
    own = ["--slot", "3"] if what == "worker" else ["--port", str(port)]
    arguments = [what, *own, "--broker", f"127.0.0.1:{free_port()}"]
    said = ended_in_order(arguments, tmp_path, None if what == "worker" else port, number)
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_board_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """It needs no broker, and starts before there is a ledger."""
    port = free_port()
    said = ended_in_order(["board", "--port", str(port)], tmp_path, port, number)
    assert "Traceback" not in said
