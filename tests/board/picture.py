"""Takes the pictures of docs/: `python -m tests.board.picture`. Needs Chromium, and ImageMagick to make them small."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from stream.ledger.database import open_ledger
from tests.board.browser import run, screenshot
from tests.board.demo_ledger import DemoLedger
from tests.board.serving import serving

NOW_US = int(datetime(2026, 11, 24, 15, 42, 10, tzinfo=UTC).timestamp()) * 1_000_000
_MOST_BYTES = 300_000


def take(to: Path) -> None:
    """Write board.png (1280 wide), board-phone.png, board-dark.png and board.pdf into ``to``."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/ledger.sqlite"
        engine = open_ledger(url)
        DemoLedger(engine).fill(NOW_US)
        engine.dispose()
        with serving(url, lambda: NOW_US) as board:
            screenshot(board, to / "board.png", 1280, 2060)
            screenshot(board, to / "board-phone.png", 500, 3000)
            screenshot(board, to / "board-dark.png", 1280, 2060, dark=True)
            run(board, f"--print-to-pdf={to / 'board.pdf'}", "--no-pdf-header-footer")


def shrink(picture: Path) -> None:
    """Fewer colours: a board has few."""
    subprocess.run(["convert", str(picture), "-strip", "-colors", "128", str(picture)], check=True)


def main() -> None:
    """Take them all, keep those of docs/."""
    docs = Path(__file__).resolve().parents[2] / "docs"
    docs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        take(Path(directory))
        for name in ("board.png", "board-phone.png"):
            shrink(Path(directory) / name)
            shutil.copy(Path(directory) / name, docs / name)
    sizes = {path.name: path.stat().st_size for path in docs.glob("board*.png")}
    print(sizes)
    sys.exit(max(sizes.values()) > _MOST_BYTES)


if __name__ == "__main__":
    main()
