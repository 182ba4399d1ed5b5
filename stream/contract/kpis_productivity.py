"""KPIs of productivity: is more done, or the same in less time?"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from stream.contract.kpi_decisions import CAPACITY, OUTPUT, WORTH
from stream.contract.kpi_types import Alarm, Definition, Kpi, Target

PRODUCTIVITY: Final[tuple[Kpi, ...]] = (
    Kpi(
        key="time_saved_per_task",
        name="Time saved per task",
        dimension="productivity",
        rank="core",
        targets=(Target("between", (Decimal(20), Decimal(40)), "percent_change"),),
        reviewed=("monthly",),
        definition=Definition(
            "change",
            "mean minutes of a task with AI",
            "mean minutes of a task without AI",
            "1 − mean minutes with AI ÷ mean minutes without AI, for each use case",
        ),
        decision=CAPACITY,
        inputs=("tasks",),
        figures_beside=("tasks with AI and without it", "the range that is realistic for this kind of work"),
        needs_baseline=True,
    ),
    Kpi(
        key="automation_rate",
        name="Automation rate",
        dimension="productivity",
        rank="core",
        targets=(Target("above", (Decimal(50),), "percent"),),
        reviewed=("quarterly",),
        definition=Definition(
            "rate",
            "tasks of a process that AI did, or did a part of",
            "all tasks of that process",
            "tasks AI did wholly or in part ÷ all tasks of the process, those without AI included",
        ),
        decision=OUTPUT,
        inputs=("tasks",),
        figures_beside=("tasks wholly and partly done by AI, apart",),
        needs_baseline=True,
    ),
    Kpi(
        key="production_throughput",
        name="Production throughput",
        dimension="productivity",
        rank="core",
        targets=(Target("at_least", (Decimal(30),), "percent_change"),),
        reviewed=("weekly",),
        definition=Definition(
            "change",
            "deliverables per unit of time in this period",
            "deliverables per unit of time in the baseline",
            "deliverables per unit of time ÷ the same in the baseline − 1; never without a KPI of quality",
        ),
        decision=OUTPUT,
        inputs=("tasks",),
        beside=("post_ai_error_rate", "human_revision_rate"),
        needs_baseline=True,
    ),
    Kpi(
        key="output_reuse_rate",
        name="Output reuse rate",
        dimension="productivity",
        rank="core",
        targets=(Target("above", (Decimal(60),), "percent"),),
        reviewed=("monthly",),
        definition=Definition(
            "rate",
            "outputs used unchanged or with small edits",
            "outputs generated; those judged, where only some were",
            "outputs used unchanged or with small edits ÷ outputs generated. Where only a part was judged,"
            " the rate is over that part, and how it was chosen is said (all, random, self-selected); a"
            " self-selected one is never called measured",
        ),
        decision=WORTH,
        inputs=("usage", "outcomes"),
        alarms=(Alarm("below", Decimal(40), "percent"),),
        figures_beside=("share of outputs judged", "how those judged were chosen"),
    ),
    Kpi(
        key="hours_saved",
        name="Hours saved",
        dimension="productivity",
        rank="companion",
        targets=(Target("documented"),),
        reviewed=("monthly",),
        definition=Definition(
            "amount",
            "hours not spent on tasks, gross, and net of those that were put to no other use",
            "",
            "time saved per task × tasks, for each department: gross, and only the hours put to other use",
        ),
        decision=CAPACITY,
        inputs=("tasks",),
        fuller_with=("survey",),
        beside=("time_saved_per_task",),
        figures_beside=("share of the hours that is measured, not declared",),
    ),
)
