"""One inference span to the public usage event. Pure; sees no message and no answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from collectors._sdk.errors import Refused
from collectors.otlp.attributes import attributes
from collectors.otlp.naming import provider, region, service_tier
from collectors.otlp.outcome import outcome, used_nothing
from collectors.otlp.span import Span, text
from collectors.otlp.usage import tokens
from stream.contract.names import is_identifier, is_name, looks_like_secret

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_NS: Final = 4 * 10**18  #: the year 2096
_NS_PER_SECOND: Final = 10**9
_DAY_NS: Final = 86_400 * _NS_PER_SECOND
_TRACE: Final = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN: Final = re.compile(r"(?!0{16})[0-9a-f]{16}")
_LONGEST_USER: Final = 256
_ENVIRONMENTS: Final = ("deployment.environment.name", "deployment.environment")


def translate(item: object) -> Mapping[str, object]:
    """The usage event of one span (contract.usage.UsageEvent). Raises Refused."""
    if not isinstance(item, Span):
        raise Refused("invalid_type", "", "is no span; send an ExportTraceServiceRequest of OTLP")
    span, used = item, tokens(item)
    first = _first_token(span)
    fields: dict[str, object | None] = {
        "event_id": _event_id(span),
        "time": _time(span),
        "provider": _provider(span),
        "model": _model(span),
        "source": _label(text(span.resource, "service.name")),
        "environment": _environment(span),
        "response_id": _identifier(span.text("gen_ai.response.id")),
        "trace_id": span.trace_id,
        "outcome": outcome(span),
        "region": region(span),
        "service_tier": service_tier(span),
        "user": _user(span),
        "usage": {} if used is None and used_nothing(span) else used,
        "duration_seconds": _elapsed(span, span.end_ns),
        "time_to_first_token_seconds": first,
        "stream": first is not None or _streamed(span),
        "attributes": attributes(span),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _event_id(span: Span) -> str:
    if not _TRACE.fullmatch(span.trace_id) or not _SPAN.fullmatch(span.span_id):
        raise Refused("invalid_value", "event_id", "the span has no valid trace id and span id; send both")
    return f"{span.trace_id}:{span.span_id}"


def _time(span: Span) -> str:
    if span.start_ns == 0:
        raise Refused("missing_field", "time", "the span has no start time; send it")
    if not 0 < span.start_ns <= _LATEST_NS:
        raise Refused("invalid_value", "time", "the span's start is no time in nanoseconds since 1970")
    return (_EPOCH + timedelta(microseconds=span.start_ns // 1000)).isoformat()


def _provider(span: Span) -> str:
    found = provider(span)
    if not found:
        raise Refused("missing_field", "provider", "is missing; send gen_ai.provider.name")
    return found


def _model(span: Span) -> str:
    found = span.text("gen_ai.request.model", "gen_ai.response.model")
    if not found:
        raise Refused("missing_field", "model", "is missing; send gen_ai.request.model")
    return found


def _label(name: str) -> str | None:
    return name if is_name(name) and not looks_like_secret(name) else None


def _identifier(name: str) -> str | None:
    return name if is_identifier(name) else None


def _environment(span: Span) -> str | None:
    said = [text(values, name) for values in (span.attributes, span.resource) for name in _ENVIRONMENTS]
    return next((name for name in said if _label(name)), None)


def _user(span: Span) -> str | None:
    """Becomes a keyed pseudonym."""
    user = span.text("user.id", "enduser.id", "llm.user")
    return user if 0 < len(user) <= _LONGEST_USER else None


def _streamed(span: Span) -> bool:
    return any(span.attributes.get(name) is True for name in ("gen_ai.request.stream", "llm.is_streaming"))


def _first_token(span: Span) -> float | None:
    """Seconds until the first token, as said or by the event of the first token."""
    said = span.attributes.get("gen_ai.response.time_to_first_chunk")
    if isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said * _NS_PER_SECOND <= _DAY_NS:
        return round(float(said), 6)
    return None if span.first_token_ns is None else _elapsed(span, span.first_token_ns)


def _elapsed(span: Span, until_ns: int) -> float | None:
    """Seconds from the start; None where unknown or implausible."""
    elapsed_ns = until_ns - span.start_ns
    return round(elapsed_ns / _NS_PER_SECOND, 6) if 0 <= elapsed_ns <= _DAY_NS else None
