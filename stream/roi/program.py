"""``program.yaml`` as its writer sees it (pydantic): deploy/program.example.yaml shows every field."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stream.roi.declared import Baseline, Name, OwnTarget, check_declared
from stream.roi.defaults import REALISM, Category, CostLine, Stage
from stream.roi.figure import Amount, Figure, Share

USD: Final = "USD"
Count = Literal["tasks", "accepted_outputs", "requests"]


People = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Driver(_Part):
    """What a figure is multiplied by: a count of the period. ``ratio``: units per request, for requests."""

    count: Count
    ratio: Figure | None = None

    @model_validator(mode="after")
    def _ratio(self) -> Driver:
        if (self.count == "requests") != (self.ratio is not None):
            raise ValueError(
                "requests need a ratio (units per request); tasks and accepted_outputs have none"
            )
        return self


class Benefit(_Part):
    """Time: ``driver``, ``minutes_saved``, ``hourly_cost``, ``reallocated``. Others: ``driver`` and ``each``,
    or ``per_year`` (money, or a count when ``each`` is its value); ``share`` of that, as 0.2 of a salary.
    """

    name: Name
    category: Category
    driver: Driver | None = None
    minutes_saved: Figure | None = None
    #: Per unit without AI: with ``kind``, the gain is compared with what the field sees.
    minutes_before: Figure | None = None
    kind: str | None = None
    hourly_cost: Figure | None = None  #: loaded
    reallocated: Share | None = None  #: share of the time saved that is put to other use
    each: Figure | None = None
    per_year: Figure | None = None
    share: Share | None = None
    time_factor: Share | None = None
    accepted_by_finance: dt.date | None = None  #: of proxies (quality, innovation)

    @model_validator(mode="after")
    def _complete(self) -> Benefit:
        time = {
            "minutes_saved": self.minutes_saved,
            "hourly_cost": self.hourly_cost,
            "reallocated": self.reallocated,
        }
        amounts = {"each": self.each, "per_year": self.per_year, "share": self.share}
        if self.category == "time":
            wanted, foreign = {"driver": self.driver, **time}, amounts
        else:
            wanted = {"each": self.each} if self.driver else {"driver (with each) or per_year": self.per_year}
            foreign = {**time, **({"per_year": self.per_year} if self.driver else {})}
        for name, value in wanted.items():
            if value is None:
                raise ValueError(f"a benefit of category {self.category} needs {name}")
        for name, value in foreign.items():
            if value is not None:
                raise ValueError(f"{name} does not belong to this benefit of category {self.category}")
        if self.category == "revenue" and self.time_factor is None:
            raise ValueError("revenue needs a time_factor of its own (0 to 1)")
        return self


class UseCase(_Part):
    """``department`` and ``name`` are the labels that its requests carry."""

    name: Name
    department: Name
    latency_class: Literal["chat", "code", "other"] = "other"
    stage: Stage
    benefits: list[Benefit] = []


class Cost(_Part):
    """Exactly one of ``once`` (on ``date``), ``per_year``, ``per_person_month``, ``share_of_initial`` (of
    what was paid once, a year) and ``minutes`` (per unit of ``driver``, at ``hourly_cost``, of ``use_case``).
    """

    line: CostLine
    name: Name
    department: Name | None = None  #: None: shared by all
    use_case: Name | None = None
    once: Figure | None = None
    date: dt.date | None = None
    per_year: Figure | None = None
    per_person_month: Figure | None = None
    share_of_initial: Share | None = None
    minutes: Figure | None = None
    driver: Driver | None = None
    hourly_cost: Figure | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Cost:
        ways = ("once", "per_year", "per_person_month", "share_of_initial", "minutes")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(ways)}")
        if (self.once is None) != (self.date is None):
            raise ValueError("once and date belong together")
        if self.minutes is not None and None in (
            self.driver,
            self.hourly_cost,
            self.use_case,
            self.department,
        ):
            raise ValueError("minutes need driver, hourly_cost, department and use_case")
        if self.minutes is None and (self.driver is not None or self.hourly_cost is not None):
            raise ValueError("driver and hourly_cost belong to minutes")
        if self.per_person_month is not None and self.department is None:
            raise ValueError("per_person_month needs the department whose people it is for")
        return self


class Risk(_Part):
    """``probability``: of one incident within a year; ``cost``: of one incident."""

    name: Name
    department: Name | None = None
    cost: Figure
    probability: Share


class UsdRate(_Part):
    """``rate``: units of the programme's currency for one US dollar."""

    rate: Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=20)]
    date: dt.date
    source: Annotated[str, Field(min_length=1, max_length=200)]


class RealismRange(_Part):
    low: Amount
    high: Amount


class Program(_Part):
    """The programme as declared. Money in ``currency``; usage alone is measured in US dollars.
    ``baselines`` and ``targets``: what KPIs are compared with and held to.
    """

    version: Literal[1] = 1
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    start: dt.date
    usd_rate: UsdRate | None = None
    populations: dict[Name, People] = {}
    time_factors: dict[Category, Share] = {}
    maturity_factors: dict[Stage, Share] = {}
    realism: dict[Name, RealismRange] = {}
    use_cases: Annotated[list[UseCase], Field(min_length=1)]
    costs: list[Cost] = []
    risks: list[Risk] = []
    baselines: list[Baseline] = []
    targets: list[OwnTarget] = []

    @model_validator(mode="after")
    def _consistent(self) -> Program:
        if self.usd_rate is None and self.currency != USD:
            raise ValueError(
                f"usd_rate is missing: usage is priced in {USD}, the programme counts in {self.currency}"
            )
        if self.usd_rate is not None and self.currency == USD:
            raise ValueError(f"usd_rate: the programme counts in {USD} already; leave it out")
        places = [(case.department, case.name) for case in self.use_cases]
        for place in places:
            if places.count(place) > 1:
                raise ValueError(f"use_cases: {place[1]!r} of {place[0]!r} stands twice")
        for cost in self.costs:
            if cost.use_case is not None and (cost.department, cost.use_case) not in places:
                raise ValueError(
                    f"costs: {cost.name!r}: use_case {cost.use_case!r} is none of the department's"
                )
            if cost.per_person_month is not None and cost.department not in self.populations:
                raise ValueError(
                    f"costs: {cost.name!r}: populations does not say how many are in its department"
                )
        check_declared(self.baselines, self.targets)
        kinds = {benefit.kind for case in self.use_cases for benefit in case.benefits} - {None}
        unknown = sorted(str(kind) for kind in kinds if kind not in REALISM and kind not in self.realism)
        if unknown:
            raise ValueError(
                f"kind {unknown[0]!r} has no range; one of {', '.join((*REALISM, *self.realism))}"
            )
        return self
