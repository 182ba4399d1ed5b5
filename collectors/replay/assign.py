"""Who asked, for what, and of which model: assigned to the rows of a trace, since traces do not say. Pure.

The rule is in README.md, so that anybody can compute every figure again: for each row, field and seed,

    draw(seed, row, field) = the first 8 bytes, big-endian, of SHA-256("SEED/ROW/FIELD")

and the entry of a table is the one in whose share of the summed weights ``draw mod sum`` falls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PEOPLE: Final = 240

#: (department, use case, feature, weight)
WORK: Final = (
    ("customer service", "ticket replies", "draft", 22),
    ("customer service", "self-service chat", "answer", 18),
    ("customer service", "call summaries", "summary", 8),
    ("software development", "code completion", "inline", 20),
    ("software development", "code review", "review", 8),
    ("software development", "test writing", "generate", 5),
    ("marketing", "product texts", "draft", 6),
    ("marketing", "campaign ideas", "brainstorm", 3),
    ("human resources", "policy questions", "answer", 4),
    ("human resources", "job descriptions", "draft", 1),
    ("finance", "report drafting", "draft", 3),
    ("finance", "invoice checks", "extract", 2),
)
#: (provider, model, weight)
MODELS: Final = (
    ("openai", "gpt-5-mini", 28),
    ("openai", "gpt-5", 12),
    ("openai", "gpt-4o-mini", 10),
    ("anthropic", "claude-haiku-4-5", 16),
    ("anthropic", "claude-sonnet-4-5", 12),
    ("google", "gemini-2.5-flash", 12),
    ("google", "gemini-2.5-pro", 4),
    ("mistral", "mistral-large-latest", 4),
    ("aws.bedrock", "anthropic.claude-sonnet-4-20250514-v1:0", 2),
)


@dataclass(frozen=True, slots=True)
class Assignment:
    department: str
    use_case: str
    feature: str
    provider: str
    model: str
    user: str


def draw(seed: int, row: int, field: str) -> int:
    """0 <= draw < 2**64, the same on every machine and in every version."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{row}/{field}".encode()).digest()[:8], "big")


def pick(weights: Sequence[int], drawn: int) -> int:
    """Index of the entry in whose share ``drawn mod sum(weights)`` falls."""
    rest = drawn % sum(weights)
    for index, weight in enumerate(weights):
        if rest < weight:
            return index
        rest -= weight
    raise AssertionError("weights are positive")


_WORK_WEIGHTS: Final = [weight for *_, weight in WORK]
_MODEL_WEIGHTS: Final = [weight for *_, weight in MODELS]


def assign(seed: int, row: int) -> Assignment:
    """What the row numbered ``row`` (from 0) is said to be, for a ``seed``."""
    department, use_case, feature, _ = WORK[pick(_WORK_WEIGHTS, draw(seed, row, "work"))]
    provider, model, _ = MODELS[pick(_MODEL_WEIGHTS, draw(seed, row, "model"))]
    person = 1 + draw(seed, row, "person") % PEOPLE
    return Assignment(department, use_case, feature, provider, model, f"person-{person:03d}")
