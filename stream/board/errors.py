"""Why the board cannot run."""

from __future__ import annotations


class BoardError(Exception):
    """``reason``: cannot_listen. The message is one line that names the mend."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
