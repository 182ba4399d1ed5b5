"""The board in a real browser, on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.ledger.database import open_ledger
from tests.board import browser
from tests.board.demo_ledger import DemoLedger
from tests.board.frame import framed
from tests.board.serving import serving

NOW_US = 1_780_000_000_000_000
pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    engine = open_ledger(f"sqlite:///{path}")
    DemoLedger(engine).fill(NOW_US, hours=30)
    engine.dispose()
    with serving(f"sqlite:///{path}", lambda: NOW_US) as found:
        yield found


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_the_page_fits_its_width(board: str, width: int) -> None:
    """Nothing but a table's own box scrolls sideways, and the page says nothing on the console."""
    with framed(board) as (frame, _):
        done = browser.run(
            f"{frame}?width={width}&height=2000&path=/", "--dump-dom", "--window-size=1400,2000"
        )
    found = re.search(r'data-measured="(\d+) (\d+) (\d+)"', done.stdout)
    assert found is not None, done.stdout[-500:]
    inner, scrolled, height = map(int, found.groups())
    assert inner == width
    assert scrolled <= inner
    assert height > 1000
    assert browser.console_errors(done) == []


def test_the_page_refreshes_itself(board: str) -> None:
    """Its script asks again after five seconds and swaps the figures in, under its own policy."""
    with framed(board) as (frame, asked):
        done = browser.run(
            f"{frame}?width=390&height=900&path=/", "--dump-dom", "--virtual-time-budget=12000"
        )
    assert len(asked) >= 2
    found = re.search(r'data-measured="(\d+) (\d+) (\d+)"', done.stdout)
    assert found is not None and int(found[3]) > 1000
    assert browser.console_errors(done) == []


def test_what_breaks_the_policy_is_seen(tmp_path: Path) -> None:
    """The check above is not blind: a page that does what the policy forbids says so on the console."""
    page = tmp_path / "page.html"
    page.write_text(
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'"><script>1</script>"""
    )
    assert browser.console_errors(browser.run(page.as_uri(), "--dump-dom")) != []


def test_it_prints(board: str, tmp_path: Path) -> None:
    """As a document of some A4 pages."""
    browser.run(board, f"--print-to-pdf={tmp_path / 'board.pdf'}")
    pdf = (tmp_path / "board.pdf").read_bytes()
    assert 1 < len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) < 7
