"""Good items of each receiver, bodies as its sources post them, and what its answers say."""

from __future__ import annotations

import time
from typing import Any

import httpx

from collectors._sdk.receiver import Receiver
from tests.unit.collectors.samples import event, outcome, task

CONTENT = "Dear landlord, the kitchen tap"


def otlp_span(number: int, **fields: Any) -> dict[str, Any]:
    """A span of a chat, in OTLP's JSON encoding."""
    now_ns = time.time_ns()
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": fields.pop("model", "gpt-4o"),
        "gen_ai.input.messages": CONTENT,
        "gen_ai.output.messages": CONTENT,
        "user.id": "ann@example.org",
        "tokonomics.note": CONTENT,
    }
    numbers = {"gen_ai.usage.input_tokens": "10", "gen_ai.usage.output_tokens": "2"}
    return {
        "traceId": f"{number + 1:032x}",
        "spanId": f"{number + 1:016x}",
        "name": CONTENT,
        "startTimeUnixNano": str(now_ns - 10**9),
        "endTimeUnixNano": str(now_ns),
        "status": {"message": CONTENT},
        "events": [{"name": CONTENT, "attributes": [{"key": CONTENT, "value": {"stringValue": CONTENT}}]}],
        "attributes": [
            *({"key": key, "value": {"stringValue": value}} for key, value in said.items()),
            *({"key": key, "value": {"intValue": value}} for key, value in numbers.items()),
        ],
        **fields,
    }


def now_text() -> str:
    """This second in RFC 3339."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def body(receiver: Receiver, *items: Any) -> Any:
    """What the receiver's sources post, as JSON."""
    if receiver.name != "otlp":
        return list(items)
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(items)}]}]}


def refused_in(receiver: Receiver, answer: httpx.Response) -> int:
    """How many items the answer says were refused by themselves."""
    if receiver.name != "otlp":
        assert answer.status_code == 202, answer.text
        return int(answer.json()["refused_total"])
    assert answer.status_code == 200, answer.text
    return int(answer.json().get("partialSuccess", {}).get("rejectedSpans", 0))


def sample(receiver: str, number: int, **fields: Any) -> dict[str, Any]:
    """A good item of each receiver that carries content wherever its source may put some."""
    now = time.time()
    if receiver == "events":
        said = {"user": "ann@example.org", "attributes": {"note": CONTENT}}
        return event(event_id=f"e{number}", time=now_text(), **said, **fields)
    if receiver == "otlp":
        return otlp_span(number, **fields)
    if receiver == "outcomes":
        answer = f"resp_abcdefgh{number:06}"
        return outcome(event_id=f"o{number}", time=now_text(), response_id=answer, **fields)
    if receiver == "tasks":
        return task(task_id=f"t{number}", time=now_text(), minutes=10, **fields)
    assert receiver == "litellm", f"give {receiver} a sample here"
    item = {
        "id": f"call-{number}",
        "litellm_call_id": f"call-{number}",
        "call_type": "acompletion",
        "status": "success",
        "model": "gpt-4o",
        "custom_llm_provider": "openai",
        "startTime": now - 1,
        "endTime": now,
        "completionStartTime": now - 0.5,
        "prompt_tokens": 10,
        "completion_tokens": 2,
        "total_tokens": 12,
        "response_cost": 0.01,
        "messages": [{"role": "user", "content": CONTENT}],
        "response": {"choices": [{"message": {"content": CONTENT}}]},
        "metadata": {"user_api_key_user_id": "ann@example.org", "requester_metadata": {"note": CONTENT}},
        "end_user": "ann@example.org",
    }
    return item | fields
