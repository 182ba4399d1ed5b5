"""Log lines of a worker: `level event key=value` on stderr, with Faust's and the clients' flood dammed."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Final

_OURS: Final = "tokonomics"
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
_CLIENTS: Final = ("kafka.", "aiokafka")
#: Faust warns of this on every start although it is meant
_MEANT: Final = ("Topic creation disabled!",)


class RateLimit(logging.Filter):
    """Lets ``burst`` lines of one kind (logger and text before formatting) through per ``window_s`` seconds.

    While a broker is away Faust and aiokafka write about 95 lines a second. What was held back is counted on
    the next line of its kind. The product's own lines always pass.
    """

    def __init__(
        self, burst: int = 3, window_s: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._burst, self._window_s, self._clock = burst, window_s, clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".", 1)[0] == _OURS:
            return True
        if record.name.startswith(_CLIENTS) and record.levelno < logging.CRITICAL:
            record.exc_info = None  # a refused connection needs no stack trace
        text = str(record.msg)
        if text.startswith(_MEANT):
            return False
        kind, now = (record.name, text[:60]), self._clock()
        began, count = self._seen.get(kind, (now, 0))
        if now - began >= self._window_s:
            if count > self._burst:
                record.msg = f"{text} (and {count - self._burst} more like it in {now - began:.0f} s)"
            began, count = now, 0
        self._seen[kind] = (began, count + 1)
        return count < self._burst


def configure_logging(level: str) -> None:
    """Send everything to stderr. Libraries log from warning on, the product from ``level`` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    logging.getLogger(_OURS).setLevel(level.upper())
