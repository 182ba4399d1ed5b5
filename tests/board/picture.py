"""Takes the pictures of docs/: `python -m tests.board.picture`, of a made-up ledger, or `… picture URL`, of a
board that runs. Needs Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from stream.ledger.database import open_ledger
from tests.board import png
from tests.board.browser import run, screenshot
from tests.board.demo_ledger import DemoLedger
from tests.board.frame import framed
from tests.board.serving import PROGRAM, serving

NOW_US = int(datetime(2026, 11, 24, 15, 42, 10, tzinfo=UTC).timestamp()) * 1_000_000
HEIGHT = 1790
_MOST_BYTES = 300_000


def take(to: Path) -> None:
    """Write board.png (1280 wide), board-dark.png, board-phone.png (390 wide) and board.pdf into ``to``."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/ledger.sqlite"
        engine = open_ledger(url)
        DemoLedger(engine, judged=True).fill(NOW_US)
        engine.dispose()
        with serving(url, lambda: NOW_US, PROGRAM) as board:
            take_from(board, to)


def take_from(board: str, to: Path) -> None:
    """The same of a board that runs at an address."""
    with framed(board) as (frame, _):
        screenshot(board, to / "board.png", 1280, HEIGHT)
        screenshot(board, to / "board-dark.png", 1280, HEIGHT, dark=True)
        screenshot(f"{frame}?width=390&height={HEIGHT}&path=/", to / "board-phone.png", 500, HEIGHT)
        png.write(to / "board-phone.png", png.read(to / "board-phone.png")[:, :390])
        run(board, f"--print-to-pdf={to / 'board.pdf'}", "--no-pdf-header-footer")


def main() -> None:
    """Take them all, keep those of docs/."""
    docs = Path(__file__).resolve().parents[2] / "docs"
    docs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        if len(sys.argv) > 1:
            take_from(sys.argv[1], Path(directory))
        else:
            take(Path(directory))
        png.write(docs / "board.png", png.read(Path(directory) / "board.png"))
        shutil.copy(Path(directory) / "board-phone.png", docs)
    sizes = {path.name: path.stat().st_size for path in docs.glob("board*.png")}
    print(sizes)
    sys.exit(max(sizes.values()) > _MOST_BYTES)


if __name__ == "__main__":
    main()
