"""OTLP's protobuf encoding to spans. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collectors._sdk.errors import BodyRefused
from collectors._sdk.json_items import too_many
from collectors.otlp.span import FIRST_TOKEN_EVENTS, MOST_SPANS, Kept, Span, Value

_ERROR: Final = 2  #: Status.STATUS_CODE_ERROR


def read_protobuf(raw: bytes) -> list[Span]:
    """All spans of an ExportTraceServiceRequest, in their order. Raises BodyRefused."""
    try:
        request = ExportTraceServiceRequest.FromString(raw)
    except DecodeError:
        message = "the body is no ExportTraceServiceRequest of OTLP; send traces as protobuf"
        raise BodyRefused(400, "invalid_protobuf", message) from None
    if sum(len(scope.spans) for part in request.resource_spans for scope in part.scope_spans) > MOST_SPANS:
        raise too_many(MOST_SPANS)
    spans = []
    for part in request.resource_spans:
        resource = _attributes(part.resource.attributes)
        for scope in part.scope_spans:
            spans += [_span(span, resource) for span in scope.spans]
    return spans


def _span(span: Any, resource: dict[str, Value]) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        failed=span.status.code == _ERROR,
        first_token_ns=next((e.time_unix_nano for e in span.events if e.name in FIRST_TOKEN_EVENTS), None),
        attributes=_attributes(span.attributes),
        resource=resource,
    )


def _attributes(pairs: Iterable[Any]) -> dict[str, Value]:
    kept = Kept()
    for pair in pairs:
        if kept.wants(pair.key):
            value = _value(pair.value)
            if value is not None:
                kept.keep(pair.key, value)
    return kept.values


def _value(value: Any) -> Value | None:
    match value.WhichOneof("value"):
        case "string_value":
            return str(value.string_value)
        case "int_value":
            return int(value.int_value)
        case "double_value":
            return float(value.double_value)
        case "bool_value":
            return bool(value.bool_value)
        case "array_value":
            return tuple(v.string_value for v in value.array_value.values if v.HasField("string_value"))
    return None
