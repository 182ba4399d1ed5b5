"""KPIs of finance: what does the work cost now, and what came back?"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from stream.contract.kpi_decisions import VALUE
from stream.contract.kpi_types import Alarm, Definition, Kpi, Target

PLAN_CURVE: Final = "plan_curve"  #: the programme's own, dated; it may be below zero in the first months

FINANCE: Final[tuple[Kpi, ...]] = (
    Kpi(
        key="cost_per_task",
        name="Cost per task",
        dimension="finance",
        rank="core",
        targets=(Target("between", (Decimal(-30), Decimal(-50)), "percent_change"),),
        reviewed=("monthly",),
        definition=Definition(
            "change",
            "full cost of a task with AI",
            "full cost of a task without AI",
            "full cost of a task with AI ÷ full cost without − 1: per ticket resolved, story"
            " point, item published",
        ),
        decision=VALUE,
        inputs=("usage", "tasks", "programme"),
        figures_beside=("tasks with AI and without it",),
        needs_baseline=True,
    ),
    Kpi(
        key="revenue_per_employee",
        name="Revenue per employee",
        dimension="finance",
        rank="core",
        targets=(Target("at_least", (Decimal(15),), "percent_change"),),
        reviewed=("quarterly",),
        definition=Definition(
            "change",
            "revenue per employee in this period",
            "revenue per employee in the baseline",
            "revenue ÷ employees, against the same in the baseline; both entered by finance",
        ),
        decision=VALUE,
        inputs=("finance",),
        needs_baseline=True,
    ),
    Kpi(
        key="cost_avoidance",
        name="Cost avoidance",
        dimension="finance",
        rank="core",
        targets=(Target("documented"),),
        reviewed=("quarterly",),
        definition=Definition(
            "amount",
            "spending that was planned and did not happen: hires, subcontracting, licences",
            "",
            "sum of the spending that did not happen, each item with its evidence",
        ),
        decision=VALUE,
        inputs=("finance",),
    ),
    Kpi(
        key="genai_roi",
        name="Global GenAI ROI",
        dimension="finance",
        rank="core",
        targets=(Target("above", (Decimal(150),), "percent"),),
        reviewed=("half_yearly",),
        definition=Definition(
            "ratio",
            "weighted benefits less total cost of ownership and risk",
            "total cost of ownership",
            "(benefits × time and maturity factors − total cost of ownership − risk) ÷ total cost of"
            " ownership, as low, central and high value with every assumption named",
        ),
        decision=VALUE,
        inputs=("usage", "programme"),
        alarms=(Alarm("below_reference", unit="percent", reference=PLAN_CURVE),),
        figures_beside=("low and high value", "share of the benefits that is measured"),
    ),
    Kpi(
        key="operating_margin",
        name="Operating margin per department",
        dimension="finance",
        rank="companion",
        targets=(Target("own_target"),),
        reviewed=("quarterly",),
        definition=Definition(
            "ratio",
            "operating result of the department",
            "revenue of the department",
            "operating result ÷ revenue of each department, entered by finance",
        ),
        decision=VALUE,
        inputs=("finance",),
    ),
)
