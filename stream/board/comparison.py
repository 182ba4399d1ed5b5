"""This period against the one before, of the same length. Pure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from stream.board.numbers import wilson
from stream.board.page import Change, Level
from stream.board.period import Window
from stream.board.sums import Sums
from stream.contract.names import US_PER_HOUR

_STEADY: Final = Decimal("0.005")  #: a change that rounds to less than 1 % is none
_SLIGHT: Final = Decimal("0.05")  #: a change below this is shown, but called neither good nor bad
Reading = Callable[[Sums], Decimal | None]


def rated(
    now: Sums, before: Sums | None, window: Window, read: Reading, lower_is_better: bool | None = True
) -> Change | None:
    """Change of a mean or rate. None: no earlier period, or no figure in one of the two."""
    if before is None:
        return None
    return _change(read(now), read(before), window, "", lower_is_better)


def paced(now: Sums, before: Sums | None, window: Window, read: Reading) -> Change | None:
    """Change of a total, per hour: this period's last hour is not over, the earlier one's are."""
    earlier, elapsed_us = window.earlier, window.elapsed_us
    if before is None or earlier is None or elapsed_us is None:
        return None
    was, is_now = read(before), read(now)
    if was is None or is_now is None:
        return None
    hours_now = Decimal(elapsed_us) / US_PER_HOUR
    return _change(is_now / hours_now, was / (earlier[1] - earlier[0]), window, " per hour", None)


def errors(now: Sums, before: Sums | None, window: Window) -> Change | None:
    """Change of the error rate; none is claimed while the two intervals overlap."""
    if before is None:
        return None
    one, other = wilson(now.errors, now.requests), wilson(before.errors, before.requests)
    if one is None or other is None:
        return None
    if one[0] <= other[1] and other[0] <= one[1]:
        return Change("no clear change", "info", window.earlier_words())
    return _change(
        Decimal(now.errors) / now.requests, Decimal(before.errors) / before.requests, window, "", True
    )


def _change(
    now: Decimal | None, before: Decimal | None, window: Window, pace: str, lower_is_better: bool | None
) -> Change | None:
    if now is None or not before:
        return None
    ratio = now / before - 1
    if abs(ratio) < _STEADY:
        return Change(f"unchanged{pace}", "info", window.earlier_words())
    level: Level = "info"
    if lower_is_better is not None:
        better = (ratio < 0) == lower_is_better
        level = "info" if abs(ratio) < _SLIGHT else "good" if better else "warn"
    if ratio >= 9:
        return Change(f"× {(now / before).quantize(Decimal(1)):,f}{pace}", level, window.earlier_words())
    percent = (ratio * 100).quantize(Decimal(1), ROUND_HALF_EVEN)
    sign = "+" if ratio > 0 else "−"
    return Change(f"{sign}{abs(percent)} %{pace}", level, window.earlier_words())
