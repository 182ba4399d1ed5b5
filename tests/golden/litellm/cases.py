"""Golden cases of LiteLLM's payloads: captured bodies, shortened, beside the events they become.

``python -m tests.golden.litellm.cases`` writes the events of all cases anew; with a name it reads a captured
body (a JSON array) from standard input and adds it as a case.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from collectors._sdk.errors import Refused
from collectors._sdk.receiver import Body
from collectors.litellm.receiver import RECEIVER

CASES = Path(__file__).parent / "cases"
#: Kept of a payload; everything else is long, or of the machine that captured it.
_KEPT = {
    "api_base",
    "cache_hit",
    "call_type",
    "completionStartTime",
    "completion_tokens",
    "cost_breakdown",
    "custom_llm_provider",
    "endTime",
    "end_user",
    "error_information",
    "hidden_params",
    "id",
    "litellm_call_id",
    "messages",
    "metadata",
    "model",
    "model_group",
    "model_id",
    "model_map_information",
    "model_parameters",
    "prompt_tokens",
    "request_tags",
    "response",
    "response_cost",
    "session_id",
    "startTime",
    "status",
    "status_fields",
    "stream",
    "total_tokens",
    "trace_id",
}
_NOT_KEPT = {
    "error_message",
    "headers",
    "model_map_value",
    "requester_ip_address",
    "traceback",
    "user_agent",
    "user_api_key_hash",
}
_LONGEST = 300


def names() -> list[str]:
    """Names of all cases."""
    return sorted(path.stem for path in CASES.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    """``body``: the payloads; ``events``: what each becomes, {"refused": …, "field": …} where refused."""
    case: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text())
    return case


def events_of(body: list[Any]) -> list[dict[str, Any]]:
    """What the receiver makes of a body."""
    raw = json.dumps(body).encode()
    return [_event(item) for item in RECEIVER.split(Body(raw), len(body))]


def _event(item: object) -> dict[str, Any]:
    try:
        if isinstance(item, Refused):
            raise item
        return dict(RECEIVER.translate(item))
    except Refused as error:
        return {"refused": error.reason, "field": error.field}


def shorten(payload: Any) -> Any:
    """A captured payload without long texts, paths and addresses."""
    if not isinstance(payload, dict):
        return payload
    short = _without({key: value for key, value in payload.items() if key in _KEPT})
    if (payload.get("model_map_information") or {}).get("model_map_value"):
        short["model_map_information"]["model_map_value"] = {"mode": "chat"}
    return short


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without(inner) for key, inner in value.items() if key not in _NOT_KEPT}
        return {key: inner for key, inner in kept.items() if inner not in (None, {})}
    if isinstance(value, list):
        return [_without(inner) for inner in value[:5]]
    return value[:_LONGEST] if isinstance(value, str) else value


def write(name: str, body: list[Any]) -> None:
    """Write a case with the events that its body becomes now."""
    CASES.mkdir(exist_ok=True)
    case = {"body": body, "events": events_of(body)}
    (CASES / f"{name}.json").write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n")


def main(arguments: list[str]) -> None:
    """Write all cases anew, or add one."""
    for name in arguments:
        write(name, [shorten(payload) for payload in json.load(sys.stdin)])
    for name in names():
        write(name, load(name)["body"])


if __name__ == "__main__":
    main(sys.argv[1:])
