"""What the engine is given beside the programme: the period, and what the ledger measured in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from stream.roi.defaults import HOURS_PER_YEAR

_EPOCH: Final = dt.date(1970, 1, 1)
_HOURS_PER_DAY: Final = 24


@dataclass(frozen=True)
class Period:
    """Whole UTC hours since 1970; ``until_hour`` is exclusive."""

    since_hour: int
    until_hour: int

    def __post_init__(self) -> None:
        if self.until_hour <= self.since_hour:
            raise ValueError("period: it ends before it begins; name an end after its begin")

    @property
    def years(self) -> Fraction:
        return Fraction(self.until_hour - self.since_hour, HOURS_PER_YEAR)

    @property
    def last_day(self) -> dt.date:
        return day_of(self.until_hour - 1)

    def holds(self, day: dt.date) -> bool:
        """Whether what is dated so (00:00 UTC) lies within."""
        return self.since_hour <= hour_of(day) < self.until_hour


def hour_of(day: dt.date) -> int:
    """First hour of a day, hours since 1970 UTC."""
    return (day - _EPOCH).days * _HOURS_PER_DAY


def day_of(hour: int) -> dt.date:
    return _EPOCH + dt.timedelta(days=hour // _HOURS_PER_DAY)


@dataclass(frozen=True)
class Usage:
    """Of one use case of one department. ``cost_nano_usd``: of all environments. ``requests``: answered with
    success, in production. ``unpriced``: attempts without a whole price. None: not measured, which is not 0.
    """

    cost_nano_usd: int
    requests: int | None = None
    unpriced: int = 0
    tasks: int | None = None
    accepted_outputs: int | None = None


@dataclass(frozen=True)
class Measured:
    """``usage``: (department, use case) -> what was measured. ``query``: how to ask the ledger again."""

    usage: Mapping[tuple[str, str], Usage] = field(default_factory=dict)
    query: str = "ledger"
