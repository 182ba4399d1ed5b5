from __future__ import annotations

import json
from typing import Any

from collectors._sdk.receiver import Body
from collectors.litellm.receiver import RECEIVER
from collectors.litellm.translate import translate
from tests.unit.litellm.payloads import START, failure, payload


def _attempts(*body: dict[str, Any]) -> list[tuple[object, object]]:
    items = RECEIVER.split(Body(json.dumps(body).encode()), 100)
    return [(event["attempt"], event["final"]) for event in map(translate, items)]


def _failed(call: str, at_s: float, **changes: Any) -> dict[str, Any]:
    return failure(
        "Timeout", litellm_call_id=call, startTime=START + at_s, endTime=START + at_s + 1, **changes
    )


def _answered(call: str, at_s: float, **changes: Any) -> dict[str, Any]:
    return payload(litellm_call_id=call, startTime=START + at_s, endTime=START + at_s + 1, **changes)


def _tries(retries: int, fallbacks: int) -> dict[str, Any]:
    headers = {"x-litellm-attempted-retries": retries, "x-litellm-attempted-fallbacks": fallbacks}
    return {"additional_headers": headers}


def test_retries_and_the_answer_are_one_request() -> None:
    """Attempts that share a trace: only the last is final, whatever their order in the body."""
    answer = _answered("c", 6, hidden_params=_tries(2, 0))
    assert _attempts(answer, _failed("b", 3), _failed("a", 0)) == [(3, True), (2, False), (1, False)]


def test_the_last_failure_is_final() -> None:
    """A request that fails in the end is a request, and downtime."""
    assert _attempts(_failed("a", 0), _failed("b", 2)) == [(1, False), (2, True)]


def test_a_failure_alone_is_final() -> None:
    """What cannot be known counts as a request: errors are never hidden."""
    assert _attempts(_failed("a", 0)) == [(1, True)]


def test_a_proxys_attempts_share_the_id_of_the_call_for_any_length() -> None:
    """A proxy logs the first failure and then the answer, minutes later: surely one request."""
    assert _attempts(_failed("a", 0), _answered("a", 600)) == [(1, False), (2, True)]


def test_hidden_attempts_are_counted_in_the_number() -> None:
    """The answer tells of retries that were never logged."""
    assert _attempts(_answered("a", 600, hidden_params=_tries(2, 1))) == [(4, True)]


def test_calls_of_one_trace_that_are_no_attempts_stay_requests() -> None:
    """An application may give its calls one trace: an answer that says it was the first try is no retry."""
    first_try = _answered("b", 2, hidden_params=_tries(0, 0))
    assert _attempts(_failed("a", 0), first_try) == [(1, True), (1, True)]
    assert _attempts(_failed("a", 0), _answered("b", 120)) == [(1, True), (1, True)]
    assert _attempts(_answered("a", 0), _failed("b", 2)) == [(1, True), (1, True)]


def test_an_event_that_a_body_holds_twice_is_no_attempt_of_itself() -> None:
    """LiteLLM may post an event twice."""
    failed = _failed("a", 0)
    assert _attempts(failed, failed) == [(1, True), (1, True)]
