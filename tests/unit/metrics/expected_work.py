"""What /metrics must say of judgements, tasks and probes of a View, worked out the slow way, without the
exposition's rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from stream.contract.rows import DURATION_BUCKETS_US, OUTCOME, PROBE_MEASURES, TASK_JUDGEMENT, TASK_MEASURES
from stream.ledger.figures import View, Wide

Sample = tuple[str, frozenset[tuple[str, str]]]
Found = Iterator[tuple[Sample, int, Decimal]]  # sample, first seen, amount: added up by sample
ASPECTS = {
    "verdict": ("verdicts", "verdict"),
    "control": ("controls", "control"),
    "finding": ("findings", "finding"),
    "compliance": ("compliance", "rules"),
}
OF_TASKS = {
    "llm_tasks_total": "tasks",
    "llm_tasks_timed_total": "tasks_timed",
    "llm_task_seconds_total": "seconds",
    "llm_deliverables_total": "quantity",
    "llm_task_requests_total": "requests",
    "llm_task_csat_answers_total": "csat_answers",
    "llm_task_csat_satisfied_total": "csat_satisfied",
    "llm_task_nps_answers_total": "nps_answers",
    "llm_task_nps_promoters_total": "nps_promoters",
    "llm_task_nps_detractors_total": "nps_detractors",
    "llm_task_duplicates_total": "duplicates",
    "llm_task_redelivered_total": "redelivered",
    "llm_task_conflicts_total": "conflicts",
}


def make_wide(
    measures: tuple[str, ...], series: dict[tuple[str, ...], dict[str, int]], seen_us: int = 1
) -> Wide:
    """A table from measures by name; what is above 0 was first seen at ``seen_us``."""
    values = np.array([[given.get(m, 0) for m in measures] for given in series.values()], np.int64)
    values = values.reshape(len(series), len(measures))
    return Wide(list(series), values, np.where(values > 0, seen_us, 0))


def tasks(series: dict[tuple[str, ...], dict[str, int]], seen_us: int = 1) -> Wide:
    return make_wide(TASK_MEASURES, series, seen_us)


def probes(series: dict[tuple[str, ...], dict[str, int]], seen_us: int = 1) -> Wide:
    return make_wide(PROBE_MEASURES, series, seen_us)


def work(view: View) -> Found:
    """Every sample of these families."""
    of = ("department", "use_case", "provider", "model")
    yield from _judged("llm_output", of, view.transitions[OUTCOME])
    yield from _judged(
        "llm_task", ("department", "use_case", "deliverable", "ai"), view.transitions[TASK_JUDGEMENT]
    )
    for (source, before, after), held in view.deliveries.items():
        sample = _at("llm_outcomes_total", {"source_key": source, "from": before, "to": after})
        yield sample, held.first_seen_us, Decimal(held.events)
    yield from _tasks(view.tasks)
    yield from _probes(view.probes)


def _at(name: str, labels: dict[str, str]) -> Sample:
    """As Prometheus has it: a label without a value is no label."""
    return name, frozenset(labels.items())


def _judged(stem: str, names: tuple[str, ...], transitions: object) -> Found:
    assert isinstance(transitions, dict)
    for (environment, *said), held in transitions.items():
        labels, (aspect, before, after) = dict(zip(names, said, strict=False)), said[len(names) :]
        if environment != "production":
            continue
        if before:
            extra = {"aspect": aspect, "from": before, "to": after}
            yield _at(f"{stem}_corrections_total", labels | extra), held.first_seen_us, Decimal(held.events)
        else:
            family, label = ASPECTS[aspect]
            sample = _at(f"{stem}_{family}_total", labels | {label: after})
            yield sample, held.first_seen_us, Decimal(held.events)


def _tasks(wide: Wide) -> Found:
    for row, (environment, *said) in enumerate(wide.labels):
        labels = dict(zip(("department", "use_case", "deliverable", "ai"), said, strict=True))
        if environment == "production":
            for name, measure in OF_TASKS.items():
                at = TASK_MEASURES.index(measure)
                yield _at(name, labels), int(wide.first_seen_us[row, at]), Decimal(int(wide.values[row, at]))


def _probes(wide: Wide) -> Found:
    for row, (probe, check, _, provider, model, region, outcome) in enumerate(wide.labels):
        labels = {"probe": probe, "check": check, "provider": provider, "model": model, "region": region}
        amounts = dict(zip(PROBE_MEASURES, wide.values[row].tolist(), strict=True))
        seen = dict(zip(PROBE_MEASURES, wide.first_seen_us[row].tolist(), strict=True))
        with_outcome = labels | {"outcome": outcome}
        yield _at("llm_probe_checks_total", with_outcome), seen["checks"], Decimal(amounts["checks"])
        for measure in ("tokens", "redelivered"):
            yield _at(f"llm_probe_{measure}_total", labels), seen[measure], Decimal(amounts[measure])
        name, upto = "llm_probe_duration_seconds", 0
        ends = [*DURATION_BUCKETS_US, "inf"]
        firsts = [seen[m] for m in (*(f"duration_le_{end}" for end in ends), "duration_us_sum") if seen[m]]
        first_us = min(firsts, default=0)
        for end in ends:
            upto += amounts[f"duration_le_{end}"]
            le = "+Inf" if isinstance(end, str) else str(end / 1e6)
            yield _at(f"{name}_bucket", with_outcome | {"le": le}), first_us, Decimal(upto)
        yield _at(f"{name}_count", with_outcome), first_us, Decimal(upto)
        yield _at(f"{name}_sum", with_outcome), first_us, amounts["duration_us_sum"] * Decimal("1e-6")
