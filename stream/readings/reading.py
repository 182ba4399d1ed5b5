"""What a reader is given of a KPI, and of the ROI: figures with their denominator, interval and origin. Pure.

Numbers are exact rationals. ``value``, ``low``, ``high`` and ``previous`` are in ``unit``; a rate is a ratio
(0.625 is 62.5 %), as in the ROI: whoever shows it multiplies. A rate, ratio or mean is ``numerator`` ÷
``denominator``, both in raw counts, seconds or units of currency; a change is made of the two amounts that
are compared. None: not known, which is not 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from stream.contract.kpi_types import Kpi, Target
from stream.roi import POLICIES, Estimate, Hours, Period, Range

#: met, missed: against every target. undecided: the interval straddles a target, samples are too few, or what
#: it is compared with is not known. no_target: the figure is shown, nothing says what is good.
#: no_baseline: a change needs something to compare with. no_data: nothing is connected, see ``connect``.
Status = Literal["met", "missed", "undecided", "no_target", "no_baseline", "no_data"]
STATUSES: Final[tuple[Status, ...]] = (
    "met",
    "missed",
    "undecided",
    "no_target",
    "no_baseline",
    "no_data",
)

#: ratio: 1 is 100 %. ratio_change: against a baseline, +0.25 is a quarter more. seconds, hours. points: of a
#: score. USD, or a currency's code: amounts, also per request or task. Else what is counted: people,
#: requests, tokens, tasks, deliverables/day.
Unit = str
RATIO: Final[Unit] = "ratio"
CHANGE: Final[Unit] = "ratio_change"
SECONDS: Final[Unit] = "seconds"
POINTS: Final[Unit] = "points"
USD: Final[Unit] = "USD"
HOURS: Final[Unit] = "hours"


@dataclass(frozen=True)
class Beside:
    """A figure that the reading is not shown without. ``key``: its name for machines, unique in a reading."""

    key: str
    name: str
    value: Fraction | None
    unit: Unit
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None


@dataclass(frozen=True)
class Against:
    """One target and how the value stands to it. ``text``: the target in words. ``own``: the programme's."""

    target: Target
    text: str
    status: Status
    own: bool = False


@dataclass(frozen=True)
class Part:
    """The same KPI for one value of the labels ``by`` (names), which has the values ``labels``.

    ``suppressed``: of too few people, or needed so that a part of too few cannot be had by subtraction; then
    all figures are None.
    """

    by: tuple[str, ...]
    labels: tuple[str, ...]
    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    samples: Fraction | None = None
    status: Status = "no_target"
    suppressed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For people: ``Support / Answers``; what no label says is "unattributed"."""
        return " / ".join(label or "unattributed" for label in self.labels)


@dataclass(frozen=True)
class Reading:
    """One KPI over one window. ``scope``: "" for the whole, else which part the KPI's targets speak of
    (``overall``, ``chat``, ``code``; ``CSAT``, ``NPS``; a department, where asked for one).

    ``low``, ``high``: Wilson's 95 % interval of rates, that of a mean for costs; of the ROI, its range.
    ``samples``: how many requests, tasks, answers … the value is made of, None where that is no number.
    ``measured``: false where those judged chose themselves or nobody knows how they were chosen, and where
    the value is declared.
    ``previous``: the value over the window before, of the same length. ``connect``: what to connect, where
    there is no data. ``notes``: what the figure must say of itself (selection, source of the population,
    what it is compared with …). ``origin``: the ledger's query.
    """

    kpi: Kpi
    scope: str
    unit: Unit
    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    samples: Fraction | None = None
    previous: Fraction | None = None
    status: Status = "no_data"
    measured: bool = True
    against: tuple[Against, ...] = ()
    connect: str = ""
    notes: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    by: tuple[Part, ...] = ()
    origin: str = ""

    @property
    def key(self) -> str:
        return self.kpi.key

    def split(self, *by: str) -> tuple[Part, ...]:
        """Parts by exactly these labels, as ``split("department")``; in the order of their labels."""
        return tuple(part for part in self.by if part.by == by)

    def figure(self, key: str) -> Beside | None:
        """The figure beside it that has this key."""
        return next((item for item in self.beside if item.key == key), None)


@dataclass(frozen=True)
class Window:
    """Whole UTC hours since 1970, ``until_hour`` exclusive."""

    since_hour: int
    until_hour: int

    @property
    def hours(self) -> int:
        return self.until_hour - self.since_hour

    @property
    def before(self) -> Window:
        """The window of the same length that ends where this begins."""
        return Window(self.since_hour - self.hours, self.since_hour)


@dataclass(frozen=True)
class KpiReadings:
    """Every KPI of the catalogue, in its order; one reading for each scope of its targets."""

    window: Window
    readings: tuple[Reading, ...]
    min_group_size: int

    def of(self, key: str, scope: str = "") -> Reading:
        """The reading of a KPI; without a scope the first of its scopes. Raises KeyError."""
        for reading in self.readings:
            if reading.key == key and scope in ("", reading.scope):
                return reading
        raise KeyError(f"{key} {scope}".strip())

    def __iter__(self) -> Iterator[Reading]:
        return iter(self.readings)


@dataclass(frozen=True)
class RoiReading:
    """The ROI over one period. ``key``: ``programme`` (its start to now) or ``trailing`` (the last 90 days).

    ``estimate`` has everything: readings, derivations, hours, warnings; the rest here is drawn from it.
    """

    key: str
    estimate: Estimate

    @property
    def period(self) -> Period:
        return self.estimate.period

    @property
    def currency(self) -> str:
        return self.estimate.currency

    @property
    def ratios(self) -> dict[str, Range | None]:
        """Policy (guide, as_measured, prudent, stressed) -> ROI as a ratio, low, central and high; None where
        there is no cost yet."""
        return {policy.key: self.estimate.reading(policy.key).roi for policy in POLICIES}

    @property
    def names(self) -> dict[str, str]:
        """Policy -> its name for people."""
        return {policy.key: policy.name for policy in POLICIES}

    @property
    def hours(self) -> Hours | None:
        """Hours saved: gross, net, and net where the other use is measured."""
        return self.estimate.hours

    @property
    def measured_share(self) -> Fraction | None:
        """Share of the benefits (central, as measured) whose gain is measured; None where there are none."""
        plain = self.estimate.reading("as_measured")
        whole = plain.benefits.central
        return plain.by_source["measured"].central / whole if whole else None

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*(f"not measured: {said}" for said in self.estimate.missing), *self.estimate.warnings)


@dataclass(frozen=True)
class LiveRoi:
    """``programme``: from the programme's start to now; None before it has begun. ``trailing``: the last 90
    days, or since the start where that is less. ``departments``: the programme to date by department.
    """

    programme: RoiReading | None
    trailing: RoiReading | None
    departments: tuple[tuple[str, RoiReading], ...] = ()
