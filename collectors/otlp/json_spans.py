"""OTLP's JSON encoding to spans: hexadecimal ids, camelCase names, 64-bit numbers as texts. Pure.

Bodies of messages, events and attributes that nobody reads are skipped, never built.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from collectors._sdk.errors import BodyRefused, Refused
from collectors._sdk.json_items import too_many
from collectors.otlp.span import FIRST_TOKEN_EVENTS, MOST_SPANS, Kept, Span, Value

_MOST_COMMAS: Final = 1_000_000  #: beyond, a body could be far larger decoded than it is sent
_MOST_DIGITS: Final = 20
_NULL: Final = msgspec.Raw(b"null")
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Struct(msgspec.Struct, rename="camel"):
    """Names as OTLP's JSON has them."""


class _Pair(_Struct):
    key: str = ""
    value: msgspec.Raw = _NULL


class _Array(_Struct):
    values: list[msgspec.Raw] | None = None


class _Any(_Struct):
    string_value: str | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    bool_value: bool | None = None
    array_value: _Array | None = None


class _Text(_Struct):
    string_value: str | None = None


class _Event(_Struct):
    name: str = ""
    time_unix_nano: int | str | None = None


class _Status(_Struct):
    code: int | str | None = None


class _Span(_Struct):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = None
    start_time_unix_nano: int | str | None = None
    end_time_unix_nano: int | str | None = None
    attributes: list[_Pair] | None = None
    events: list[_Event] | None = None
    status: _Status | None = None


class _Resource(_Struct):
    attributes: list[_Pair] | None = None


class _ScopeSpans(_Struct):
    spans: list[msgspec.Raw] | None = None


class _ResourceSpans(_Struct):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Request(_Struct):
    resource_spans: list[_ResourceSpans] | None = None


_request = msgspec.json.Decoder(_Request)
_span = msgspec.json.Decoder(_Span)
_any = msgspec.json.Decoder(_Any)
_text = msgspec.json.Decoder(_Text)


def read_json(raw: bytes) -> list[Span | Refused]:
    """All spans of a request, a Refused in the place of each that cannot be read. Raises BodyRefused."""
    if raw.count(b",") > _MOST_COMMAS:
        raise too_many(_MOST_COMMAS)
    try:
        request = _request.decode(raw)
        spans: list[Span | Refused] = []
        if _count(request) > MOST_SPANS:
            raise too_many(MOST_SPANS)
        for part in request.resource_spans or ():
            resource = _attributes(part.resource.attributes if part.resource else None)
            for scope in part.scope_spans or ():
                spans += [_read(bytes(span), resource) for span in scope.spans or ()]
    except _UNREADABLE:
        message = "the body is no ExportTraceServiceRequest of OTLP; send traces in OTLP's JSON encoding"
        raise BodyRefused(400, "invalid_json", message) from None
    return spans


def _count(request: _Request) -> int:
    parts = request.resource_spans or ()
    return sum(len(scope.spans or ()) for part in parts for scope in part.scope_spans or ())


def _read(raw: bytes, resource: dict[str, Value]) -> Span | Refused:
    if raw == b"null":
        return Refused("null_event", "", "null is no span; leave it out")
    try:
        span = _span.decode(raw)
        attributes = _attributes(span.attributes)
    except _UNREADABLE:
        return Refused("invalid_type", "", "is no span of OTLP's JSON encoding")
    events = span.events or ()
    return Span(
        trace_id=span.trace_id.lower(),
        span_id=span.span_id.lower(),
        parent_id=(span.parent_span_id or "").lower(),
        start_ns=_integer(span.start_time_unix_nano) or 0,
        end_ns=_integer(span.end_time_unix_nano) or 0,
        failed=span.status is not None and span.status.code in (2, "STATUS_CODE_ERROR"),
        first_token_ns=next(
            (_integer(event.time_unix_nano) for event in events if event.name in FIRST_TOKEN_EVENTS), None
        ),
        attributes=attributes,
        resource=resource,
    )


def _attributes(pairs: list[_Pair] | None) -> dict[str, Value]:
    """Raises msgspec.DecodeError for a value that is read and has another shape."""
    kept = Kept()
    for pair in pairs or ():
        if kept.wants(pair.key) and bytes(pair.value) != b"null":
            value = _value(_any.decode(pair.value))
            if value is not None:
                kept.keep(pair.key, value)
    return kept.values


def _value(value: _Any) -> Value | None:
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return _integer(value.int_value)
    if value.double_value is not None:
        return _double(value.double_value)
    if value.bool_value is not None:
        return value.bool_value
    if value.array_value is not None:
        found = (_text.decode(part) for part in value.array_value.values or ())
        return tuple(part.string_value for part in found if part.string_value is not None)
    return None


def _integer(said: Any) -> int | None:
    if isinstance(said, str):
        digits = said.removeprefix("-")
        return int(said) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else None
    return said if isinstance(said, int) and abs(said) < 10**_MOST_DIGITS else None


def _double(said: Any) -> float | None:
    try:
        return float(said)
    except (ValueError, OverflowError):
        return None
