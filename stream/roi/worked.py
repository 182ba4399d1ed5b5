"""The guide's worked examples, from their stated inputs, beside the returns that it publishes. Pure.

What the guide does not state is taken alike for all four and said: its returns are those of mature
deployments, so FM is that of mature ones; FT is 1 (time and operating cost); risks are not stated and
count 0. The central value of a stated range is its middle. No input is chosen to meet a published
figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from stream.roi.defaults import MATURITY_FACTORS
from stream.roi.ranges import ZERO, Range, exactly, return_on

Fit = Literal["inside", "wider", "overlapping", "outside"]
_MATURE: Final = MATURITY_FACTORS["mature"]


@dataclass(frozen=True)
class Worked:
    """Money in euros. ``gain``: of a year. ``years``: of the published return. ``published``: ratios."""

    name: str
    inputs: str
    gain: Range
    investment: Range
    published: tuple[Fraction, Fraction]
    years: Fraction = Fraction(1)

    def plain(self) -> Range:
        """(gain × years − investment) ÷ investment."""
        return self._return(self.gain)

    def adjusted(self) -> Range:
        """[gain × years × FT × FM − (investment + R × FR)] ÷ investment."""
        return self._return(self.gain.times(_MATURE))

    def _return(self, gain: Range) -> Range:
        found = return_on(gain.times(exactly(self.years)), self.investment, ZERO)
        assert found is not None  # every example states an investment
        return found


def fit(found: Range, published: tuple[Fraction, Fraction]) -> Fit:
    """How what follows from the inputs lies to what is published."""
    low, high = published
    if found.high < low or found.low > high:
        return "outside"
    if low <= found.low and found.high <= high:
        return "inside"
    return "wider" if found.low <= low and high <= found.high else "overlapping"


def _between(low: int, high: int) -> Range:
    return Range(Fraction(low), Fraction(low + high, 2), Fraction(high))


def _percent(low: int, high: int) -> tuple[Fraction, Fraction]:
    return Fraction(low, 100), Fraction(high, 100)


WORKED: Final = (
    Worked(
        "contact centre, 200 agents",
        "spends 15 M€ a year; mature AI saves 4–7 M€ a year; investment 1.5–2.5 M€",
        _between(4_000_000, 7_000_000),
        _between(1_500_000, 2_500_000),
        _percent(200, 350),
        years=Fraction(3, 2),
    ),
    Worked(
        "software, 50 developers",
        "90 000 € loaded each; +25 % productivity = 12.5 developers; investment 300–500 k€",
        exactly(Fraction(50 * 90_000 * 25, 100)),
        _between(300_000, 500_000),
        _percent(150, 250),
    ),
    Worked(
        "marketing, 20 people",
        "3 M€ operating budget; gains and savings 1–2 M€; investment 200–400 k€",
        _between(1_000_000, 2_000_000),
        _between(200_000, 400_000),
        _percent(250, 400),
    ),
    Worked(
        "finance, 30 people",
        "gains 400–800 k€ a year; investment 200–350 k€",
        _between(400_000, 800_000),
        _between(200_000, 350_000),
        _percent(130, 220),
    ),
)
