"""Why an event, or a whole body, is not taken, and what keeps a collector from running."""

from __future__ import annotations

from collections.abc import Sequence

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


class BodyRefused(ValueError):
    """A whole body is refused for good: ``status`` 4xx, ``reason`` what the counter of dropped bodies says.

    The text names the mend, and never repeats what was sent.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class NotNow(Exception):
    """A body cannot be taken now; send it again after ``after_s`` seconds. ``status``: 408, 429 or 503."""

    def __init__(self, status: int, reason: str, message: str, after_s: int = 1) -> None:
        super().__init__(message)
        self.status, self.reason, self.after_s = status, reason, after_s


class CollectorError(Exception):
    """The collector cannot start, or must stop: one line names what and the mend."""

    reason = "collector"


class ConfigInvalid(CollectorError):
    """The collector's configuration does not hold. ``problems``: a line each, with file and line."""

    reason = "config_invalid"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class KeyUnusable(CollectorError):
    """The key of the pseudonyms cannot be read, or others can read it."""

    reason = "key_unusable"


class SpoolUnusable(CollectorError):
    """The directory of the spool cannot be made or written to."""

    reason = "spool_unusable"


class PartitionsChanged(CollectorError):
    """The telemetry log has another number of partitions than before: a request's copies would part."""

    reason = "partitions_changed"
