"""Times of events as the logs hold them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Since 1970 UTC, exactly."""
    return (time - _EPOCH) // _US
