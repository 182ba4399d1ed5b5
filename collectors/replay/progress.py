"""Shows how far a replay is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_BAR_EVERY_S: Final = 0.2
_LINE_EVERY_S: Final = 5.0


class Shown:
    """While entered, shows ``done()`` of ``total`` events on standard error."""

    def __init__(self, total: int, done: Callable[[], int]) -> None:
        self._total, self._done = total, done
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def _run(self) -> None:
        console = Console(stderr=True)
        if not console.is_terminal:
            while not self._over.wait(_LINE_EVERY_S):
                print(f"replayed {self._done()} of {self._total} events", file=sys.stderr, flush=True)
            return
        columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("", total=self._total)
            while not self._over.wait(_BAR_EVERY_S):
                progress.update(task, completed=self._done())
            progress.update(task, completed=self._done())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
