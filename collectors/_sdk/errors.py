"""Why an event, or a whole body, is not taken."""

from __future__ import annotations

from stream.contract.names import EDGE_REASONS


class Refused(ValueError):
    """One event that cannot be taken; its neighbours can.

    ``reason``: one of EDGE_REASONS. ``field``: where it is wrong, "" for the event as a whole. The text names
    the field and the mend, and never repeats what was sent.
    """

    def __init__(self, reason: str, field: str, message: str) -> None:
        assert reason in EDGE_REASONS, reason
        super().__init__(f"{field}: {message}" if field else message)
        self.reason, self.field = reason, field
