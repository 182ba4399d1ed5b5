"""When a record is folded, and how far back a fold remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: How far a time may lie ahead of the log's: clocks of sources are not ours.
AHEAD_US: Final = 10 * 60 * 1_000_000


@dataclass(frozen=True)
class Moment:
    """When a record is folded, from the record alone: ``now_us``, its arrival ``day``, its ``offset``."""

    offset: int
    day: int
    now_us: int

    @property
    def hour(self) -> int:
        return self.now_us // 3_600_000_000


def horizon(day: int, window_days: int) -> int:
    """Oldest event day that is remembered on an arrival day: one more than an admitted event can have."""
    return day - window_days - 1
