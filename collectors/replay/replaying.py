"""Trace rows to bodies: each row becomes one usage event, assigned and moved to now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from collectors.replay.account import Body, Expected, Series
from collectors.replay.assign import Assignment, assign
from collectors.replay.attempts import rfc3339
from collectors.replay.traces import TraceRow

SOURCE: Final = "replay"
_GATHER_S: Final = 0.2  #: events sent as one array when the replay is paced


@dataclass(frozen=True)
class Replay:
    """``digest``: SHA-256 of the trace file, hex. ``start_us``: now, microseconds since 1970. ``batch`` goes
    into every event id: one batch is counted once, however often it is sent.

    ``speed`` N: the trace runs N times as fast as it was recorded and each event bears the time at which it
    is sent. None: as fast as it is taken; the trace keeps its spacing and ends now.
    """

    digest: str
    start_us: int
    seed: int = 1
    batch: str = "0"
    repeat: int = 1
    speed: float | None = None
    events_per_body: int = 200


def trace_bodies(rows: Sequence[TraceRow], replay: Replay) -> Iterator[Body]:
    """Bodies of the whole replay, in order. ``rows``: not empty."""
    parts = [_expected(row, assign(replay.seed, row.number)) for row in rows]
    span_us = rows[-1].offset_us
    put = partial(_body, replay)
    for repetition in range(replay.repeat):
        first = repetition * len(rows)
        gathered: list[tuple[int, TraceRow, _Part]] = []
        began_us = 0
        for row, part in zip(rows, parts, strict=True):
            at_us = _at_us(replay, row, repetition * span_us)
            if gathered and (
                len(gathered) == replay.events_per_body or at_us - began_us > _GATHER_S * 1_000_000
            ):
                yield put(began_us, repetition, first, gathered, span_us)
                gathered = []
            began_us = began_us if gathered else at_us
            gathered.append((at_us, row, part))
        yield put(began_us, repetition, first, gathered, span_us)


@dataclass(frozen=True, slots=True)
class _Part:
    """What an event says besides its id and time, and what must become of it."""

    said: dict[str, object]
    series: Series
    tokens: dict[str, int]


def _expected(row: TraceRow, who: Assignment) -> _Part:
    usage = {"input_tokens": row.input_tokens, "output_tokens": row.output_tokens}
    if row.cache_read_tokens:
        usage["cache_read_tokens"] = row.cache_read_tokens
    said: dict[str, object] = {
        "source": SOURCE,
        "department": who.department,
        "use_case": who.use_case,
        "feature": who.feature,
        "provider": who.provider,
        "model": who.model,
        "user": who.user,
        "usage": usage,
    }
    leaves = {
        "input": row.input_tokens - row.cache_read_tokens,
        "input_cache_read": row.cache_read_tokens,
        "output": row.output_tokens,
    }
    tokens = {leaf: count for leaf, count in leaves.items() if count}
    return _Part(said, Series(who.department, who.use_case, who.provider, who.model), tokens)


def _at_us(replay: Replay, row: TraceRow, before_us: int) -> int:
    """When to send a row, microseconds after the start; 0 when the replay is not paced."""
    return 0 if replay.speed is None else int((before_us + row.offset_us) / replay.speed)


def _body(
    replay: Replay,
    began_us: int,
    repetition: int,
    first: int,
    gathered: Sequence[tuple[int, TraceRow, _Part]],
    span_us: int,
) -> Body:
    events, expected = [], []
    for at_us, row, part in gathered:
        time_us = replay.start_us + (at_us if replay.speed is not None else row.offset_us - span_us)
        event_id = f"{replay.digest[:16]}-{row.number}-{replay.batch}.{repetition}"
        events.append({"event_id": event_id, "time": rfc3339(time_us), **part.said})
        expected.append(Expected(first + row.number, part.series, part.tokens))
    return Body(began_us / 1_000_000, SOURCE, msgspec.json.encode(events), tuple(expected))
