"""Low, central and high of a figure, as exact rationals: a decimal rounds at the first division by 60."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True)
class Range:
    """``low`` <= ``central`` <= ``high``; exact. Rounded when shown, never before."""

    low: Fraction
    central: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if not self.low <= self.central <= self.high:
            raise ValueError(f"low {self.low}, central {self.central}, high {self.high} are not in order")

    @property
    def ends(self) -> tuple[Fraction, Fraction, Fraction]:
        return self.low, self.central, self.high

    def plus(self, other: Range) -> Range:
        return Range(self.low + other.low, self.central + other.central, self.high + other.high)

    def minus(self, other: Range) -> Range:
        """Lowest where the other is highest."""
        return Range(self.low - other.high, self.central - other.central, self.high - other.low)

    def times(self, other: Range) -> Range:
        """Of two ranges without negative values."""
        return Range(self.low * other.low, self.central * other.central, self.high * other.high)

    def at_most(self, other: Range) -> Range:
        """The lower of both, end by end."""
        return Range(*(min(one, two) for one, two in zip(self.ends, other.ends, strict=True)))


def exactly(value: int | Fraction) -> Range:
    """A value without doubt."""
    same = Fraction(value)
    return Range(same, same, same)


ZERO: Final = exactly(0)
ONE: Final = exactly(1)


def total(parts: Iterable[Range]) -> Range:
    """Sum of the parts; of none, 0."""
    whole = ZERO
    for part in parts:
        whole = whole.plus(part)
    return whole


def product(parts: Iterable[Range]) -> Range:
    """Product of ranges without negative values; of none, 1."""
    whole = ONE
    for part in parts:
        whole = whole.times(part)
    return whole


def return_on(benefits: Range, tco: Range, risk: Range) -> Range | None:
    """(benefits - (TCO + risk)) / TCO as a ratio; None where the TCO may be 0.

    The same TCO stands in numerator and denominator: the ratio is (benefits - risk) / TCO - 1, whose lowest
    value is at the highest TCO, or at the lowest where risks exceed benefits. A lowest TCO of 0 gives no
    bound above: then there is no ratio either.
    """
    if tco.low <= 0:
        return None
    net = benefits.minus(risk)
    return Range(
        min(net.low / tco.low, net.low / tco.high) - 1,
        net.central / tco.central - 1,
        max(net.high / tco.low, net.high / tco.high) - 1,
    )
