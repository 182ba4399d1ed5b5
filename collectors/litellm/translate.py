"""LiteLLM's standard logging payload to the public usage event. Pure; looks at no message and no answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from collectors._sdk.errors import Refused
from collectors.litellm.attempts import Attempt, tries_before
from collectors.litellm.attributes import attributes
from collectors.litellm.naming import provider_and_model, region, service_tier
from collectors.litellm.outcome import outcome, used_nothing
from collectors.litellm.payload import Payload, inner, number, text
from collectors.litellm.usage import tokens, units, usage_object
from stream.contract.names import US_PER_SECOND, is_identifier, is_name, looks_like_secret

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_S: Final = 4e9  #: the year 2096
_DAY_S: Final = 86_400.0
_LONGEST_USER: Final = 256
HEALTH_CHECK: Final = "health-check"  #: environment of the gateway's own test requests
_HEALTH_CHECKER: Final = "litellm-internal-health-check"
_NO_MODEL: Final = frozenset({"", "unknown"})
_NOBODY: Final = frozenset({"default_user_id"})  #: whom LiteLLM names as owner of its master key
#: Call types that ask a model for something, as LiteLLM names them without the ``a`` of its async forms.
INFERENCE: Final = frozenset(
    {
        "anthropic_messages",
        "completion",
        "create_interaction",
        "create_video",
        "embedding",
        "generate_content",
        "generate_content_stream",
        "image_edit",
        "image_generation",
        "ocr",
        "realtime",
        "rerank",
        "responses",
        "responses_websocket",
        "speech",
        "text_completion",
        "transcription",
        "video_generation",
    }
)
#: Ask a model when they name one: a proxy passes on requests of any kind.
PASSED_THROUGH: Final = frozenset({"llm_passthrough_route", "pass_through_endpoint"})
#: Claude Code names a new "user" for every session; the part before is who asks.
_SESSION: Final = re.compile(r"(user_.+)_session_[0-9a-f\-]{36}")


def translate(item: object) -> Mapping[str, object]:
    """The usage event of one payload (contract.usage.UsageEvent). Raises Refused."""
    if item is None:
        raise Refused(
            "null_event", "", "LiteLLM sent null: it could not make the payload of a call (its log says why)"
        )
    if not isinstance(item, dict):
        raise Refused("invalid_type", "", "is no object; send LiteLLM's standard logging payload")
    payload: Payload = item
    usage = usage_object(payload)
    used, other = tokens(usage), units(payload, usage)
    cost = _cost(payload)
    _check_call(payload, bool(used or other or cost))
    ended, start, cache_hit = outcome(payload), _start(payload), payload.get("cache_hit") is True
    provider, model = provider_and_model(payload)
    known = bool(used or other) or used_nothing(payload)
    fields: dict[str, object | None] = {
        "event_id": _event_id(payload, start),
        "time": (_EPOCH + timedelta(seconds=start)).isoformat(),
        "provider": provider,
        "model": model,
        "environment": HEALTH_CHECK if _is_health_check(payload) else None,
        "source_key": _source_key(inner(payload, "metadata")),
        "response_id": None if cache_hit else _response_id(payload),
        "trace_id": _identifier(text(payload, "trace_id")),
        "request_group": _identifier(text(payload, "trace_id")),
        "outcome": ended,
        "region": region(payload, usage),
        "service_tier": service_tier(payload, usage),
        "user": _user(payload),
        "usage": used if known else None,
        "units": other or None,
        "cost_usd": None if cache_hit else cost,
        "duration_seconds": _elapsed(payload, start, "endTime"),
        "stream": payload.get("stream") is True,
        "cache_hit": cache_hit,
        "attributes": attributes(payload),
        **_attempt(payload, item),
    }
    if fields["stream"]:
        fields["time_to_first_token_seconds"] = _elapsed(payload, start, "completionStartTime")
    return {name: value for name, value in fields.items() if value is not None}


def _check_call(payload: Payload, used: bool) -> None:
    """Raises Refused for a call that asks no model: files, batches, lists, tools, moderation. What used
    tokens or money is never refused, whatever it is called.
    """
    call = text(payload, "call_type").removeprefix("_")
    names = {call, call.removeprefix("a")}
    asks = bool(names & INFERENCE or (names & PASSED_THROUGH and text(payload, "model") not in _NO_MODEL))
    if call and not asks and not used:
        raise Refused("invalid_value", "call_type", "asks no model and used nothing; it is not counted")


def _is_health_check(payload: Payload) -> bool:
    tags = payload.get("request_tags")
    tagged = isinstance(tags, list) and _HEALTH_CHECKER in tags
    return tagged or text(inner(payload, "metadata"), "user_api_key_alias") == _HEALTH_CHECKER


def _start(payload: Payload) -> float:
    start = number(payload, "startTime")
    if start is None:
        raise Refused("missing_field", "startTime", "is missing; send LiteLLM's standard logging payload")
    if not 0 <= start <= _LATEST_S:
        raise Refused("invalid_value", "startTime", "is no time in seconds since 1970")
    return start


def _event_id(payload: Payload, start: float) -> str:
    """LiteLLM's id of the call and its start: a proxy gives all attempts of a request one id of the call."""
    call = text(payload, "litellm_call_id") or text(payload, "id")
    if not call:
        raise Refused(
            "missing_field", "litellm_call_id", "is missing; send LiteLLM's standard logging payload"
        )
    return f"{call}:{round(start * US_PER_SECOND)}"


def _identifier(name: str) -> str | None:
    return name if is_identifier(name) else None


def _response_id(payload: Payload) -> str | None:
    """The provider's id of the answer. Where there is none LiteLLM puts its own id of the call."""
    told = text(inner(payload, "response"), "id") or text(payload, "id")
    if text(payload, "status") == "failure" or told == text(payload, "litellm_call_id"):
        return None
    return _identifier(told)


def _source_key(metadata: Payload) -> str | None:
    """Alias of the key, else of the team, else its id: the first that may be a label."""
    names = ("user_api_key_alias", "user_api_key_team_alias", "team_alias", "user_api_key_team_id")
    told = (text(metadata, name) for name in names)
    return next((name for name in told if is_name(name) and not looks_like_secret(name)), None)


def _user(payload: Payload) -> str | None:
    """Whom the caller names (``user``), else who owns the key. Becomes a keyed pseudonym."""
    metadata = inner(payload, "metadata")
    told = (
        text(payload, "end_user"),
        text(metadata, "user_api_key_end_user_id"),
        text(metadata, "user_api_key_user_id"),
    )
    user = next((name for name in told if name and name not in _NOBODY), "")
    session = _SESSION.fullmatch(user)
    user = session.group(1) if session else user
    return user if 0 < len(user) <= _LONGEST_USER else None


def _cost(payload: Payload) -> str | None:
    """LiteLLM's cost as an exact decimal. It says 0 for what it cannot price: that is unknown, not free."""
    cost = number(payload, "response_cost")
    return f"{Decimal(repr(cost)):f}" if cost else None


def _elapsed(payload: Payload, start: float, name: str) -> float | None:
    """Seconds from the start to ``name``; None where unknown or implausible."""
    end = number(payload, name)
    if end is None or not start <= end <= start + _DAY_S:
        return None
    return round(end - start, 6)


def _attempt(payload: Payload, item: object) -> dict[str, object]:
    """``attempt`` and ``final`` as far as LiteLLM lets them be known (see attempts.py)."""
    place, final = (item.number, item.final) if isinstance(item, Attempt) else (1, True)
    return {"attempt": min(255, max(place, 1 + (tries_before(payload) or 0))), "final": final}
