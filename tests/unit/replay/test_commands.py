"""``tokonomics replay`` as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from collectors.replay.commands import replay
from collectors.replay.traces import AZURE_HEADER
from tests.unit.replay.desk import Desk

TRACE = (AZURE_HEADER, "2023-11-16 18:17:03.97,100,10", "2023-11-16 18:17:05,200,20")


@pytest.fixture
def run(desk: Desk, tmp_path: Path) -> Iterator[Run]:
    handlers = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    yield Run(desk, tmp_path)
    for number, handler in handlers:
        signal.signal(number, handler)


class Run:
    """Calls the command against the stand-in."""

    def __init__(self, desk: Desk, directory: Path) -> None:
        self.trace = directory / "trace.csv"
        self.trace.write_text("\n".join(TRACE))
        self._to = f"http://127.0.0.1:{desk.server_address[1]}"
        self._app = typer.Typer()
        self._app.command()(replay)

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        given = list(arguments)
        if "--trace" not in given:
            given += ["--trace", str(self.trace)]
        if "--to" not in given:
            given += ["--to", self._to]
        result = CliRunner().invoke(self._app, given, catch_exceptions=False)
        return result.exit_code, result.stdout, result.stderr


def test_totals_are_printed(run: Run, desk: Desk) -> None:
    """What was sent can be held to what the trace's publisher says."""
    code, out, _ = run("--as-fast-as-possible")
    assert code == 0
    assert "replayed 2 requests" in out and "300 input tokens (0 of them cache reads) and 30 output" in out
    assert len(desk.received) == 1


def test_totals_as_json(run: Run, desk: Desk) -> None:
    """Figures for machines, on a repeated, limited trace."""
    code, out, _ = run("--speed", "1000", "--repeat", "3", "--limit", "1", "--json", "--token", "secret-x")
    found = json.loads(out)
    assert code == 0
    assert (found["requests"], found["input_tokens"], found["output_tokens"]) == (3, 300, 30)
    assert found["complete"] is True and len(found["trace_sha256"]) == 64
    assert {token for _, token in desk.received} == {"Bearer secret-x"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--trace", "none.csv"), 2, "error: --trace: none.csv: No such file"),
        (("--trace", "."), 2, "error: --trace: .: Is a directory"),
        (("--to", "ftp://x"), 2, "error: --to: 'ftp://x' is no address"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    """A wrong option is named, without a stack trace."""
    got, out, err = run(*arguments)
    assert (got, out) == (code, "")
    assert err.startswith(said) and err.count("\n") == 1


def test_a_broken_trace_and_a_refusal_are_one_line(run: Run, desk: Desk) -> None:
    """Nothing is sent of a trace that is broken anywhere; a collector's refusal is told in its words."""
    desk.script = [401]
    code, _, err = run("--as-fast-as-possible")
    assert code == 1 and "should have been taken: 401 Unauthorized" in err and err.count("\n") == 1
    run.trace.write_text("\n".join((*TRACE, "2023-11-16 18:17:06,x,1")))
    code, _, err = run()
    assert code == 2 and f"{run.trace}:4: ContextTokens: 'x'" in err
    assert len(desk.received) == 1


def test_an_interrupted_replay_says_what_it_sent(run: Run, desk: Desk) -> None:
    """Ctrl-C ends in order, with the totals so far."""
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    code, out, _ = run("--speed", "0.01")
    assert code == 130
    assert out.startswith("interrupted after 1 requests")
