"""Events and admission for the tests of the collectors."""

from __future__ import annotations

import json
from typing import Any

from collectors._sdk.admission import Admission, Admitted
from collectors._sdk.attribution import Attribution
from collectors._sdk.kind import Edge
from collectors._sdk.pseudonyms import Pseudonyms
from collectors._sdk.receiver import Body
from collectors.events.receiver import RECEIVER

KEY = bytes(range(32))
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


def admit(raw: object, content_type: str = "application/json", **headers: str) -> Admitted:
    """What the events receiver makes of a body. ``raw``: bytes, or something to be sent as JSON."""
    body = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    admission = Admission(Edge(Pseudonyms(KEY), Attribution().compile()))
    return admission.admit(RECEIVER, Body(body, content_type, named))
