"""What a programme declares for KPIs: dated baselines, and targets of its own (pydantic)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from stream.contract.kpis import BASELINE_MONTHS, KPI
from stream.contract.names import is_name, looks_like_secret
from stream.roi.figure import Amount, Source

#: What a baseline of each KPI is counted in. ``currency``: the programme's.
BASELINE_UNITS: Final = {
    "time_saved_per_task": "minutes per task without AI",
    "production_throughput": "deliverables per week",
    "cost_per_task": "currency per task without AI",
    "automation_rate": "per cent of tasks",
    "revenue_per_employee": "currency per employee and year",
}
_MONTHS_PER_YEAR: Final = 12


def _name(text: str) -> str:
    if not is_name(text) or looks_like_secret(text):
        raise ValueError("cannot be a name; use up to 100 letters, digits and spaces")
    return text


def _kpi(key: str) -> str:
    if key not in KPI:
        raise ValueError(f"is no KPI; one of {', '.join(KPI)}")
    return key


def _relative(key: str) -> str:
    if key not in BASELINE_UNITS:
        raise ValueError(f"has no baseline; one of {', '.join(BASELINE_UNITS)}")
    return key


Name = Annotated[str, AfterValidator(_name)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Baseline(_Part):
    """How it was before: ``value`` in the unit that BASELINE_UNITS names, of ``from`` to ``to`` (both days
    belong to it), at least three months. Without ``department``, ``use_case`` or ``deliverable``: of all.
    ``source``: measured, declared or assumed; ``method``: how it was measured.
    """

    kpi: Annotated[str, AfterValidator(_relative)]
    department: Name | None = None
    use_case: Name | None = None
    deliverable: Name | None = None
    value: Annotated[Amount, Field(gt=0)]
    first_day: Annotated[dt.date, Field(alias="from")]
    last_day: Annotated[dt.date, Field(alias="to")]
    source: Source
    method: Annotated[str, Field(max_length=300)] = ""

    @model_validator(mode="after")
    def _long_enough(self) -> Baseline:
        if self.source == "measured" and not self.method:
            raise ValueError("is measured; say by which method")
        end = self.last_day + dt.timedelta(days=1)
        if end < _months_after(self.first_day, BASELINE_MONTHS):
            given = f"{self.first_day} to {self.last_day}"
            raise ValueError(f"{given} is less than {BASELINE_MONTHS} months; take a longer period")
        return self

    @property
    def places(self) -> tuple[str | None, str | None, str | None]:
        return self.department, self.use_case, self.deliverable

    def covers(self, department: str, use_case: str = "", deliverable: str = "") -> bool:
        """Whether work so labelled is compared with it."""
        labels = department, use_case, deliverable
        return all(mine in (None, theirs) for mine, theirs in zip(self.places, labels, strict=True))

    def overlaps(self, other: Baseline) -> bool:
        pairs = zip(self.places, other.places, strict=True)
        return self.kpi == other.kpi and all(None in pair or pair[0] == pair[1] for pair in pairs)

    @property
    def words(self) -> str:
        unit, period = BASELINE_UNITS[self.kpi], f"{self.first_day} to {self.last_day}"
        return f"baseline {self.value} {unit}, {period}, {self.source}" + f" ({self.method})" * bool(
            self.method
        )


class OwnTarget(_Part):
    """In place of the catalogue's target: reached ``above`` or ``below`` the value (rates in per cent).

    ``scope``: of KPIs with several (chat, code, overall; CSAT, NPS). ``department``: of it alone.
    """

    kpi: Annotated[str, AfterValidator(_kpi)]
    scope: str = ""
    department: Name | None = None
    above: Decimal | None = None
    below: Decimal | None = None

    @model_validator(mode="after")
    def _one_way(self) -> OwnTarget:
        if (self.above is None) == (self.below is None):
            raise ValueError("needs exactly one of above and below")
        scopes = sorted({target.scope for target in KPI[self.kpi].targets})
        if self.scope not in scopes:
            raise ValueError(
                f"scope {self.scope!r} is none of {self.kpi}'s: {', '.join(scopes) or 'it has none'}"
            )
        return self


def check_declared(baselines: list[Baseline], targets: list[OwnTarget]) -> None:
    """That nothing is compared with two baselines, or held to two targets. Raises ValueError."""
    for place, one in enumerate(baselines, 1):
        for other in baselines[place:]:
            if one.overlaps(other):
                raise ValueError(f"baselines: two of {one.kpi} speak of the same work; keep one")
    seen = set()
    for target in targets:
        key = target.kpi, target.scope, target.department
        if key in seen:
            raise ValueError(f"targets: {target.kpi} stands twice; keep one")
        seen.add(key)


def _months_after(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, its last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, _MONTHS_PER_YEAR)
    first = dt.date(day.year + years, month + 1, 1)
    following = _first_after(first)
    return min(first + dt.timedelta(days=day.day - 1), following - dt.timedelta(days=1))


def _first_after(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)
