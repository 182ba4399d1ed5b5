"""Trace rows as bodies."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.replay.account import Account, Body
from collectors.replay.assign import assign
from collectors.replay.replaying import Replay, trace_bodies
from collectors.replay.traces import TraceRow
from stream.contract.usage import UsageEvent
from tests.support.oracle import Oracle
from tests.support.traces import TRACES, Trace

NOW_US = 1_764_000_000_123_456
rows_strategy = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 9000), st.integers(0, 900), st.integers(0, 9000)),
    min_size=1,
    max_size=40,
)


def rows_of(parts: list[tuple[int, int, int, int]]) -> list[TraceRow]:
    offset, rows = 0, []
    for number, (gap, tokens, output, read) in enumerate(parts):
        offset += gap if number else 0
        rows.append(TraceRow(number, offset, tokens, output, min(read, tokens)))
    return rows


def events(bodies: list[Body]) -> list[dict[str, Any]]:
    return [event for body in bodies for event in json.loads(body.payload)]


def time_us(event: dict[str, Any]) -> int:
    return round(datetime.fromisoformat(event["time"]).timestamp() * 1_000_000)


@given(rows_strategy, st.integers(1, 3), st.sampled_from([None, 1.0, 60.0]))
def test_every_row_becomes_one_event_in_order(
    parts: list[tuple[int, int, int, int]], repeat: int, speed: float | None
) -> None:
    """Nothing of a trace is lost, doubled or reordered, and every id is another."""
    rows = rows_of(parts)
    replay = Replay("f" * 64, NOW_US, repeat=repeat, speed=speed, events_per_body=7)
    bodies = list(trace_bodies(rows, replay))
    sent = events(bodies)
    assert [event["usage"]["input_tokens"] for event in sent] == [r.input_tokens for r in rows] * repeat
    assert len({event["event_id"] for event in sent}) == len(sent) == len(rows) * repeat
    assert all(len(body.events) == len(json.loads(body.payload)) <= 7 for body in bodies)
    assert [body.at_s for body in bodies] == sorted(body.at_s for body in bodies)


@given(rows_strategy)
def test_events_are_valid_and_lie_in_the_past_or_present(parts: list[tuple[int, int, int, int]]) -> None:
    """As fast as possible, the trace ends now with its own spacing; nothing lies in the future."""
    rows = rows_of(parts)
    sent = events(list(trace_bodies(rows, Replay("f" * 64, NOW_US))))
    for event, row in zip(sent, rows, strict=True):
        UsageEvent.model_validate_json(json.dumps(event))
        assert abs(time_us(event) - (NOW_US - rows[-1].offset_us + row.offset_us)) <= 1


def test_a_paced_event_bears_the_moment_of_its_sending() -> None:
    """At 60 times the speed, a minute of the trace is a second."""
    rows = [TraceRow(0, 0, 1, 1), TraceRow(1, 60_000_000, 1, 1), TraceRow(2, 120_000_000, 1, 1)]
    bodies = list(trace_bodies(rows, Replay("f" * 64, NOW_US, speed=60.0, repeat=2)))
    assert [body.at_s for body in bodies] == [0.0, 1.0, 2.0, 2.0, 3.0, 4.0]
    assert [round((time_us(event) - NOW_US) / 1e6) for event in events(bodies)] == [0, 1, 2, 2, 3, 4]


def test_ids_are_documented() -> None:
    """File digest, row, batch and repetition: the same batch sent again is the same requests."""
    rows = [TraceRow(0, 0, 1, 1)]
    replay = Replay("0123456789abcdef" * 4, NOW_US, batch="b7", repeat=2)
    assert [e["event_id"] for e in events(list(trace_bodies(rows, replay)))] == [
        "0123456789abcdef-0-b7.0",
        "0123456789abcdef-0-b7.1",
    ]


@pytest.mark.traces
@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_account_and_oracle_agree_on_real_traces(trace: Trace) -> None:
    """The account that the source keeps equals totals computed from the events' JSON by other code."""
    account, oracle = Account(), Oracle()
    for body in trace_bodies(trace.rows(), Replay(trace.digest, NOW_US, seed=5)):
        account.accepted(body)
        oracle.add_all(json.loads(body.payload))
    assert account.counted == trace.requests
    assert account.tokens("input", "input_cache_read") == trace.input_tokens
    assert account.tokens("input_cache_read") == trace.cache_read_tokens
    assert account.tokens("output") == trace.output_tokens
    assert {s: t.tokens for s, t in account.series.items()} == {s: t.tokens for s, t in oracle.series.items()}
    assert {s: t.counted for s, t in account.series.items()} == {
        s: t.attempts.total() for s, t in oracle.series.items()
    }
    assert all(t.statuses["priced"] == t.attempts.total() for t in oracle.series.values())
    assert {s[0] for s in account.series} == {assign(5, n).department for n in range(trace.requests)}
