"""What a worker would write to the state and closed topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stream.contract.names import LABELS
from stream.contract.rows import (
    CONFLICT,
    LIVE,
    MEASURE_INDEX,
    REFUSAL,
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
    values = dict.fromkeys(LABELS, "") | {"environment": "production"} | labels
    at = sorted((MEASURE_INDEX[name], value) for name, value in named.items() if value)
    measures = tuple(measure for measure, _ in at)
    return Row(USAGE, origin, hour, tuple(values.values()), measures, tuple(value for _, value in at))


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


def closed(stamps: dict[int, int], *, day: int = DAY, partition: int = 0) -> Closed:
    return Closed("g", partition, day, sorted(stamps.items()))


def refusal(source: str, reason: str, events: int, *, hour: int = DAY * 24) -> Row:
    return Row(REFUSAL, LIVE, hour, (source, reason), (0,), (events,))


def conflict(source: str, other: str, reason: str, events: int) -> Row:
    return Row(CONFLICT, LIVE, DAY * 24, (source, other, reason), (0,), (events,))
