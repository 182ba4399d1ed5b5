"""Spans for the tests of the OTLP receiver, in both encodings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from collectors.otlp.span import Span

START_NS = 1_795_558_068_000_000_000
TRACE = "5b8efff798038103d269b633813fc60c"
CHAT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 20,
}


def span(number: int = 1, parent: int | None = None, *, failed: bool = False, **more: Any) -> Span:
    """A chat; ``more``: ``attributes`` beside CHAT's (None leaves one out) and other fields of Span."""
    attributes = {**CHAT, **more.pop("attributes", {})}
    fields: dict[str, Any] = {"start_ns": START_NS, "end_ns": START_NS + 2 * 10**9, **more}
    return Span(
        TRACE,
        f"{number:016x}",
        "" if parent is None else f"{parent:016x}",
        failed=failed,
        attributes={name: value for name, value in attributes.items() if value is not None},
        **fields,
    )


def json_body(spans: Sequence[Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """A request in OTLP's JSON encoding, spans in that encoding already."""
    attributes = [pair(name, value) for name, value in (resource or {}).items()]
    return {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"spans": spans}]}]}


def pair(name: str, value: Any) -> dict[str, Any]:
    """An attribute in OTLP's JSON encoding."""
    return {"key": name, "value": any_value(value)}


def any_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(part) for part in value]}}
    return {"stringValue": value}


def to_protobuf(body: dict[str, Any]) -> bytes:
    """The same request in protobuf. ``body``: well formed, in OTLP's JSON encoding."""
    request = ExportTraceServiceRequest()
    for part in body["resourceSpans"]:
        resource_spans = request.resource_spans.add()
        resource_spans.resource.attributes.extend(_pairs(part.get("resource", {})))
        for scope in part["scopeSpans"]:
            scope_spans = resource_spans.scope_spans.add()
            for span in scope["spans"]:
                _add(scope_spans.spans.add(), span)
    return request.SerializeToString()


def _add(into: Any, span: dict[str, Any]) -> None:
    into.trace_id = bytes.fromhex(span["traceId"])
    into.span_id = bytes.fromhex(span["spanId"])
    into.parent_span_id = bytes.fromhex(span.get("parentSpanId", ""))
    into.name = span.get("name", "")
    into.start_time_unix_nano = int(span.get("startTimeUnixNano", 0))
    into.end_time_unix_nano = int(span.get("endTimeUnixNano", 0))
    into.attributes.extend(_pairs(span))
    into.status.code = span.get("status", {}).get("code", 0)
    into.status.message = span.get("status", {}).get("message", "")
    for event in span.get("events", []):
        made = into.events.add()
        made.name, made.time_unix_nano = event["name"], int(event.get("timeUnixNano", 0))
        made.attributes.extend(_pairs(event))


def _pairs(holder: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=p["key"], value=_any(p["value"])) for p in holder.get("attributes", [])]


def _any(value: dict[str, Any]) -> AnyValue:
    ((kind, said),) = value.items()
    match kind:
        case "stringValue":
            return AnyValue(string_value=said)
        case "intValue":
            return AnyValue(int_value=int(said))
        case "doubleValue":
            return AnyValue(double_value=said)
        case "boolValue":
            return AnyValue(bool_value=said)
    made = AnyValue()
    made.array_value.values.extend(_any(part) for part in said["values"])
    return made
