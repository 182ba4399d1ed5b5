"""Processes of a demo: started, watched, ended."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stream.broker import ports
from stream.demo.directory import new_run_directory
from stream.demo.errors import DemoError, Interrupted
from stream.demo.fleet import Fleet, require_ports
from stream.demo.parts import Part
from tests.support import leftovers

SERVER = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1")


def python(code: str, name: str = "toy") -> Part:
    return Part(name, (sys.executable, "-c", code))


@pytest.fixture
def interrupted() -> threading.Event:
    return threading.Event()


@pytest.fixture
def fleet(tmp_path: Path, interrupted: threading.Event) -> Iterator[Fleet]:
    before = {process.pid for process in leftovers.children()}
    with Fleet(tmp_path, interrupted) as fleet:
        yield fleet
    assert [p for p in leftovers.children() if p.pid not in before] == []


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """At the end of the run, failed or not, its processes and their ports are free again."""
    port = ports.free_port()
    part = Part("server", (*SERVER, str(port)), port, "/")
    before = {process.pid for process in leftovers.children()}
    with pytest.raises(ZeroDivisionError), Fleet(tmp_path, threading.Event()) as fleet:
        fleet.start(part)
        fleet.await_ready(part, 20)
        children = [child for child in leftovers.children() if child.pid not in before]
        raise ZeroDivisionError
    assert children
    # what its parent left behind is reaped by the system, a moment later
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert ports.is_free(port)


def test_a_dead_process_is_named_with_its_last_words(fleet: Fleet) -> None:
    """Who looks at the error knows which process died, why, and where its log is."""
    fleet.start(python("print('fine so far'); raise SystemExit('price book: not found')", "worker 1"))
    with pytest.raises(DemoError) as caught:
        fleet.wait(lambda: False, 20)
    said = str(caught.value)
    assert said.startswith("worker 1 ended by itself with code 1: price book: not found (log: ")
    assert "\n" not in said
    assert Path(said.rpartition("log: ")[2].rstrip(")")).read_text().startswith("fine so far")


def test_a_failed_step_is_named(fleet: Fleet) -> None:
    """A step that must end well and does not stops the demo."""
    fleet.run(python("pass"), 20)
    with pytest.raises(DemoError, match="toy ended with code 3"):
        fleet.run(python("raise SystemExit(3)"), 20)
    with pytest.raises(DemoError, match=r"toy has not ended after 0\.3 s"):
        fleet.run(python("import time; time.sleep(60)"), 0.3)


def test_a_silent_server_is_named(fleet: Fleet) -> None:
    """A process that lives and does not answer is not waited for without end."""
    part = Part("board", (sys.executable, "-c", "import time; time.sleep(60)"), ports.free_port(), "/")
    fleet.start(part)
    with pytest.raises(DemoError, match="board does not answer on port"):
        fleet.await_ready(part, 0.5)


def test_an_interrupt_ends_every_wait(fleet: Fleet, interrupted: threading.Event) -> None:
    """Ctrl-C is heard at once, whatever is being waited for."""
    fleet.start(python("import time; time.sleep(60)"))
    threading.Timer(0.2, interrupted.set).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        fleet.wait(lambda: False, 60)
    assert time.monotonic() - began < 5


def test_a_port_in_use_is_said_before_anything_starts() -> None:
    """The message names the port and the option that changes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DemoError, match=f"board: port {port} .* is in use.*--board-port"):
            require_ports([("board", port, "--board-port")])


def test_runs_are_numbered(tmp_path: Path) -> None:
    """No run writes over the logs of another."""
    below = tmp_path / "a" / "demo"
    assert [new_run_directory(below).name for _ in range(3)] == ["1", "2", "3"]


def test_a_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    """Whatever keeps the directory from being made is named."""
    (tmp_path / "demo").write_text("")
    with pytest.raises(DemoError, match=r"cannot make a directory .* --directory"):
        new_run_directory(tmp_path / "demo")
