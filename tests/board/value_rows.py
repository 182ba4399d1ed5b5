"""Outcomes, tasks, probes and people of the demo's organisation, beside its usage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from collectors.replay.organisation import USE_CASES, UseCase
from stream.contract.names import LABELS, PRODUCTION
from stream.contract.rows import (
    DURATION_BUCKETS_US,
    OUTCOME,
    PEOPLE,
    PROBE,
    PROBE_MEASURES,
    TASK,
    TASK_JUDGEMENT,
    TASK_MEASURES,
)

Key = tuple[int, int, tuple[str, ...]]
Moved = tuple[Key, Counter[int]]
_VERDICTS = (("used_as_is", 0.52), ("minor_edit", 0.24), ("revised", 0.17), ("rejected", 0.07))
_FINDINGS = (("error", 0.012), ("inaccuracy", 0.009), ("hallucination", 0.006))
_SELECTIONS = (("random", 0.6), ("self_selected", 0.4))
_MODEL = "gpt-5-mini"


def value_rows(random: np.random.Generator, hour: int, events: float) -> Iterator[Moved]:
    """What came within an hour in which ``events`` requests did: additions to rows."""
    whole = sum(case.weight for case in USE_CASES)
    for case in USE_CASES:
        mean = events * case.weight / whole
        yield from _outcomes(random, case, hour, mean * 0.3)
        yield from _tasks(random, case, hour, mean * 0.2)
    yield from _deliveries(random, hour, events * 0.3)
    yield from _probes(random, hour)


def people_rows(day: int, minimum: float = 0.3) -> Iterator[Moved]:
    """Everyone who was active, by department: an as-of day is written once."""
    active = {
        "customer service": 112,
        "software development": 52,
        "marketing": 18,
        "human resources": 12,
        "finance": 3,
    }
    for window, share in ((1, minimum), (7, 1.0), (28, 1.1)):
        hour = day * 24
        for department, people in (*active.items(), ("", sum(active.values()) - 8)):
            key = (PEOPLE, hour, (department, "", str(window)))
            yield key, Counter({0: max(1, int(people * share))})


def _outcomes(random: np.random.Generator, case: UseCase, hour: int, mean: float) -> Iterator[Moved]:
    for verdict, odds in _VERDICTS:
        for selection, part in _SELECTIONS:
            yield from _transition(
                random, case, hour, ("verdict", "", verdict, selection), mean * odds * part
            )
    yield from _transition(random, case, hour, ("control", "", "passed", "random"), mean * 0.5)
    yield from _transition(random, case, hour, ("control", "", "failed", "random"), mean * 0.03)
    for finding, odds in _FINDINGS:
        yield from _transition(random, case, hour, ("finding", "", finding, "random"), mean * 0.5 * odds)


def _transition(
    random: np.random.Generator, case: UseCase, hour: int, step: tuple[str, ...], mean: float
) -> Iterator[Moved]:
    events = int(random.poisson(mean))
    if events:
        named = {"department": case.department, "use_case": case.name, "model": _MODEL,
                 "environment": PRODUCTION, "source_key": "help desk"}  # fmt: skip
        yield (OUTCOME, hour, (*(named.get(label, "") for label in LABELS), *step)), Counter({0: events})


def _deliveries(random: np.random.Generator, hour: int, mean: float) -> Iterator[Moved]:
    for value, odds in (("joined", 0.93), ("waiting", 0.05), ("unjoined", 0.01), ("redelivered", 0.01)):
        events = int(random.poisson(mean * odds))
        if events:
            labels = tuple("help desk" if label == "source_key" else "" for label in LABELS)
            yield (OUTCOME, hour, (*labels, "delivery", "", value, "unknown")), Counter({0: events})


def _tasks(random: np.random.Generator, case: UseCase, hour: int, mean: float) -> Iterator[Moved]:
    at = TASK_MEASURES.index
    work = case.work
    for ai, share, pace in (
        ("none", 1 - work.with_ai, 1.0),
        ("partly", work.with_ai * (1 - work.automated), 0.72),
        ("wholly", work.with_ai * work.automated, 0.2),
    ):
        tasks = int(random.poisson(mean * share))
        if tasks:
            labels = (case.department, case.name, work.deliverable, ai, PRODUCTION, "ticket system")
            seconds = int(tasks * work.minutes * 60 * pace)
            answers = int(random.binomial(tasks, 0.1))
            satisfied = int(random.binomial(answers, 0.88))
            measures = dict.fromkeys(map(at, ("tasks", "tasks_timed", "quantity")), tasks)
            measures |= {at("seconds"): seconds, at("csat_answers"): answers, at("csat_satisfied"): satisfied}
            yield (TASK, hour, labels), Counter({name: value for name, value in measures.items() if value})
            if ai == "none":
                yield (TASK_JUDGEMENT, hour, (*labels, "control", "", "passed", "all")), Counter({0: tasks})
                wrong = int(random.binomial(tasks, 0.045))
                if wrong:
                    yield (
                        (TASK_JUDGEMENT, hour, (*labels, "finding", "", "error", "all")),
                        Counter({0: wrong}),
                    )


def _probes(random: np.random.Generator, hour: int) -> Iterator[Moved]:
    at = PROBE_MEASURES.index
    bucket = at(f"duration_le_{DURATION_BUCKETS_US[3]}")
    labels = ("chat answers", "openai", "gateway", "openai", "gpt-5-mini", "", "success")
    yield (PROBE, hour, labels), Counter({at("checks"): 60, bucket: 60, at("duration_us_sum"): 54_000_000})
    if random.random() < 0.2:
        yield (PROBE, hour, (*labels[:-1], "timeout")), Counter({at("checks"): 1})
