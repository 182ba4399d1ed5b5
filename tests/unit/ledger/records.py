"""What a worker would write to the state and closed topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stream.contract.judgements import DELIVERY
from stream.contract.rows import (
    CONFLICT,
    LIVE,
    MEASURES,
    OUTCOME,
    PEOPLE,
    PROBE,
    REFUSAL,
    ROW_LABELS,
    TASK,
    USAGE,
    Closed,
    GenerationBegin,
    Marker,
    Row,
    Shard,
)

DAY = 20_000


def row(named: Mapping[str, int], *, hour: int = DAY * 24, origin: int = LIVE, **labels: str) -> Row:
    """A usage row of the named measures and labels."""
    return row_of(USAGE, named, hour=hour, origin=origin, environment="production", **labels)


def row_of(
    kind: int, named: Mapping[str, int], *, hour: int = DAY * 24, origin: int = LIVE, **labels: str
) -> Row:
    """A row of any kind; labels that are not named are ""."""
    values = dict.fromkeys(ROW_LABELS[kind], "") | labels
    assert len(values) == len(ROW_LABELS[kind]), "a label that the kind does not have"
    at = sorted((MEASURES[kind].index(name), value) for name, value in named.items() if value)
    measures = tuple(measure for measure, _ in at)
    return Row(kind, origin, hour, tuple(values.values()), measures, tuple(value for _, value in at))


def judged(department: str, aspect: str, before: str, after: str, events: int, **labels: str) -> Row:
    """Transitions of outputs' judgements."""
    labels = {"environment": "production", "selection": "all", "source_key": "s"} | labels
    step = {"aspect": aspect, "from_value": before, "to_value": after}
    return row_of(OUTCOME, {"events": events}, department=department, **step, **labels)


def delivered(source: str, before: str, after: str, events: int) -> Row:
    """What became of outcomes received."""
    step = {"aspect": DELIVERY, "from_value": before, "to_value": after}
    return row_of(OUTCOME, {"events": events}, source_key=source, **step)


def task_row(department: str, tasks: int, *, hour: int = DAY * 24, ai: str = "partly") -> Row:
    labels = {"department": department, "ai": ai, "environment": "production", "source_key": "s"}
    return row_of(TASK, {"tasks": tasks, "seconds": 60 * tasks, "quantity": 2 * tasks}, hour=hour, **labels)


def check_row(probe: str, checks: int, *, hour: int = DAY * 24, outcome: str = "success") -> Row:
    named = {"checks": checks, "duration_us_sum": 1000 * checks}
    return row_of(PROBE, named, hour=hour, probe=probe, check="openai", outcome=outcome)


def people_row(
    people: int, *, day: int = DAY, department: str = "", use_case: str = "", window: int = 7
) -> Row:
    labels = {"department": department, "use_case": use_case, "window": str(window)}
    return row_of(PEOPLE, {"people": people, "outside": people // 2}, hour=24 * day, **labels)


def usage_row(department: str, requests: int, *, hour: int = DAY * 24, origin: int = LIVE) -> Row:
    """A row with requests, tokens and cost in a fixed proportion: 1 to 10 to 7."""
    named = {"requests_success": requests, "tokens_input": 10 * requests, "cost_nano_usd_input": 7 * requests}
    return row(named, hour=hour, origin=origin, department=department)


def shard(
    rows: Sequence[Row],
    stamp: int,
    *,
    number: int = 0,
    day: int = DAY,
    partition: int = 0,
    generation: str = "g",
) -> Shard:
    return Shard(generation, partition, day, number, stamp, list(rows))


def marker(
    expected: dict[int, int], upto: int, *, day: int = DAY, partition: int = 0, log: str = "g", made: int = 1
) -> Marker:
    """``made``: when the log was made, microseconds. The newest accept time is ``upto`` seconds."""
    born = GenerationBegin(0, log, made, 1, 14)
    return Marker(
        log, partition, upto, day, sorted(expected.items()), [born], [], [], [], 1_000_000 * upto, 1000 * upto
    )


def closed(stamps: dict[int, int], *, day: int = DAY, partition: int = 0, generation: str = "g") -> Closed:
    return Closed(generation, partition, day, sorted(stamps.items()))


def refusal(source: str, reason: str, events: int, *, hour: int = DAY * 24) -> Row:
    return Row(REFUSAL, LIVE, hour, (source, reason), (0,), (events,))


def conflict(source: str, other: str, reason: str, events: int) -> Row:
    return Row(CONFLICT, LIVE, DAY * 24, (source, other, reason), (0,), (events,))
