"""Readers of published traces."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.replay.traces import AZURE_HEADER, BLOCK_TOKENS, TraceError, TraceRow, read_trace
from tests.support.traces import TRACES, Trace


@pytest.mark.traces
@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_totals_are_those_that_the_traces_are_known_by(trace: Trace) -> None:
    """A replay's totals can be held to the publisher's: the reader loses and invents nothing."""
    rows = trace.rows()
    assert len(rows) == trace.requests
    assert sum(row.input_tokens for row in rows) == trace.input_tokens
    assert sum(row.output_tokens for row in rows) == trace.output_tokens
    assert sum(row.cache_read_tokens for row in rows) == trace.cache_read_tokens
    assert [row.number for row in rows] == list(range(len(rows)))
    assert all(a.offset_us <= b.offset_us for a, b in pairwise(rows))


def test_azure_times_keep_their_microseconds() -> None:
    """Fractions of any length become microseconds since the first request."""
    lines = [AZURE_HEADER, "2023-11-16 18:17:03.9799600,4808,10", "2023-11-16 18:17:04,1,0", ""]
    assert list(read_trace(lines, "t")) == [TraceRow(0, 0, 4808, 10), TraceRow(1, 20_040, 1, 0)]


def mooncake(timestamp: int, tokens: int, blocks: list[int]) -> str:
    body = {"timestamp": timestamp, "input_length": tokens, "output_length": 1, "hash_ids": blocks}
    return json.dumps(body)


def test_a_cache_read_is_a_known_prefix() -> None:
    """Only leading blocks count: a known block after an unknown one is not read from the cache."""
    lines = [mooncake(0, 1500, [1, 2, 3]), mooncake(9, 1500, [1, 2, 4]), mooncake(9, 1500, [7, 2, 3])]
    assert [row.cache_read_tokens for row in read_trace(lines, "t")] == [0, 1024, 0]


@given(
    st.lists(
        st.tuples(st.integers(0, 4000), st.lists(st.integers(0, 20), max_size=6)), min_size=1, max_size=30
    )
)
def test_cache_reads_never_exceed_the_input(requests: list[tuple[int, list[int]]]) -> None:
    """A last block not full reads no more than the request had; a repeated prompt reads whole blocks."""
    lines = [mooncake(0, tokens, blocks) for tokens, blocks in requests]
    seen: set[int] = set()
    for row, (tokens, blocks) in zip(read_trace(lines, "t"), requests, strict=True):
        known = 0
        while known < len(blocks) and blocks[known] in seen:
            known += 1
        seen |= set(blocks)
        assert row.cache_read_tokens == min(tokens, known * BLOCK_TOKENS)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "t:1: neither"),
        (["a,b,c"], "t:1: neither"),
        ([AZURE_HEADER, "2023-11-16 18:17:03.97,1"], "t:2: 2 fields"),
        ([AZURE_HEADER, "yesterday,1,2"], "t:2: TIMESTAMP: 'yesterday'"),
        ([AZURE_HEADER, "", "2023-11-16 18:17:03.9x,1,2"], "t:3: TIMESTAMP"),
        ([AZURE_HEADER, "2023-11-16 18:17:03,-1,2"], "t:2: ContextTokens: '-1'"),
        ([AZURE_HEADER, "2023-11-16 18:17:03,1,2e3"], "t:2: GeneratedTokens: '2e3'"),
        ([AZURE_HEADER, "2023-11-16 18:17:03,1,2", "2023-11-16 18:17:02,1,2"], "t:3: TIMESTAMP"),
        (['{"timestamp": 0,'], "t:1: not JSON"),
        ([mooncake(0, 1, []), "[]"], "t:2: a JSON object"),
        ([mooncake(5, 1, []), mooncake(4, 1, [])], "t:2: timestamp: 4 lies before"),
        ([mooncake(0, -1, [])], "t:1: input_length: -1"),
        ([mooncake(0, 1, []).replace("[]", '["a"]')], "t:1: hash_ids"),
        ([mooncake(0, 1, []).replace('"output_length": 1', '"output_length": true')], "t:1: output_length"),
    ],
)
def test_errors_name_file_and_line(lines: list[str], said: str) -> None:
    """Whoever has a broken trace learns where it is broken."""
    with pytest.raises(TraceError) as caught:
        list(read_trace(lines, "t"))
    assert str(caught.value).startswith(said)
