"""The board's server over HTTP, on a real ledger."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from stream.board import pages
from stream.broker.ports import free_port
from stream.contract.names import PRODUCTION
from stream.contract.rows import COST_TYPES
from stream.ledger import queries
from stream.ledger.database import open_ledger, read_ledger
from tests.board.demo_ledger import DemoLedger
from tests.board.serving import serving

NOW_US = 1_780_000_000_000_000
COMMAND = (sys.executable, "-c", "from stream.cli import main; main()", "board")


def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with three hours of the demo's organisation."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    engine = open_ledger(url(path))
    DemoLedger(engine).fill(NOW_US, hours=2)
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def board(filled: Path) -> Iterator[str]:
    with serving(url(filled), lambda: NOW_US) as found:
        yield found


def answer(board: str, period: str = "all") -> Any:
    return httpx.get(f"{board}/api/board.json?period={period}").json()


def test_the_board_shows_what_the_ledger_holds(board: str, filled: Path) -> None:
    """Requests, and cost to the nano-dollar, of production as a whole and by department and model."""
    engine = read_ledger(url(filled))
    data = answer(board)
    for by, table in ((["department"], "departments"), (["provider", "model"], "models")):
        rows = queries.usage(engine, by, where={"environment": PRODUCTION})
        shown = {tuple(row["labels"]): row for row in data["tables"][table]["rows"] if row["depth"] == 0}
        assert set(shown) == {row.labels for row in rows}
        for row in rows:
            nano = sum(row.measures.get(f"cost_nano_usd_{part}", 0) for part in COST_TYPES)
            requests = sum(value for name, value in row.measures.items() if name.startswith("requests_"))
            assert Decimal(shown[row.labels]["cost"]["value"]) * 10**9 == nano
            assert shown[row.labels]["requests"]["value"] == str(requests)
    engine.dispose()
    total = data["tables"]["departments"]["total"]
    assert total["cost"]["value"] == data["tiles"]["cost"]["value"]
    pulse = data["charts"]["requests_per_minute"]["series"]["Requests per minute"]
    assert sum(map(int, pulse)) > 0


def test_the_page_is_served_with_a_policy_that_lets_nothing_in(board: str) -> None:
    """Only our own script and style may run, by a nonce made anew for each answer; no frame, no copy kept."""
    first, second = httpx.get(board), httpx.get(board)
    nonces = [re.findall(r'nonce="([^"]+)"', one.text) for one in (first, second)]
    assert len(set(nonces[0])) == 1 and nonces[0] != nonces[1]
    policy = first.headers["content-security-policy"]
    assert "default-src 'none'" in policy and f"script-src 'nonce-{nonces[0][0]}'" in policy
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/", "/sources", "/roi", "/api/board.json", "/api/sources.json", "/api/roi.json", "/health"]
)
def test_it_can_only_be_read(board: str, path: str) -> None:
    """No method but GET is answered."""
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert httpx.request(method, board + path).status_code == 405


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/static/x"])
def test_there_is_nothing_else(board: str, path: str) -> None:
    """The framework's own pages, which fetch from other hosts, are off."""
    assert httpx.get(board + path).status_code == 404


def test_an_unknown_period_is_refused(board: str) -> None:
    """With its name and the ones there are, as text, never as markup."""
    found = httpx.get(f"{board}/?period=<script>")
    assert found.status_code == 400
    assert found.headers["content-type"].startswith("text/plain")
    assert "is none of hour, day, week, month, all" in found.text
    assert httpx.get(f"{board}/api/board.json?period=x").json()["error"]["reason"] == "unknown_period"


@pytest.mark.parametrize("period", ["hour", "day", "week", "month", "all"])
def test_every_period_is_served(board: str, period: str) -> None:
    """Each with its figures, and marked as the one that is shown."""
    found = httpx.get(f"{board}/?period={period}")
    assert found.status_code == 200
    assert f'href="?period={period}" aria-current="page"' in found.text
    assert int(answer(board, period)["tiles"]["requests"]["value"]) > 0


def test_the_board_runs_before_there_is_a_ledger(tmp_path: Path) -> None:
    """It says so and how to mend it, is not ready, and shows the ledger once it is there."""
    path = tmp_path / "later" / "ledger.sqlite"
    with serving(url(path), lambda: NOW_US) as board:
        page = httpx.get(board)
        assert page.status_code == 200
        assert "there is no ledger at" in page.text and "tokonomics ledger" in page.text
        assert httpx.get(f"{board}/health").status_code == 503
        found = httpx.get(f"{board}/api/board.json")
        assert (found.status_code, found.json()["error"]["reason"]) == (503, "missing")
        engine = open_ledger(url(path))
        assert httpx.get(f"{board}/health").status_code == 200
        assert "No events yet: point your gateway here" in httpx.get(board).text
        ledger = DemoLedger(engine)
        ledger.write(NOW_US, 1.0)
        until = time.monotonic() + 30
        while "No events yet" in (text := httpx.get(board).text) and time.monotonic() < until:
            time.sleep(0.1)
        assert 'id="tile-cost"' in text
        engine.dispose()


def test_a_locked_ledger_leaves_the_last_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the database, viewers get the last page with its age, and soon."""
    monkeypatch.setattr(pages, "KEEP_S", 0.0)
    monkeypatch.setattr(pages, "_KEEP_SHARE", 0.0)
    monkeypatch.setattr(pages, "OLD_S", 0.0)  # by the process's clock, not by the test's
    monkeypatch.setattr(pages, "LONG_PATIENCE_S", pages.PATIENCE_S)
    path, clock = tmp_path / "ledger.sqlite", [NOW_US]
    engine = open_ledger(url(path))
    DemoLedger(engine).write(NOW_US, 1.0)
    engine.dispose()
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("PRAGMA journal_mode = DELETE")  # where a writer locks readers out
    with serving(url(path), lambda: clock[0]) as board:
        before = answer(board)["tiles"]["requests"]["value"]
        lock.execute("BEGIN EXCLUSIVE")
        clock[0] += 40_000_000
        began = time.monotonic()
        found = httpx.get(f"{board}/?period=all", timeout=30)
        assert found.status_code == 200
        assert time.monotonic() - began < 5
        assert "These figures are 40 s old: the ledger cannot be read just now" in found.text
        assert answer(board)["tiles"]["requests"]["value"] == before
        lock.execute("ROLLBACK")
        until = time.monotonic() + 30
        while "cannot be read" in httpx.get(f"{board}/?period=all").text and time.monotonic() < until:
            time.sleep(0.1)
        assert "cannot be read" not in httpx.get(f"{board}/?period=all").text
    lock.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_in_order(filled: Path, number: signal.Signals) -> None:
    """On SIGTERM and on Ctrl-C: exit code 0 and nothing said."""
    port = free_port()
    command = [*COMMAND, "--database", url(filled), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and process.poll() is None:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            process.send_signal(number)
            said, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, said) == (0, "")


def test_a_port_in_use_is_one_line(board: str, filled: Path) -> None:
    """Which address, and what to do: no stack trace."""
    port = board.rpartition(":")[2]
    done = subprocess.run(
        [*COMMAND, "--database", url(filled), "--port", port], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert re.fullmatch(rf"error: board: cannot listen on 127\.0\.0\.1:{port}: .*--port\n", done.stderr)
