"""How a request ended, by error type, HTTP status and finish reasons. Never by messages. Pure."""

from __future__ import annotations

from typing import Final

from collectors.otlp.span import Span

#: Parts of error.type (lower case, without punctuation) -> outcome, the first that fits.
_BY_NAME: Final = (
    ("contentfilter", "content_filtered"),
    ("contentpolicy", "content_filtered"),
    ("ratelimit", "rate_limited"),
    ("toomanyrequests", "rate_limited"),
    ("throttling", "rate_limited"),
    ("resourceexhausted", "rate_limited"),
    ("insufficientquota", "rate_limited"),
    ("timeout", "timeout"),
    ("timedout", "timeout"),
    ("deadlineexceeded", "timeout"),
    ("cancel", "cancelled"),
    ("generatorexit", "cancelled"),
    ("abort", "cancelled"),
    ("disconnect", "cancelled"),
)
_BY_CODE: Final = {408: "timeout", 504: "timeout", 429: "rate_limited", 499: "cancelled"}
#: What a provider refuses before it does any work: the tokens are known to be none.
_UNTOUCHED_CODES: Final = frozenset({401, 403, 404, 429})
_UNTOUCHED_NAMES: Final = ("ratelimit", "toomanyrequests", "authentication", "permissiondenied", "notfound")
_FILTERS: Final = frozenset({"content_filter", "content_filtered", "guardrail_intervened", "safety"})
_FINISHES: Final = (
    "gen_ai.response.finish_reasons",
    "llm.response.finish_reason",
    "llm.response.stop_reason",
)


def outcome(span: Span) -> str:
    """One of contract.names.OUTCOMES."""
    if not has_failed(span):
        return "content_filtered" if _stopped_by_filter(span) else "success"
    name = _error(span)
    by_name = next((found for part, found in _BY_NAME if part in name), None)
    return by_name or _BY_CODE.get(_code(span), "error")


def has_failed(span: Span) -> bool:
    """Its status is an error, or it has an error type."""
    return span.failed or bool(span.text("error.type"))


def used_nothing(span: Span) -> bool:
    """Whether a request failed in a way that is known to use no tokens."""
    name = _error(span)
    return has_failed(span) and (
        _code(span) in _UNTOUCHED_CODES or any(part in name for part in _UNTOUCHED_NAMES)
    )


def _error(span: Span) -> str:
    return "".join(letter for letter in span.text("error.type").lower() if letter.isalnum())


def _code(span: Span) -> int:
    """HTTP status, 0 where unknown."""
    said = span.text("error.type")
    if len(said) == 3 and said.isascii() and said.isdecimal():
        return int(said)
    for name in ("http.response.status_code", "http.status_code"):
        code = span.attributes.get(name)
        if isinstance(code, int) and 100 <= code <= 599:
            return code
    return 0


def _stopped_by_filter(span: Span) -> bool:
    for name in _FINISHES:
        said = span.attributes.get(name)
        reasons = said if isinstance(said, tuple) else (said,)
        if any(isinstance(reason, str) and reason.lower() in _FILTERS for reason in reasons):
            return True
    return False
