"""Factors of the ROI model with the reason of each; a programme may state its own."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal, NamedTuple

from stream.roi.ranges import ONE, Range

Category = Literal["time", "operating_cost", "revenue", "quality", "innovation"]
Stage = Literal["proof_of_concept", "pilot", "scale", "mature"]
CostLine = Literal[
    "seats",
    "infrastructure",
    "training",
    "integration",
    "maintenance",
    "quality_control",
    "upkeep",
    "compliance",
    "shadow_ai",
    "other",
]
#: Benefits by proxy stay outside the central value until finance accepts each one.
PROXIES: Final[tuple[Category, ...]] = ("quality", "innovation")


def _percent(low: int, central: int, high: int) -> Range:
    return Range(Fraction(low, 100), Fraction(central, 100), Fraction(high, 100))


#: FT. Revenue has none: each item states its own.
TIME_FACTORS: Final[dict[Category, Range]] = {
    "time": ONE,
    "operating_cost": ONE,
    "quality": _percent(70, 70, 70),
    "innovation": _percent(40, 40, 40),
}
TIME_REASONS: Final[dict[Category, str]] = {
    "time": "time saved shows at once",
    "operating_cost": "costs fall at once",
    "revenue": "stated for this item",
    "quality": "quality shows after about 6 months",
    "innovation": "innovation shows after 12 to 18 months",
}
#: FM. The range of pilots is ours; that of mature deployments begins where "at scale" ends.
MATURITY_FACTORS: Final[dict[Stage, Range]] = {
    "proof_of_concept": _percent(20, 25, 30),
    "pilot": _percent(30, 45, 60),
    "scale": _percent(60, 70, 80),
    "mature": _percent(80, 90, 100),
}
PILOT_FACTOR: Final = _percent(60, 65, 70)
EXTRAPOLATED_FACTOR: Final = _percent(50, 60, 70)


class Realism(NamedTuple):
    """Shares of the time before that are saved in the field."""

    low: Fraction
    high: Fraction


REALISM: Final = {
    "code": Realism(Fraction(25, 100), Fraction(40, 100)),
    "marketing_text": Realism(Fraction(30, 100), Fraction(50, 100)),
    "summaries": Realism(Fraction(40, 100), Fraction(60, 100)),
    "complex_analysis": Realism(Fraction(10, 100), Fraction(15, 100)),
    "company": Realism(Fraction(10, 100), Fraction(25, 100)),
}
STALE_RATE_DAYS: Final = 92  #: a quarter: the rhythm of the review
HOURS_PER_YEAR: Final = 8_760
