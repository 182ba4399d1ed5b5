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
from tests.board.serving import PROGRAM, serving

NOW_US = 1_780_000_000_000_000
pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Everything is connected, a programme is given."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    engine = open_ledger(f"sqlite:///{path}")
    DemoLedger(engine, judged=True).fill(NOW_US, hours=30)
    engine.dispose()
    with serving(f"sqlite:///{path}", lambda: NOW_US, PROGRAM) as found:
        yield found


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Nobody has sent anything."""
    path = tmp_path_factory.mktemp("empty") / "ledger.sqlite"
    open_ledger(f"sqlite:///{path}").dispose()
    with serving(f"sqlite:///{path}", lambda: NOW_US) as found:
        yield found


def fits(board: str, path: str, width: int) -> int:
    """Height of the page at this width; it must not scroll sideways, nor say anything on the console."""
    with framed(board) as (frame, _):
        done = browser.run(
            f"{frame}?width={width}&height=2000&path={path}", "--dump-dom", "--window-size=1400,2000"
        )
    found = re.search(r'data-measured="(\d+) (\d+) (\d+)"', done.stdout)
    assert found is not None, done.stdout[-500:]
    inner, scrolled, height = map(int, found.groups())
    assert inner == width
    assert scrolled <= inner
    assert browser.console_errors(done) == []
    return height


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_the_board_fits_its_width(board: str, width: int) -> None:
    """Nothing but a table's own box scrolls sideways, and the page says nothing on the console."""
    assert fits(board, "/", width) > 1000


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/sources", "/roi"])
def test_the_other_pages_fit_their_width(board: str, path: str, width: int) -> None:
    """Sources and the derivation of the ROI, too."""
    assert fits(board, path, width) > 200


@pytest.mark.parametrize("path", ["/", "/sources"])
def test_a_page_without_figures_fits(bare: str, path: str) -> None:
    """The lines to copy scroll within their own boxes."""
    assert fits(bare, path, 320) > 400


def test_it_fits_with_everything_opened(board: str) -> None:
    """On the narrowest phone, with every KPI and every warning open."""
    page = (
        "<!doctype html><script>"
        "const frame = document.createElement('iframe');"
        "frame.src = '/'; frame.width = 320; frame.height = 900; document.documentElement.append(frame);"
        "frame.addEventListener('load', () => {"
        "  const root = frame.contentDocument.documentElement;"
        "  root.querySelectorAll('details').forEach((part) => { part.open = true; });"
        "  document.documentElement.dataset.seen = [root.scrollWidth, root.scrollHeight > 5000].join(' ');"
        "});</script>"
    )
    with framed(board, page) as (frame, _):
        done = browser.run(frame.replace("/frame", "/probe"), "--dump-dom", "--virtual-time-budget=3000")
    assert 'data-seen="320 true"' in done.stdout, done.stdout[:300]


def test_an_opened_kpi_stays_open_over_a_refresh(board: str) -> None:
    """What a reader has opened is open after the page has refreshed itself, and keeps the focus."""
    page = (
        "<!doctype html><script>"
        "const frame = document.createElement('iframe');"
        "frame.src = '/'; frame.width = 900; frame.height = 900; document.documentElement.append(frame);"
        "frame.addEventListener('load', () => {"
        "  const kpi = frame.contentDocument.getElementById('kpi-adoption_rate');"
        "  kpi.open = true; kpi.firstElementChild.focus();"
        "  setTimeout(() => {"
        "    const now = frame.contentDocument.getElementById('kpi-adoption_rate');"
        "    const focused = frame.contentDocument.activeElement === now.firstElementChild;"
        "    document.documentElement.dataset.seen = [now === kpi, now.open, focused].join(' ');"
        "  }, 8000);"
        "});</script>"
    )
    with framed(board, page) as (frame, asked):
        done = browser.run(
            f"{frame.replace('/frame', '/probe')}", "--dump-dom", "--virtual-time-budget=15000"
        )
    assert len([path for path in asked if path == "/"]) >= 2
    assert 'data-seen="false true true"' in done.stdout


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
    assert 1 < len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) < 10
