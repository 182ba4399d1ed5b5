"""How a request ended, by LiteLLM's error classes and status codes. Pure."""

from __future__ import annotations

from typing import Final

from collectors.litellm.payload import Payload, inner, text

_FILTERED: Final = frozenset(
    {
        "BlockedPiiEntityError",
        "ContentPolicyViolationError",
        "GuardrailRaisedException",
        "RejectedRequestError",
    }
)
_LIMITED: Final = frozenset({"BudgetExceededError", "RateLimitError", "RouterRateLimitError"})
_CANCELLED: Final = frozenset(
    {"CancelledError", "ClientDisconnect", "ClientDisconnectedError", "GeneratorExit"}
)
_BY_CODE: Final = {"408": "timeout", "504": "timeout", "429": "rate_limited", "499": "cancelled"}
#: What a provider refuses before it does any work: the tokens are known to be none.
_UNTOUCHED: Final = frozenset({"401", "403", "404", "429"})


def outcome(payload: Payload) -> str:
    """One of contract.names.OUTCOMES."""
    if text(payload, "status") != "failure":
        return "content_filtered" if _stopped_by_filter(payload) else "success"
    told = inner(payload, "error_information")
    name = text(told, "error_class")
    intervened = text(inner(payload, "status_fields"), "guardrail_status") == "guardrail_intervened"
    if name in _FILTERED or intervened or "CONTENT_POLICY" in text(told, "normalized_error"):
        return "content_filtered"
    if name in _LIMITED:
        return "rate_limited"
    if name in _CANCELLED:
        return "cancelled"
    if "Timeout" in name:
        return "timeout"
    return _BY_CODE.get(_code(payload), "error")


def used_nothing(payload: Payload) -> bool:
    """Whether a request failed in a way that is known to use no tokens."""
    return text(payload, "status") == "failure" and _code(payload) in _UNTOUCHED


def _code(payload: Payload) -> str:
    return text(inner(payload, "error_information"), "error_code")


def _stopped_by_filter(payload: Payload) -> bool:
    choices = inner(payload, "response").get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, dict) and first.get("finish_reason") == "content_filter"
