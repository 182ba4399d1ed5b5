"""Orders of magnitude: what is realistic, what mature deployments reach. To judge by, not to compute with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

RangeUnit = Literal["percent", "percent_change", "points", "times"]


@dataclass(frozen=True)
class Range:
    """Both ends belong to it. ``at_months``: after so many months; None where nothing is said of time."""

    low: Decimal
    high: Decimal
    unit: RangeUnit
    at_months: int | None = None


@dataclass(frozen=True)
class TimeSavedRange:
    """Percent of the time of a task that is saved in practice, by kind of work."""

    key: str
    name: str
    range: Range

    def is_beyond(self, declared_percent: Decimal) -> bool:
        """Whether a declared gain is above what is realistic, so that it is warned about."""
        return declared_percent > self.range.high


@dataclass(frozen=True)
class ReferencePoint:
    """One figure of a department. ``before``: what it was without AI."""

    name: str
    range: Range
    before: Range | None = None


@dataclass(frozen=True)
class DepartmentRange:
    """What a department's mature deployments reach."""

    key: str
    name: str
    roi: Range
    points: tuple[ReferencePoint, ...]


@dataclass(frozen=True)
class SizeRange:
    """Programme of a company of ``people_least`` to ``people_most`` people (None: no upper end).

    ``investment_eur``: euros, least and most. ``note``: what more is usual.
    """

    key: str
    people_least: int
    people_most: int | None
    use_cases: tuple[int, int]
    roi: Range
    investment_eur: tuple[int, int]
    note: str = ""


def _of(low: int, high: int, unit: RangeUnit, at_months: int | None = None) -> Range:
    return Range(Decimal(low), Decimal(high), unit, at_months)


def _point(name: str, low: int, high: int, unit: RangeUnit = "percent_change") -> ReferencePoint:
    return ReferencePoint(name, _of(low, high, unit))


ROI_MAY_BE_NEGATIVE_MONTHS: Final = (6, 12)  #: from the start on, for as long as this

TIME_SAVED: Final = (
    TimeSavedRange("code", "code", _of(25, 40, "percent")),
    TimeSavedRange("marketing_text", "marketing text", _of(30, 50, "percent")),
    TimeSavedRange("summaries", "summaries", _of(40, 60, "percent")),
    TimeSavedRange("complex_analysis", "complex analysis", _of(10, 15, "percent")),
    TimeSavedRange("whole_company", "a whole company, in the field", _of(10, 25, "percent")),
)

DEPARTMENTS: Final = (
    DepartmentRange(
        "customer_service",
        "customer service",
        _of(200, 350, "percent", 18),
        (
            ReferencePoint(
                "first-level requests resolved without a person",
                _of(40, 60, "percent"),
                before=_of(15, 20, "percent"),
            ),
            _point("handling time", -45, -35),
            _point("CSAT", 20, 30, "points"),
            _point("cost per contact", -60, -40),
        ),
    ),
    DepartmentRange(
        "software_development",
        "software development",
        _of(150, 250, "percent"),
        (
            _point("productivity", 25, 35),
            _point("bugs", -50, -30),
            _point("time to settle in", -60, -40),
        ),
    ),
    DepartmentRange(
        "marketing",
        "marketing and content",
        _of(250, 400, "percent"),
        (
            _point("volume", 4, 8, "times"),
            _point("cost per item", -70, -50),
            _point("opening rate", 15, 25),
            _point("conversion", 10, 20),
            _point("time to market", -60, -40),
        ),
    ),
    DepartmentRange(
        "human_resources",
        "human resources",
        _of(120, 200, "percent"),
        (
            _point("time for screening", -60, -40),
            _point("quality of hire", 15, 25),
            _point("routine administration automated", 30, 50, "percent"),
        ),
    ),
    DepartmentRange(
        "finance",
        "finance and audit",
        _of(130, 220, "percent"),
        (
            _point("time for reports", -70, -50),
            _point("audit coverage", 60, 90),
            _point("time for compliance checks", -60, -40),
            _point("fraud detected", 25, 40),
        ),
    ),
)

SIZES: Final = (
    SizeRange("small", 50, 499, (2, 3), _of(150, 200, "percent", 12), (50_000, 200_000)),
    SizeRange(
        "medium",
        500,
        4_999,
        (5, 8),
        _of(180, 300, "percent", 18),
        (500_000, 2_000_000),
        "over at least 3 departments",
    ),
    SizeRange(
        "large", 5_000, None, (15, 25), _of(200, 400, "percent", 24), (5_000_000, 50_000_000), "in waves"
    ),
)


def size_of(people: int) -> SizeRange | None:
    """The range of a company of so many people; None below the smallest, of which nothing is known."""
    for size in SIZES:
        if people >= size.people_least and (size.people_most is None or people <= size.people_most):
            return size
    return None
