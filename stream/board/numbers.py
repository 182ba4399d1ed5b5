"""Arithmetic of the board: shares with intervals, quantiles of histograms, money as decimals. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

NANO: Final = Decimal(10) ** -9
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
_PICO: Final = Decimal(10) ** -12
_Z_95: Final = 1.959963984540054


def usd(nano_usd: int) -> Decimal:
    """US dollars, exactly."""
    return _EXACT.multiply(Decimal(nano_usd), NANO)


def quotient(numerator: Decimal | int, denominator: int) -> Decimal | None:
    """Numerator / denominator rounded half-even to 12 decimals; None when there is nothing to divide by."""
    if denominator <= 0:
        return None
    return _EXACT.quantize(_EXACT.divide(Decimal(numerator), Decimal(denominator)), _PICO)


def wilson(hits: int, trials: int) -> tuple[float, float] | None:
    """95 % confidence interval of a share (Wilson's score interval), 0 to 1; None without trials."""
    if trials <= 0:
        return None
    share, z2 = hits / trials, _Z_95**2
    centre = share + z2 / (2 * trials)
    spread = _Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    scale = 1 + z2 / trials
    low = 0.0 if hits == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if hits == trials else min(1.0, (centre + spread) / scale)
    return low, high


@dataclass(frozen=True)
class Quantile:
    """A quantile read off a histogram. ``low_us`` to ``high_us`` is the bucket it lies in (None: no upper
    end); ``value_us`` is interpolated within it, or its lower end when it has no upper end.
    """

    value_us: Decimal
    low_us: int
    high_us: int | None


@dataclass(frozen=True)
class Distribution:
    """A histogram of durations. ``edges_us``: upper ends, ascending; ``counts``: one more, the last +Inf."""

    edges_us: Sequence[int]
    counts: Sequence[int]
    sum_us: int

    @property
    def total(self) -> int:
        return sum(self.counts)

    def mean_us(self) -> Decimal | None:
        """Exact mean, microseconds; None without values."""
        return quotient(self.sum_us, self.total)

    def quantile(self, q: Decimal) -> Quantile | None:
        """The value below which the share q (0 < q < 1) lies, linear within its bucket; None without any."""
        rank, below, low = q * self.total, 0, 0
        for i, count in enumerate(self.counts):
            high = self.edges_us[i] if i < len(self.edges_us) else None
            if count and below + count >= rank:
                if high is None:
                    return Quantile(Decimal(low), low, None)
                inside = (rank - below) / count
                return Quantile(low + (high - low) * inside, low, high)
            below += count
            low = high if high is not None else low
        return None
