from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._sdk.errors import Refused
from collectors._sdk.receiver import Body
from collectors.litellm.receiver import RECEIVER
from collectors.litellm.translate import translate
from stream.contract.usage import UsageEvent
from tests.unit.litellm.payloads import payload

_NUMBERS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
_JSON = st.recursive(
    _NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _paths(inner, (*at, key))
    return found


_FULL = payload(
    stream=True,
    cache_hit=False,
    end_user="ada",
    request_tags=["a"],
    api_base="https://bedrock-runtime.eu-west-1.amazonaws.com",
    model_map_information={"model_map_key": "azure/gpt-4o", "model_map_value": {"mode": "chat"}},
    cost_breakdown={"service_tier": "flex", "vertex_location": "europe-west4"},
    hidden_params={"additional_headers": {"x-litellm-attempted-retries": 1}, "api_base": ""},
    error_information={"error_class": "", "error_code": ""},
    status_fields={"guardrail_status": "not_run"},
    response={
        "id": "r",
        "choices": [],
        "meta": {"billed_units": {"search_units": 1}},
        "usage": {"seconds": 2},
    },
    metadata={
        "usage_object": {
            "prompt_tokens": 10,
            "completion_tokens": 20,
            "total_tokens": 30,
            "prompt_tokens_details": {"cached_tokens": 3, "cached_tokens_details": {"audio_tokens": 1}},
            "completion_tokens_details": {"reasoning_tokens": 3},
            "server_tool_use": {"web_search_requests": 1},
        },
        "user_api_key_alias": "bot",
        "user_api_key_auth_metadata": {"a": "b"},
        "spend_logs_metadata": {"a": "b"},
    },
)


@given(st.sampled_from(_paths(_FULL)), _JSON)
@settings(max_examples=400, deadline=None)
def test_whatever_stands_anywhere_only_refused_is_raised(path: tuple[str, ...], value: Any) -> None:
    """One strange payload must never cost its neighbours: nothing but Refused comes out."""
    item = json.loads(json.dumps(_FULL))
    if path:
        holder = item
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
    else:
        item = value
    try:
        event = translate(item)
    except Refused:
        return
    assert set(event) <= set(UsageEvent.model_fields)
    json.dumps(event, allow_nan=False)


@given(_JSON, st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_any_body_is_split_or_refused(value: Any, times: int) -> None:
    """Numbering attempts looks at foreign values before anything has been checked."""
    body = [dict(_FULL, trace_id="t", startTime=value), dict(_FULL, trace_id="t", endTime=value)] * times
    raw = json.dumps([*body, dict(_FULL, hidden_params=value, trace_id="t"), value]).encode(
        "utf-8", "replace"
    )
    for item in RECEIVER.split(Body(raw), 100):
        try:
            if not isinstance(item, Refused):
                translate(item)
        except Refused:
            pass


_CONTENT = [
    "messages",
    "response.choices",
    "response.output",
    "response.data",
    "response.text",
    "response.content",
    "error_str",
    "error_information.error_message",
    "error_information.traceback",
    "model_parameters.tools",
    "classifier_input",
    "originating_request_masked",
    "guardrail_information",
    "metadata.mcp_tool_call_metadata",
    "metadata.vector_store_request_metadata",
    "metadata.prompt_management_metadata",
    "metadata.routing_decision",
    "metadata.requester_custom_headers",
    "standard_built_in_tools_params",
    "response.instructions",
    "response.metadata",
    "user_agent",
    "requester_ip_address",
    "cache_key",
]


@given(st.lists(st.sampled_from(_CONTENT), min_size=1), st.sampled_from(["success", "failure"]))
@settings(max_examples=200, deadline=None)
def test_no_content_goes_through(fields: list[str], status: str) -> None:
    """Promise 3: no text of prompt, answer or error is in what leaves the receiver."""
    marker = "what the patient told the model"
    item = json.loads(json.dumps({**_FULL, "status": status}))
    for field in fields:
        *path, last = field.split(".")
        holder = item
        for step in path:
            holder = holder.setdefault(step, {})
        holder[last] = [{"role": "user", "content": marker, "finish_reason": marker, "id": marker}]
    assert marker not in json.dumps(translate(item))
