"""What a KPI is made of: the words of the catalogue in ``stream.contract.kpis``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

Dimension = Literal["productivity", "quality", "finance", "technical"]
Rank = Literal["core", "companion"]
Rhythm = Literal["real_time", "weekly", "monthly", "quarterly", "half_yearly"]
#: ``percent_change``: against the baseline, in percent of it; ``points``: of a score.
Unit = Literal["percent", "percent_change", "seconds", "points", ""]
#: rate: a share of things counted, 0 to 100 %. change: against a baseline. ratio: amount per thing.
#: mean: of durations or marks. score: of a survey. amount: a sum or a count.
Kind = Literal["rate", "change", "ratio", "mean", "score", "amount"]
Comparison = Literal[
    "above",  # > values[0]
    "below",  # < values[0]
    "at_least",  # reached at values[0]
    "between",  # reached at values[0], the end nearer to zero; values[1]: what the best reach
    "below_reference",  # < the figure named in ``reference``
    "falling",  # less than in the period before
    "documented",  # a figure with its evidence is wanted, no size
    "own_target",  # the programme sets its own
    "shown",  # stands beside others, without a target
]
AlarmKind = Literal["above", "below", "above_reference", "below_reference", "rises", "budget_burn"]

Number = Decimal | Fraction

DIMENSIONS: Final[tuple[Dimension, ...]] = ("productivity", "quality", "finance", "technical")
RHYTHMS: Final[tuple[Rhythm, ...]] = ("real_time", "weekly", "monthly", "quarterly", "half_yearly")


@dataclass(frozen=True)
class Target:
    """``values`` in ``unit``; ``scope``: of which part of the KPI (a latency class, one of two scores)."""

    comparison: Comparison
    values: tuple[Decimal, ...] = ()
    unit: Unit = ""
    scope: str = ""
    reference: str = ""

    def is_met(self, value: Number, reference: Number | None = None) -> bool | None:
        """Whether ``value`` (in ``unit``) reaches it; None where no number can say so.

        ``reference``: what ``falling`` (the period before) and ``below_reference`` compare with.
        """
        reached = Fraction(value)
        if self.comparison in ("falling", "below_reference"):
            return None if reference is None else reached < Fraction(reference)
        if not self.values:
            return None
        wanted = Fraction(self.values[0])
        if self.comparison in ("above", "below"):
            return reached > wanted if self.comparison == "above" else reached < wanted
        return reached >= wanted if wanted > 0 else reached <= wanted  # a cut is wanted where it is negative


@dataclass(frozen=True)
class Alarm:
    """When people are told. ``value`` in ``unit`` of thresholds; ``reference``: the figure compared with.

    ``after_months``: silent for so long after the launch.
    """

    kind: AlarmKind
    value: Decimal | None = None
    unit: Unit = ""
    scope: str = ""
    reference: str = ""
    after_months: int = 0

    def sounds(self, value: Decimal, reference: Decimal | None = None) -> bool | None:
        """Whether ``value``, of enough samples, is a reason to alarm; None where that takes more to know."""
        limit = self.value if self.value is not None else reference
        if limit is None or self.kind == "budget_burn":
            return None
        return value < limit if self.kind in ("below", "below_reference") else value > limit


@dataclass(frozen=True)
class Definition:
    """How it is counted. ``denominator``: "" of amounts alone. ``formula``: the two in one sentence, with
    what the figure must say of itself."""

    kind: Kind
    numerator: str
    denominator: str
    formula: str


@dataclass(frozen=True)
class Decision:
    """Why a KPI is watched, who decides on it, and what they do when it worsens by ``WORSENED_PERCENT``."""

    objective: str
    decides: str
    action: str


@dataclass(frozen=True)
class Input:
    """What brings the figures. ``receivers``: of the collectors that take it."""

    key: str
    name: str
    connect: str
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kpi:
    """``key`` is usable in a metric's name. ``inputs``: keys of what must be connected, all of them,
    for there to be a figure; ``fuller_with``: of what adds a part of it or what it is compared with.

    ``beside``: keys of KPIs it is never shown without; ``figures_beside``: what else stands beside it.
    """

    key: str
    name: str
    dimension: Dimension
    rank: Rank
    targets: tuple[Target, ...]
    reviewed: tuple[Rhythm, ...]
    definition: Definition
    decision: Decision
    inputs: tuple[str, ...]
    alarms: tuple[Alarm, ...] = ()
    fuller_with: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    figures_beside: tuple[str, ...] = ()
    needs_baseline: bool = False

    @property
    def interval(self) -> Literal["wilson", ""]:
        """Rates carry Wilson's interval; on few samples it is shown and nothing alarms."""
        return "wilson" if self.definition.kind == "rate" else ""
