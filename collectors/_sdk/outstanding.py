"""Records that wait for the broker's acknowledgement, and since when none has come. Thread-safe, no I/O."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

Done = Callable[[BaseException | None], None]


@dataclass(frozen=True)
class _Waiting:
    done: Done
    since_s: float


class Outstanding:
    """Each record is settled once, whoever settles it first. Times are time.monotonic()."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, _Waiting] = {}
        self._taken = 0
        self._unanswered_s: float | None = None
        self._acknowledged_s = float("-inf")

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def unanswered_for_s(self) -> float:
        """How long something has waited without any acknowledgement; records given up go on waiting."""
        since_s = self._unanswered_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    @property
    def acknowledged_ago_s(self) -> float:
        """Since the last acknowledgement."""
        return time.monotonic() - self._acknowledged_s

    def take(self, done: Done) -> int:
        """A record is about to be sent: its number."""
        with self._lock:
            self._taken += 1
            now_s = time.monotonic()
            self._waiting[self._taken] = _Waiting(done, now_s)
            if self._unanswered_s is None:
                self._unanswered_s = now_s
            return self._taken

    def settle(self, number: int, error: BaseException | None) -> float | None:
        """Acknowledged (None) or given up: seconds it took; None when it was settled before."""
        with self._lock:
            waiting = self._waiting.pop(number, None)
            now_s = time.monotonic()
            if waiting is not None and error is None:
                self._acknowledged_s = now_s
                self._unanswered_s = now_s if self._waiting else None
        if waiting is None:
            return None
        waiting.done(error)
        return now_s - waiting.since_s

    def give_up(self, error: BaseException) -> None:
        """Settle all that waits, and forget for how long nothing was acknowledged."""
        with self._lock:
            given_up, self._waiting = self._waiting, {}
            self._unanswered_s = None
        for waiting in given_up.values():
            waiting.done(error)
