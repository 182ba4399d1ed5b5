"""What an answer means: an outcome, the tokens it says it used, and a line for people. Pure.

Of an answer only its status and its usage are looked at; nothing of its text is kept or told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from collectors.probes.probe import Probe
from stream.contract.leaves import MAX_LEAF_COUNT

SUCCESS: Final = "success"
ERROR: Final = "error"
TIMEOUT: Final = "timeout"
RATE_LIMITED: Final = "rate_limited"
_TOO_MANY: Final = 429


@dataclass(frozen=True)
class Verdict:
    """``outcome``: of contract.names.OUTCOMES. ``tokens``: used, None where some may have been used but
    nothing says so. ``said``: what is wrong and the mend, "" where nothing is.
    """

    outcome: str
    tokens: int | None = 0
    said: str = ""


@dataclass(frozen=True)
class Answered:
    """``duration_us``: from opening the connection to the last byte, None where no whole answer came."""

    verdict: Verdict
    duration_us: int | None = None


def judge(probe: Probe, status: int, body: bytes) -> Verdict:
    """Of a whole answer."""
    if probe.check == "openai":
        return _completion(body) if status == 200 else _status(status, "")
    if status == probe.expected_status:
        return Verdict(SUCCESS)
    return _status(status, f"; {probe.expected_status} is expected")


def _status(status: int, expected: str) -> Verdict:
    said = f"answers {status}{expected}; {_mend(status)}"
    return Verdict(RATE_LIMITED if status == _TOO_MANY else ERROR, 0, said)


def _mend(status: int) -> str:
    if status == _TOO_MANY:
        return "ask less often (every_seconds), or raise the limit"
    if status in (401, 403):
        return "see to api_key or headers"
    if status in (400, 422):
        return "see to model; one that reasons needs max_completion_tokens"
    if status in (404, 405, 410):
        return "see to url and model"
    if 300 <= status < 400:
        return "redirects are not followed: give the address it redirects to"
    return "see to the service" if status >= 500 else "see to url, or to expected_status"


def _completion(body: bytes) -> Verdict:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("choices"), list) or not answer["choices"]:
        said = "answers 200, but no chat completion; see to url: is it the base of an OpenAI-compatible API?"
        return Verdict(ERROR, 0, said)
    return Verdict(SUCCESS, _tokens(answer.get("usage")))


def _tokens(usage: object) -> int | None:
    """Tokens of a usage part, None when it holds none that can be believed."""
    if not isinstance(usage, dict):
        return None
    total = _count(usage.get("total_tokens"))
    if total is None:
        asked, answered = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
        total = None if asked is None or answered is None else asked + answered
    return total or None


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MAX_LEAF_COUNT else None
