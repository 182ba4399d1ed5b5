"""Which failed calls of a body were followed by another attempt. Pure.

LiteLLM's failure payload does not say whether a retry or fallback follows. Within one body the followers are
seen: calls of one proxy request share ``litellm_call_id``, attempts of the SDK's router share ``trace_id``.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from collectors._sdk.receiver import Body
from collectors.litellm.payload import Payload, inner, text
from collectors.litellm.reading import read_body

#: LiteLLM waits at most a provider's Retry-After of 60 s before it tries again.
_LONGEST_WAIT_S: Final = 60.0
_MOST_ATTEMPTS: Final = 255


class Attempt(dict[str, object]):
    """A payload with its place among the attempts of its request."""

    number: int = 1
    final: bool = True


def split(body: Body, most: int) -> list[object]:
    """Items of a body, those that belong together as Attempts. Raises BodyRefused."""
    items = read_body(body, most)
    traces: dict[str, list[tuple[int, Payload]]] = defaultdict(list)
    for index, item in enumerate(items):
        if isinstance(item, dict) and (trace := text(item, "trace_id")):
            traces[trace].append((index, item))
    for calls in traces.values():
        if len(calls) > 1:
            _number(items, calls)
    return items


def _number(items: list[object], calls: list[tuple[int, Payload]]) -> None:
    """Make the calls of one trace Attempts, in the order of their start. A body may hold a call twice."""
    attempts: dict[tuple[str, float], Attempt] = {}
    before: Attempt | None = None
    for index, payload in sorted(calls, key=lambda call: _time(call[1], "startTime")):
        key = text(payload, "litellm_call_id"), _time(payload, "startTime")
        attempt = attempts.get(key)
        if attempt is None:
            attempt = attempts[key] = Attempt(payload)
            if before is not None and _follows(attempt, before):
                before.final = False
                attempt.number = min(before.number + 1, _MOST_ATTEMPTS)
            before = attempt
        items[index] = attempt


def _follows(payload: Payload, before: Payload) -> bool:
    """Whether ``payload`` is what LiteLLM tried after ``before`` had failed."""
    if text(before, "status") != "failure":
        return False
    if text(payload, "litellm_call_id") == text(before, "litellm_call_id"):
        return True
    if tries_before(payload) == 0:
        return False
    return -1 <= _time(payload, "startTime") - _time(before, "endTime") <= _LONGEST_WAIT_S


def tries_before(payload: Payload) -> int | None:
    """Retries and fallbacks before this call, None where LiteLLM does not tell (failures, streams)."""
    headers = inner(payload, "hidden_params", "additional_headers")
    told = [headers.get(f"x-litellm-attempted-{kind}") for kind in ("retries", "fallbacks")]
    known = [n for n in told if isinstance(n, int) and not isinstance(n, bool) and 0 <= n < _MOST_ATTEMPTS]
    return sum(known) if known else None


def _time(payload: Payload, name: str) -> float:
    found = payload.get(name)
    return float(found) if isinstance(found, int | float) and -1e15 < found < 1e15 else 0.0
