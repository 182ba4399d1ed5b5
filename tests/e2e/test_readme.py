"""The replayer sends what its README says, and the totals are those of the traces' publishers."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from collectors.replay.replaying import Replay, trace_bodies
from tests.e2e import replayed
from tests.support.oracle import Oracle
from tests.support.traces import TRACES, Trace

pytestmark = pytest.mark.traces
START_US = 1_790_000_000_000_000


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_events_computed_from_the_readme_are_those_sent(trace: Trace) -> None:
    """Anybody who follows the README computes the very events that a replay sends."""
    plan = Replay(trace.digest, START_US, seed=7, batch="again")
    sent = [event for body in trace_bodies(trace.rows(), plan) for event in json.loads(body.payload)]
    wanted = list(replayed.events(trace, START_US, seed=7, batch="again"))
    for event in (*sent, *wanted):
        event["time"] = datetime.fromisoformat(event["time"])
        event["usage"].setdefault("cache_read_tokens", 0)
    assert sent == wanted
    oracle = Oracle()
    oracle.add_all({**event, "time": event["time"].isoformat()} for event in wanted)
    tokens = {
        leaf: sum(truth.tokens[leaf] for truth in oracle.series.values())
        for leaf in ("input", "input_cache_read", "output")
    }
    assert len(wanted) == trace.requests
    assert tokens["input"] + tokens["input_cache_read"] == trace.input_tokens
    assert tokens["input_cache_read"] == trace.cache_read_tokens
    assert tokens["output"] == trace.output_tokens
