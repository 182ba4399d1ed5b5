"""KPIs of quality: are the outputs right, fit for use, and welcome?"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from stream.contract.kpi_decisions import SERVED, WORTH
from stream.contract.kpi_types import Alarm, Definition, Kpi, Target

MANUAL_ERROR_RATE: Final = "manual_error_rate"  #: of the process that AI replaces, from tasks without AI

QUALITY: Final[tuple[Kpi, ...]] = (
    Kpi(
        key="post_ai_error_rate",
        name="Post-AI error rate",
        dimension="quality",
        rank="core",
        targets=(
            Target("below", (Decimal(5),), "percent"),
            Target("below_reference", unit="percent", reference=MANUAL_ERROR_RATE),
        ),
        reviewed=("monthly",),
        definition=Definition(
            "rate",
            "outputs that people let pass and that proved wrong later (error, hallucination, inaccuracy)",
            "outputs that passed human control",
            "outputs found wrong after human control let them pass ÷ outputs that passed it",
        ),
        decision=WORTH,
        inputs=("outcomes",),
        fuller_with=("tasks",),
        alarms=(
            Alarm("above", Decimal(5), "percent"),
            Alarm("above_reference", unit="percent", reference=MANUAL_ERROR_RATE),
        ),
        figures_beside=("error rate of the same work done by hand",),
    ),
    Kpi(
        key="csat_nps",
        name="CSAT / NPS",
        dimension="quality",
        rank="core",
        targets=(
            Target("above", (Decimal(85),), "percent", scope="CSAT"),
            Target("above", (Decimal(50),), "points", scope="NPS"),
        ),
        reviewed=("quarterly",),
        definition=Definition(
            "score",
            "satisfied answers (CSAT); promoters less detractors (NPS)",
            "answers received",
            "the survey's score over the answers received, AI-assisted contacts apart from human-only ones",
        ),
        decision=SERVED,
        inputs=("tasks",),
        figures_beside=("the same score of human-only contacts", "answers received"),
    ),
    Kpi(
        key="human_revision_rate",
        name="Human revision rate",
        dimension="quality",
        rank="core",
        targets=(Target("below", (Decimal(30),), "percent"), Target("falling", unit="percent")),
        reviewed=("monthly",),
        definition=Definition(
            "rate",
            "outputs that took a significant correction before they could be used, or could not be used",
            "outputs judged",
            "outputs revised or rejected ÷ outputs judged; it has to go down with time",
        ),
        decision=WORTH,
        inputs=("outcomes",),
        alarms=(Alarm("above", Decimal(30), "percent"),),
    ),
    Kpi(
        key="compliance_score",
        name="Compliance score",
        dimension="quality",
        rank="companion",
        targets=(Target("documented"),),
        reviewed=("monthly",),
        definition=Definition(
            "rate",
            "outputs that keep the house's rules (tone, brand, regulation, privacy)",
            "outputs generated; those sampled, by the same rule each time",
            "outputs that keep the house's rules ÷ outputs generated, or ÷ a sample always drawn by the same"
            " rule",
        ),
        decision=WORTH,
        inputs=("outcomes",),
        figures_beside=("how the sample was drawn",),
    ),
    Kpi(
        key="user_satisfaction",
        name="User satisfaction",
        dimension="quality",
        rank="companion",
        targets=(Target("own_target"),),
        reviewed=("monthly", "quarterly"),
        definition=Definition(
            "mean",
            "marks from 1 to 7 for usefulness, ease and how reliable it feels",
            "answers received",
            "mean mark (Likert, 1 to 7) of usefulness, ease and perceived reliability",
        ),
        decision=SERVED,
        inputs=("survey",),
        figures_beside=("answers received ÷ people asked",),
    ),
)
