"""``tokonomics demo`` as a newcomer runs it: it balances, ends in order and leaves nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from stream.broker import ports
from tests.support.system import ROOT, TOKONOMICS

_SECONDS = 8
_UP_S = 90.0
_END_S = 60.0
#: What was sent of each kind of event -> what it must have become, every one of them.
_BALANCES = {
    "sent": ("counted", "duplicates", "quarantined", "dropped"),
    "outcomes_sent": ("outcomes_joined", "outcomes_own", "outcomes_waiting", "outcomes_quarantined"),
    "task_reports_sent": ("tasks", "task_reports_more", "task_reports_quarantined"),
}


@pytest.fixture
def options() -> dict[str, str]:
    """Free ports for whatever listens."""
    names = ("--collector-port", "--ledger-port", "--board-port", "--broker-port")
    return {name: str(ports.free_port()) for name in names}


@contextmanager
def demo(directory: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """A demo in a directory of its own; ended with everything below it, however the test ends."""
    with (directory / "out").open("w") as out, (directory / "err").open("w") as err:
        process = subprocess.Popen(
            [*TOKONOMICS, "demo", *more],
            cwd=directory,
            env={**_environment(), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            text=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(_END_S)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TOKONOMICS_COLLECTOR")}


def flat(options: dict[str, str]) -> Sequence[str]:
    return [part for pair in options.items() for part in pair]


def await_figures(process: subprocess.Popen[str], directory: Path) -> list[psutil.Process]:
    """Wait until the demo says that it feeds; every process it has started."""
    deadline = time.monotonic() + _UP_S
    while "feeding" not in (directory / "out").read_text():
        assert process.poll() is None, (directory / "err").read_text()
        assert time.monotonic() < deadline, "no figures"
        time.sleep(0.1)
    return psutil.Process(process.pid).children(recursive=True)


def await_gone(processes: list[psutil.Process], options: dict[str, str]) -> None:
    """Fails when a process lives on, or somebody listens still."""
    _, alive = psutil.wait_procs(processes, timeout=10.0)
    assert not alive, alive
    assert [name for name, port in options.items() if not ports.is_free(int(port))] == []


@pytest.mark.parametrize(
    "kind", ["embedded", pytest.param("kafka", marks=(pytest.mark.kafka, pytest.mark.long))]
)
def test_a_demo_balances_and_ends(kind: str, tmp_path: Path, options: dict[str, str]) -> None:
    """Its last line balances usage, outcomes and tasks, with some of each fate, and it leaves nothing."""
    with demo(tmp_path, "--seconds", str(_SECONDS), "--broker", kind, *flat(options)) as process:
        processes = await_figures(process, tmp_path)
        code = process.wait(_SECONDS + _END_S)
    last = (tmp_path / "out").read_text().strip().splitlines()[-1]
    assert code == 0, f"{last}\n{(tmp_path / 'err').read_text()}"
    said = {name: int(count) for name, _, count in (word.partition("=") for word in last.split())}
    for sent, fates in _BALANCES.items():
        assert said[sent] == sum(said[fate] for fate in fates), last
        assert all(said[fate] for fate in fates), last
    assert said["counted"] > 1000 and said["outcomes_unjoined"] == 0
    await_gone(processes, options)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 0), pytest.param(signal.SIGKILL, -signal.SIGKILL, marks=pytest.mark.long)],
)
def test_an_interrupted_demo_leaves_nothing(
    number: signal.Signals, code: int, tmp_path: Path, options: dict[str, str]
) -> None:
    """No process and no port is left when a demo is interrupted, nor when it is killed."""
    with demo(tmp_path, *flat(options)) as process:
        processes = await_figures(process, tmp_path)
        assert len(processes) >= 6
        process.send_signal(number)
        assert process.wait(_END_S) == code
    assert (tmp_path / "err").read_text() == ""
    await_gone(processes, options)


def test_what_keeps_a_demo_from_starting_is_one_line(tmp_path: Path, options: dict[str, str]) -> None:
    """A port in use, and a place where nothing may be written, each name the option that mends it."""
    taken = socket.create_server((ports.LOOPBACK, int(options["--board-port"])))
    with taken, demo(tmp_path, *flat(options)) as process:
        assert process.wait(_END_S) == 1
    said = (tmp_path / "err").read_text()
    assert said.count("\n") == 1 and options["--board-port"] in said and "--board-port" in said
    (tmp_path / "file").write_text("")
    with demo(tmp_path, *flat(options), "--directory", str(tmp_path / "file" / "runs")) as process:
        assert process.wait(_END_S) == 1
    said = (tmp_path / "err").read_text()
    assert said.count("\n") == 1 and "--directory" in said
