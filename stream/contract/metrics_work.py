"""Metrics of what became of outputs, of pieces of work, and of probes. All of them counters or histograms.

A judgement's *first* value of an aspect is in the family of that aspect; what came after the first is a
correction. How many stand at a value v now: the aspect's family at v, and llm_output_corrections_total (or
llm_task_corrections_total) of that aspect with to=v, less the same with from=v.
"""

from __future__ import annotations

from typing import Final

from stream.contract.metric_types import Metric, counter
from stream.contract.names import SERIES_LABELS

_O: Final = SERIES_LABELS
_T: Final = ("department", "use_case", "deliverable", "ai")
_P: Final = ("probe", "check", "provider", "model", "region")
_STEP: Final = ("aspect", "from", "to")
_NET: Final = " Standing at v now: these, and corrections of the aspect to=v, less those from=v."

OUTPUTS: Final[tuple[Metric, ...]] = (
    counter("llm_output_verdicts_total", "outputs", "First verdicts on outputs." + _NET, (*_O, "verdict")),
    counter(
        "llm_output_controls_total",
        "outputs",
        "First results of human control of outputs." + _NET,
        (*_O, "control"),
    ),
    counter(
        "llm_output_findings_total",
        "outputs",
        "Findings that came to count after control had let the output pass; per passed control."
        " Standing at v now: these, and corrections of aspect finding to=v, less those from=v;"
        ' to="" means withdrawn.',
        (*_O, "finding"),
    ),
    counter(
        "llm_output_compliance_total",
        "outputs",
        "First answers whether outputs meet the house's rules." + _NET,
        (*_O, "rules"),
    ),
    counter(
        "llm_output_corrections_total",
        "changes",
        "Judgements of outputs that changed, by aspect.",
        (*_O, *_STEP),
    ),
    counter(
        "llm_outcomes_total",
        "outcomes",
        'Outcomes received, by what became of them: from="" when one arrives, then each change.'
        " Standing at v now: to=v less from=v. Sent: joined, own, waiting and unjoined now,"
        " and redelivered, and what llm_quarantined_total has of them.",
        ("source_key", "from", "to"),
    ),
)

TASKS: Final[tuple[Metric, ...]] = (
    counter("llm_tasks_total", "tasks", "Pieces of work, each once, by how much AI had a part in it.", _T),
    counter("llm_deliverables_total", "deliverables", "Deliverables that tasks made.", _T),
    counter("llm_task_requests_total", "requests", "Requests that tasks say they took.", _T),
    counter("llm_task_seconds_total", "seconds", "Work on tasks; per llm_tasks_timed_total.", _T),
    counter("llm_tasks_timed_total", "tasks", "Tasks whose seconds are known.", _T),
    counter("llm_task_csat_answers_total", "answers", "Answers on satisfaction, 1 to 5.", _T),
    counter(
        "llm_task_csat_satisfied_total", "answers", "Answers of 4 and 5; per llm_task_csat_answers_total.", _T
    ),
    counter("llm_task_nps_answers_total", "answers", "Answers on recommendation, 0 to 10.", _T),
    counter(
        "llm_task_nps_promoters_total", "answers", "Answers of 9 and 10; per llm_task_nps_answers_total.", _T
    ),
    counter(
        "llm_task_nps_detractors_total", "answers", "Answers of 0 to 6; per llm_task_nps_answers_total.", _T
    ),
    counter("llm_task_duplicates_total", "reports", "Further reports of tasks already counted.", _T),
    counter("llm_task_redelivered_total", "reports", "Reports that arrived again, dropped.", _T),
    counter(
        "llm_task_conflicts_total",
        "reports",
        "Further reports that disagree with the first, which stands; part of llm_task_duplicates_total.",
        _T,
    ),
    counter("llm_task_verdicts_total", "tasks", "First verdicts on tasks." + _NET, (*_T, "verdict")),
    counter(
        "llm_task_controls_total",
        "tasks",
        "First results of human control of tasks." + _NET,
        (*_T, "control"),
    ),
    counter(
        "llm_task_findings_total",
        "tasks",
        "Findings that came to count after control had let the task pass; per passed control."
        " Standing at v now: these, and corrections of aspect finding to=v, less those from=v;"
        ' to="" means withdrawn.',
        (*_T, "finding"),
    ),
    counter(
        "llm_task_compliance_total",
        "tasks",
        "First answers whether tasks meet the house's rules." + _NET,
        (*_T, "rules"),
    ),
    counter(
        "llm_task_corrections_total", "changes", "Judgements of tasks that changed, by aspect.", (*_T, *_STEP)
    ),
)

PROBES: Final[tuple[Metric, ...]] = (
    counter("llm_probe_checks_total", "checks", "Checks that probes made.", (*_P, "outcome")),
    counter("llm_probe_tokens_total", "tokens", "Tokens that checks took, in no other family.", _P),
    counter("llm_probe_redelivered_total", "checks", "Checks that arrived again, dropped.", _P),
    Metric(
        "llm_probe_duration_seconds",
        "histogram",
        "seconds",
        "Sent to answered, checks whose duration is known.",
        (*_P, "outcome"),
    ),
)
