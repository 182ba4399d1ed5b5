"""Events and admission for the tests of the collectors."""

from __future__ import annotations

import json
from typing import Any

from collectors._sdk.admission import Admission, Admitted
from collectors._sdk.attribution import Attribution
from collectors._sdk.kind import Edge
from collectors._sdk.pseudonyms import Pseudonyms
from collectors._sdk.receiver import Body, Receiver
from collectors._sdk.tokens import ANYBODY, Caller
from collectors.events.receiver import RECEIVER

KEY = bytes(range(32))
ANSWER = "msg_01XFDUDYJgAACzvnptvVoYEL"  #: id of an answer, to be trusted
SECRET = "sk-" + "0123456789abcdef" * 2


def event(**fields: Any) -> dict[str, Any]:
    """The least that counts, and ``fields``; a field that is ``...`` is left out."""
    found = {
        "event_id": "e1",
        "time": "2026-01-31T12:00:00Z",
        "provider": "openai",
        "model": "gpt-4o",
        "usage": {"input_tokens": 10, "output_tokens": 2},
        **fields,
    }
    return {name: value for name, value in found.items() if value is not ...}


def outcome(**fields: Any) -> dict[str, Any]:
    """The least that counts, of a request named by the id of its answer; ``...`` leaves a field out."""
    found = {
        "event_id": "o1",
        "time": "2026-01-31T12:20:00Z",
        "response_id": ANSWER,
        "verdict": "used_as_is",
        **fields,
    }
    return {name: value for name, value in found.items() if value is not ...}


def task(**fields: Any) -> dict[str, Any]:
    """The least that counts; ``...`` leaves a field out."""
    found = {
        "task_id": "t1",
        "time": "2026-01-31T12:30:00Z",
        "department": "customer service",
        "use_case": "ticket replies",
        "ai": "partly",
        **fields,
    }
    return {name: value for name, value in found.items() if value is not ...}


def edge(attribution: Attribution | None = None, **given: Any) -> Edge:
    """Of an installation with a known key."""
    return Edge(Pseudonyms(KEY), (attribution or Attribution()).compile(), **given)


def admit(
    raw: object,
    content_type: str = "application/json",
    receiver: Receiver = RECEIVER,
    at: Edge | None = None,
    caller: Caller = ANYBODY,
    **headers: str,
) -> Admitted:
    """What a receiver makes of a body. ``raw``: bytes, or something to be sent as JSON."""
    body = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Admission(at or edge()).admit(receiver, Body(body, content_type, named), caller)
