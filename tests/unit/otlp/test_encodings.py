from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from collectors._sdk.errors import BodyRefused, Refused
from collectors._sdk.receiver import Body
from collectors.otlp.answers import JSON, PROTOBUF, problem, taken
from collectors.otlp.receiver import split
from collectors.otlp.span import Span
from tests.unit.otlp.spans import CHAT, START_NS, TRACE, json_body, pair, to_protobuf


def json_span(**more: Any) -> dict[str, Any]:
    """A chat in OTLP's JSON encoding."""
    return {
        "traceId": TRACE.upper(),
        "spanId": "00000000000000A1",
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": START_NS + 1,
        "attributes": [pair(name, value) for name, value in CHAT.items()],
        **more,
    }


def split_json(*spans: Any) -> list[object]:
    return split(Body(json.dumps(json_body(spans)).encode()), 10)


def test_both_encodings_give_the_same_spans() -> None:
    """Values of every type, events, resource and status."""
    more = [("tags", ["a", "b"]), ("gen_ai.request.stream", True)]
    more += [("gen_ai.response.time_to_first_chunk", 0.5), ("gen_ai.usage.output_tokens", 2)]
    span = json_span(
        attributes=[pair(name, value) for name, value in [*list(CHAT.items())[:4], *more]],
        events=[{"name": "gen_ai.choice"}, {"name": "gen_ai.first_token", "timeUnixNano": str(START_NS + 7)}],
        status={"code": 2, "message": "x"},
        parentSpanId="00000000000000b7",
    )
    body = json_body([span], {"service.name": "checkout"})
    (found,) = split(Body(json.dumps(body).encode()), 10)
    assert [found] == split(Body(to_protobuf(body), PROTOBUF), 10)
    assert isinstance(found, Span)
    assert (found.trace_id, found.span_id, found.parent_id) == (TRACE, f"{0xA1:016x}", f"{0xB7:016x}")
    assert (found.failed, found.first_token_ns) == (True, START_NS + 7)
    assert found.attributes["tags"] == ("a", "b")


@pytest.mark.parametrize("bad", [None, 7, "x", [], {"traceId": 7}, {"attributes": [{"key": 7}]}])
def test_a_span_that_cannot_be_read_is_refused_alone(bad: Any) -> None:
    """Its neighbours count."""
    found = split_json(json_span(), bad, json_span())
    assert [isinstance(item, Refused) for item in found] == [False, False, True]


@pytest.mark.parametrize("wrong", [{"stringValue": 7}, {"intValue": "many"}, {"kvlistValue": {}}, {}, None])
def test_a_foreign_value_costs_its_span_at_most(wrong: Any) -> None:
    """Of an attribute that is read; of one that is not read, nothing is looked at."""
    (item,) = split_json(json_span(attributes=[{"key": "gen_ai.prompt", "value": wrong}, *_chat()]))
    assert isinstance(item, Span)
    (item,) = split_json(json_span(attributes=[{"key": "user.id", "value": wrong}, *_chat()]))
    assert isinstance(item, Refused) or "user.id" not in item.attributes  # type: ignore[attr-defined]


def _chat() -> list[dict[str, Any]]:
    return [pair(name, value) for name, value in CHAT.items()]


@pytest.mark.parametrize(
    "raw", [b"{}", b'{"resourceSpans": null}', b'{"resourceSpans": [{"scopeSpans": [{}]}]}']
)
def test_a_body_without_spans_is_good_and_empty(raw: bytes) -> None:
    """An exporter that has nothing to say is answered 200."""
    assert split(Body(raw), 10) == []
    assert split(Body(b"", PROTOBUF), 10) == []


@pytest.mark.parametrize(
    ("raw", "content_type", "status", "reason"),
    [
        (b"[]", JSON, 400, "invalid_json"),
        (b'{"resourceSpans": 7}', JSON, 400, "invalid_json"),
        (b"[" * 100_000, JSON, 400, "invalid_json"),
        (b'{"resourceSpans": [' + b"," * 1_000_001, JSON, 413, "too_large"),
        (b"\xff\xff", PROTOBUF, 400, "invalid_protobuf"),
        (b'{"resourceSpans": []}', PROTOBUF, 400, "invalid_protobuf"),
    ],
)
def test_other_bodies_are_refused_whole(raw: bytes, content_type: str, status: int, reason: str) -> None:
    """With a status that keeps exporters from sending them again."""
    with pytest.raises(BodyRefused) as refused:
        split(Body(raw, content_type), 10)
    assert (refused.value.status, refused.value.reason) == (status, reason)


def test_too_many_requests_in_a_body_are_refused_whole() -> None:
    """Spans that do not count are not counted against the bound."""
    http = {"traceId": TRACE, "spanId": "00000000000000b2"}
    raw = json.dumps(json_body([json_span()] * 3 + [http] * 20)).encode()
    assert len(split(Body(raw), 3)) == 3
    with pytest.raises(BodyRefused):
        split(Body(raw), 2)


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
def test_a_body_of_empty_spans_is_refused_before_they_are_read(content_type: str) -> None:
    """Two bytes each as they are sent, a thousand times that when read."""
    raw = b'{"resourceSpans": [{"scopeSpans": [{"spans": [' + b",".join([b"{}"] * 100_001) + b"]}]}]}"
    if content_type == PROTOBUF:
        request = ExportTraceServiceRequest()
        request.resource_spans.add().scope_spans.add()
        request.resource_spans[0].scope_spans[0].spans.extend([ProtoSpan()] * 100_001)
        raw = request.SerializeToString()
    with pytest.raises(BodyRefused) as refused:
        split(Body(raw, content_type), 20_000)
    assert (refused.value.status, refused.value.reason) == (413, "too_large")


def test_partial_success_is_said_in_the_encoding_of_the_request() -> None:
    """How many, and the first messages; nothing where all was taken."""
    reply = taken(PROTOBUF, 2, ["time: is missing", "time: is missing"])
    response = ExportTraceServiceResponse.FromString(reply.content)
    assert (reply.status, reply.media_type) == (200, PROTOBUF)
    assert response.partial_success.rejected_spans == 2
    assert response.partial_success.error_message == "time: is missing"
    assert json.loads(taken(JSON, 2, ["a", "b"]).content) == {
        "partialSuccess": {"rejectedSpans": "2", "errorMessage": "a; b"}
    }
    assert (taken(PROTOBUF, 0, []).content, taken(JSON, 0, []).content) == (b"", b"{}")


def test_problems_are_a_status_message() -> None:
    """google.rpc.Status: code and message, which every OTLP client can read."""
    message = "the body is no ExportTraceServiceRequest; " * 5
    said = problem(PROTOBUF, 400, "invalid_protobuf", message)
    text = f"invalid_protobuf: {message}".encode()
    assert said.content == b"\x08\x03\x12" + bytes((len(text) & 0x7F | 0x80, len(text) >> 7)) + text
    assert (said.status, said.media_type) == (400, PROTOBUF)
    assert json.loads(problem(JSON, 503, "broker_down", "later").content) == {
        "code": 14,
        "reason": "broker_down",
        "message": "later",
    }
