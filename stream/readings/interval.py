"""Wilson's score interval of a share. Pure."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Final

Z_95: Final = Fraction("1.959963984540054")  #: quantile 0.975 of the normal distribution
ENOUGH: Final = 30  #: of fewer samples nothing is decided


def wilson(numerator: Fraction | int, denominator: Fraction | int) -> tuple[Fraction, Fraction] | None:
    """Low and high end of the 95 % interval of a share, exact but for one square root; both within 0 to 1.

    None where it is no share: nothing counted, or more in the numerator than in the denominator.
    Wilson (1927), doi 10.2307/2276774.
    """
    if denominator <= 0 or not 0 <= numerator <= denominator:
        return None
    count, share = Fraction(denominator), Fraction(numerator, 1) / denominator
    square = Z_95 * Z_95
    spread = share * (1 - share) / count + square / (4 * count * count)
    half = Z_95 * Fraction(sqrt(spread))
    scale = 1 + square / count
    centre = share + square / (2 * count)
    low = Fraction(0) if numerator == 0 else max(Fraction(0), (centre - half) / scale)
    high = Fraction(1) if numerator == denominator else min(Fraction(1), (centre + half) / scale)
    return min(low, share), max(high, share)
