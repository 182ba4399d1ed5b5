"""The periods a reader may ask for. Hours are whole UTC hours of the events. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.board import formatting
from stream.contract.names import US_PER_HOUR, US_PER_SECOND


@dataclass(frozen=True)
class Period:
    """``hours``: before the current, unfinished one; None: everything the ledger holds."""

    key: str
    name: str
    hours: int | None
    before: str = ""  #: what the period is compared with


PERIODS: Final = (
    Period("hour", "1 hour", 1, "the hour before"),
    Period("day", "24 hours", 24, "the 24 hours before"),
    Period("week", "7 days", 168, "the 7 days before"),
    Period("month", "28 days", 672, "the 28 days before"),
    Period("all", "All", None),
)
DEFAULT: Final = PERIODS[1]
_AHEAD_US: Final = 600 * US_PER_SECOND  #: a source's clock may be so far ahead: its events belong to now


class UnknownPeriod(ValueError):
    """A period that the board does not have."""

    reason = "unknown_period"


def period_named(key: str | None) -> Period:
    """The period of that key, the default for None. Raises UnknownPeriod."""
    if key is None:
        return DEFAULT
    for period in PERIODS:
        if period.key == key:
            return period
    raise UnknownPeriod(f"period: {key[:20]!r} is none of {', '.join(p.key for p in PERIODS)}")


@dataclass(frozen=True)
class Window:
    """A period as it stands now. ``since``: first hour, None for all; ``until``: exclusive, after the current
    hour. ``now_us``: microseconds since 1970. ``held_since``: the first hour that the ledger holds.
    """

    period: Period
    since: int | None
    until: int
    now_us: int
    held_since: int | None = None

    @property
    def current(self) -> int:
        """The hour that is not over."""
        return self.now_us // US_PER_HOUR

    @property
    def earlier(self) -> tuple[int, int] | None:
        """Hours (since, until) of the period before, just as many finished hours; None for all."""
        if self.since is None or self.period.hours is None:
            return None
        return self.since - self.period.hours, self.since

    @property
    def elapsed_us(self) -> int | None:
        """How much of the window has passed: the current hour is not over."""
        return None if self.begins is None else max(1, self.now_us - self.begins * US_PER_HOUR)

    @property
    def begins(self) -> int | None:
        """The first hour of the window of which the ledger knows anything: before it there is no 0."""
        known = [hour for hour in (self.since, self.held_since) if hour is not None]
        return max(known, default=None)

    def words(self) -> str:
        """From when to when, in UTC."""
        until = formatting.instant(self.now_us)[:16]
        if self.begins is None:
            return f"until {until} UTC"
        first = "" if self.begins == self.since else " (the first hour held)"
        return f"{formatting.hour(self.begins)}{first} to {until} UTC"

    def earlier_words(self) -> str:
        earlier = self.earlier
        return (
            "" if earlier is None else f"{formatting.hour(earlier[0])} to {formatting.hour(earlier[1])} UTC"
        )


def window(period: Period, now_us: int) -> Window:
    """The window that ends now. Its first hours are whole, and of the current one it has what has passed: the
    last hour is the hour before and this one so far.
    """
    current = now_us // US_PER_HOUR
    until = (now_us + _AHEAD_US) // US_PER_HOUR + 1
    return Window(period, None if period.hours is None else current - period.hours, until, now_us)
