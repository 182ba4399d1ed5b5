from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._sdk.errors import BodyRefused, Refused
from collectors._sdk.receiver import Body
from collectors.otlp.answers import JSON, PROTOBUF
from collectors.otlp.receiver import RECEIVER
from collectors.otlp.span import READ
from stream.contract.usage import UsageEvent
from tests.unit.otlp.spans import CHAT, START_NS, TRACE, json_body, pair, to_protobuf

_SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_VALUES = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.lists(st.text(max_size=8), max_size=3)
)
_CONTENT = (
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.0.content",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.conversation.id",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "input.value",
    "output.value",
    "http.request.body",
    "exception.message",
)
MARKER = "what the patient told the model"


def full() -> dict[str, Any]:
    """A request of one span that fills everything."""
    attributes = [*CHAT.items(), ("user.id", "ada"), ("tags", ["a"]), ("gen_ai.response.id", "r" * 20)]
    span = {
        "traceId": TRACE,
        "spanId": f"{1:016x}",
        "parentSpanId": f"{2:016x}",
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 1),
        "status": {"code": 2, "message": "m"},
        "events": [{"name": "gen_ai.first_token", "timeUnixNano": "7", "attributes": [pair("a", "b")]}],
        "attributes": [pair(name, value) for name, value in attributes],
    }
    return json_body([span], {"service.name": "checkout"})


def events_of(raw: bytes, content_type: str) -> list[dict[str, Any]]:
    """Events of a body; those refused, and a body refused, are left out. Anything else is raised."""
    events = []
    try:
        items = RECEIVER.split(Body(raw, content_type), 100)
    except BodyRefused:
        return []
    for item in items:
        try:
            if not isinstance(item, Refused):
                events.append(dict(RECEIVER.translate(item)))
        except Refused:
            pass
    for event in events:
        assert set(event) <= set(UsageEvent.model_fields)
        json.dumps(event, allow_nan=False)
    return events


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += _paths(inner, (*at, key))
    return found


@given(st.sampled_from(_paths(full())), _JSON)
@settings(max_examples=500, deadline=None)
def test_whatever_stands_anywhere_in_json_nothing_else_is_raised(path: tuple[Any, ...], value: Any) -> None:
    """Refused or BodyRefused, or an event of the public form."""
    body: Any = full()
    if path:
        holder = body
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
    else:
        body = value
    events_of(json.dumps(body).encode("utf-8", "replace"), JSON)


@given(st.binary(max_size=200), st.sampled_from([JSON, PROTOBUF]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(raw: bytes, content_type: str) -> None:
    """Also bytes put into the middle of a good body."""
    events_of(raw, content_type)
    good = to_protobuf(full()) if content_type == PROTOBUF else json.dumps(full()).encode()
    for at in (0, len(good) // 2, len(good)):
        events_of(good[:at] + raw + good[at:], content_type)


@given(
    st.dictionaries(st.sampled_from(sorted(READ)), _VALUES, max_size=12),
    st.binary(max_size=20),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
)
@settings(max_examples=500, deadline=None)
def test_whatever_a_protobuf_span_says_nothing_else_is_raised(
    attributes: dict[str, Any], span_id: bytes, start_ns: int, end_ns: int
) -> None:
    """Values of any type under every name that is read, ids of any length, times of any size."""
    body = full()
    span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    said = {**CHAT, **attributes}
    span |= {"spanId": span_id.hex(), "startTimeUnixNano": start_ns, "endTimeUnixNano": end_ns}
    span["attributes"] = [pair(name, value) for name, value in said.items()]
    events_of(to_protobuf(body), PROTOBUF)


@given(st.lists(st.sampled_from(_CONTENT), min_size=1), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_content_goes_through(names: list[str], on_resource: bool) -> None:
    """Promise 3: no text of prompt, answer or error is in what leaves the receiver, in either encoding."""
    body = full()
    part = body["resourceSpans"][0]
    span = part["scopeSpans"][0]["spans"][0]
    content = [pair(name, MARKER) for name in names]
    (part["resource"] if on_resource else span)["attributes"] += content
    span["name"], span["status"]["message"] = MARKER, MARKER
    span["events"] += [{"name": f"gen_ai.user.message {MARKER}", "attributes": content}]
    for raw, content_type in ((json.dumps(body).encode(), JSON), (to_protobuf(body), PROTOBUF)):
        for item in RECEIVER.split(Body(raw, content_type), 10):
            assert MARKER not in repr(item)
        assert len(events_of(raw, content_type)) == 1
        assert MARKER not in repr(events_of(raw, content_type))


def test_nothing_that_holds_content_is_among_what_is_read() -> None:
    """A name put on the list of what is read by mistake would carry content past every other check."""
    assert not READ & set(_CONTENT)
