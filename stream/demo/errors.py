"""What can go wrong in a demo, each in one line."""

from __future__ import annotations

from typing import Final

EXIT_FAILED: Final = 1
EXIT_USE: Final = 2
EXIT_INTERRUPTED: Final = 130


class DemoError(Exception):
    """``str(error)`` is one line: what failed and what to do. ``reason``: a code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(" ".join(message.split()))
        self.reason = reason


class Interrupted(Exception):
    """Somebody asked the demo to end: Ctrl-C, or SIGTERM."""

    reason = "interrupted"
