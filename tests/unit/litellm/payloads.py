"""Payloads as LiteLLM makes them, by the figures that a test cares about."""

from __future__ import annotations

from typing import Any

START = 1_790_000_000.25


def payload(**changes: Any) -> dict[str, Any]:
    """A successful call; ``changes`` lie over it."""
    return {
        "id": "chatcmpl-0005AbCdEfGhIjKlMn",
        "litellm_call_id": "892b182e-3c1b-4c48-bc21-722c3aca6d1a",
        "trace_id": "886fd360-d12e-491a-9ce2-3108d9f93c8a",
        "call_type": "acompletion",
        "status": "success",
        "custom_llm_provider": "openai",
        "model": "openai/gpt-4o-mini",
        "startTime": START,
        "endTime": START + 1.5,
        "completionStartTime": START + 0.5,
        "response_cost": 1.35e-05,
        "metadata": {"usage_object": {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}},
        **changes,
    }


def with_usage(**usage: Any) -> dict[str, Any]:
    return payload(metadata={"usage_object": usage})


def failure(error_class: str, error_code: str = "", **changes: Any) -> dict[str, Any]:
    """A failed call, as LiteLLM reports it: no response, its own id, no tokens."""
    call = changes.pop("litellm_call_id", "0768c0eb-143d-4716-9225-054fcac27727")
    return payload(
        id=call,
        litellm_call_id=call,
        status="failure",
        response_cost=0.0,
        metadata={"usage_object": {}},
        response={},
        error_information={"error_class": error_class, "error_code": error_code},
        **changes,
    )
