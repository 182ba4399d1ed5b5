"""The directory of one run: logs, ledger, account. Numbered, so that no run writes over another's."""

from __future__ import annotations

from pathlib import Path

from stream.demo.errors import DemoError


def new_run_directory(below: Path) -> Path:
    """Make and return ``below``/N for the next free N. Raises DemoError(no_permission)."""
    try:
        below.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.name) for path in below.iterdir() if path.name.isdigit()]
        number = max(numbers, default=0) + 1
        while True:
            try:
                made = below / str(number)
                made.mkdir()
                return made.resolve()
            except FileExistsError:
                number += 1
    except OSError as error:
        raise DemoError(
            "no_permission",
            f"demo: cannot make a directory for this run below {below.absolute()}: {error.strerror};"
            " run it where you may write, or name another directory with --directory",
        ) from None
