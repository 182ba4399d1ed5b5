"""The working day that the demo plays: five departments, their use cases, and how their requests look.

Figures lie within the ranges of the KPI catalogue: latency under 3 s overall, under 5 s for chat and under
2 s for code suggestions, more than 99.5 % of requests answered. Pure: constants only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Model:
    """``ttft_s``: median time to first token. ``tokens_per_s``: median speed of output."""

    provider: str
    name: str
    ttft_s: float
    tokens_per_s: float
    reasons: bool = False


GPT_5 = Model("openai", "gpt-5", 0.9, 110, reasons=True)
GPT_5_MINI = Model("openai", "gpt-5-mini", 0.4, 170)
GPT_4O_MINI = Model("openai", "gpt-4o-mini", 0.3, 140)
O4_MINI = Model("openai", "o4-mini", 0.8, 150, reasons=True)
SONNET = Model("anthropic", "claude-sonnet-4-5", 0.7, 95)
HAIKU = Model("anthropic", "claude-haiku-4-5", 0.35, 180)
FLASH = Model("google", "gemini-2.5-flash", 0.3, 210)
PRO = Model("google", "gemini-2.5-pro", 0.9, 120, reasons=True)
MISTRAL = Model("mistral", "mistral-large-latest", 0.5, 90)
CODESTRAL = Model("mistral", "codestral-latest", 0.2, 190)
BEDROCK = Model("aws.bedrock", "anthropic.claude-sonnet-4-20250514-v1:0", 0.8, 85)
AZURE = Model("azure", "gpt-4o", 0.5, 110)
#: On nobody's price list.
UNKNOWN_MODELS: Final = (
    Model("self-hosted", "assistant-7b", 0.2, 60),
    Model("openai", "preview-unlisted", 0.6, 90),
)


@dataclass(frozen=True)
class Shape:
    """How requests look: token medians, ``spread``: sigma of their log-normal, ``streams``: share streamed.

    A prompt cache holds the share ``cached`` of the prompt in the share ``cache_rate`` of requests.
    """

    input_tokens: int
    output_tokens: int
    spread: float
    streams: float
    cache_rate: float
    cached: float


@dataclass(frozen=True)
class Piece:
    """A piece of work: what comes out, ``minutes`` of it by hand, the share of them ``with_ai``, and in which
    share of the pieces done with AI it does all.
    """

    deliverable: str
    minutes: float
    with_ai: float
    automated: float


@dataclass(frozen=True)
class UseCase:
    """``weight``: share of all requests. ``people``: how many use it. ``models`` with their weights."""

    department: str
    name: str
    features: tuple[str, ...]
    weight: int
    people: int
    models: tuple[tuple[Model, int], ...]
    shape: Shape
    work: Piece


USE_CASES: Final = (
    UseCase(
        "customer service",
        "ticket replies",
        ("draft", "tone check"),
        weight=22,
        people=60,
        models=((GPT_5_MINI, 5), (HAIKU, 3), (SONNET, 1)),
        shape=Shape(1400, 190, spread=0.6, streams=0.7, cache_rate=0.6, cached=0.7),
        work=Piece("ticket", 9.0, 0.62, 0.3),
    ),
    UseCase(
        "customer service",
        "self-service chat",
        ("answer", "hand-over"),
        weight=18,
        people=40,
        models=((FLASH, 5), (GPT_4O_MINI, 4)),
        shape=Shape(900, 140, spread=0.5, streams=0.95, cache_rate=0.7, cached=0.6),
        work=Piece("conversation", 6.0, 0.5, 0.6),
    ),
    UseCase(
        "customer service",
        "call summaries",
        ("summary",),
        weight=8,
        people=50,
        models=((FLASH, 3), (GPT_4O_MINI, 2)),
        shape=Shape(3800, 210, spread=0.5, streams=0.1, cache_rate=0.2, cached=0.3),
        work=Piece("call note", 5.0, 0.55, 0.5),
    ),
    UseCase(
        "software development",
        "code completion",
        ("inline", "block"),
        weight=20,
        people=45,
        models=((CODESTRAL, 6), (HAIKU, 2), (GPT_5_MINI, 2)),
        shape=Shape(2100, 45, spread=0.7, streams=0.8, cache_rate=0.8, cached=0.8),
        work=Piece("change", 40.0, 0.72, 0.05),
    ),
    UseCase(
        "software development",
        "code review",
        ("review",),
        weight=6,
        people=45,
        models=((SONNET, 3), (GPT_5, 2)),
        shape=Shape(6500, 330, spread=0.7, streams=0.5, cache_rate=0.4, cached=0.5),
        work=Piece("review", 35.0, 0.75, 0.1),
    ),
    UseCase(
        "software development",
        "test writing",
        ("generate",),
        weight=3,
        people=30,
        models=((SONNET, 2), (O4_MINI, 1)),
        shape=Shape(4200, 420, spread=0.6, streams=0.5, cache_rate=0.4, cached=0.5),
        work=Piece("test suite", 50.0, 0.66, 0.2),
    ),
    UseCase(
        "marketing",
        "product texts",
        ("draft", "translate"),
        weight=6,
        people=18,
        models=((GPT_5_MINI, 3), (MISTRAL, 2)),
        shape=Shape(800, 280, spread=0.5, streams=0.6, cache_rate=0.3, cached=0.5),
        work=Piece("text", 45.0, 0.6, 0.2),
    ),
    UseCase(
        "marketing",
        "campaign ideas",
        ("brainstorm",),
        weight=3,
        people=18,
        models=((GPT_5, 1),),
        shape=Shape(600, 320, spread=0.5, streams=0.9, cache_rate=0.1, cached=0.4),
        work=Piece("concept", 90.0, 0.8, 0.0),
    ),
    UseCase(
        "human resources",
        "policy questions",
        ("answer",),
        weight=5,
        people=25,
        models=((AZURE, 1),),
        shape=Shape(2600, 150, spread=0.5, streams=0.9, cache_rate=0.8, cached=0.8),
        work=Piece("answer", 12.0, 0.55, 0.4),
    ),
    UseCase(
        "human resources",
        "job descriptions",
        ("draft",),
        weight=1,
        people=6,
        models=((AZURE, 1),),
        shape=Shape(700, 260, spread=0.4, streams=0.5, cache_rate=0.1, cached=0.4),
        work=Piece("job description", 60.0, 0.6, 0.1),
    ),
    UseCase(
        "finance",
        "report drafting",
        ("draft",),
        weight=3,
        people=14,
        models=((BEDROCK, 2), (PRO, 1)),
        shape=Shape(9000, 420, spread=0.6, streams=0.3, cache_rate=0.2, cached=0.4),
        work=Piece("report", 240.0, 0.7, 0.05),
    ),
    UseCase(
        "finance",
        "invoice checks",
        ("extract",),
        weight=5,
        people=10,
        models=((FLASH, 1),),
        shape=Shape(1800, 60, spread=0.5, streams=0.0, cache_rate=0.5, cached=0.6),
        work=Piece("invoice", 4.0, 0.5, 0.7),
    ),
)

#: Requests by hour of the working day, 1 = the day's mean: morning peak, lunch, afternoon peak.
HOURS: Final = (0.6, 1.0, 1.3, 1.4, 1.1, 0.6, 0.9, 1.3, 1.2, 0.6)


@dataclass(frozen=True)
class Rates:
    """How often things happen that a source must survive: shares of attempts, requests or bodies."""

    rate_limited: float = 0.008
    timeout: float = 0.004
    error: float = 0.006
    retried: float = 0.85  #: of failed attempts that are not the last allowed
    most_attempts: int = 3
    cancelled: float = 0.004
    content_filtered: float = 0.002
    copied: float = 0.12  #: of attempts, by the second source
    stream_without_usage: float = 0.05  #: of streams
    completed: float = 0.7  #: of those, by a copy that knows
    response_cache: float = 0.02
    unknown_model: float = 0.012
    unattributed: float = 0.015
    elsewhere: float = 0.03  #: not production
    outsiders: float = 0.006  #: requests of people who belong to no department
    lapsed: float = 0.4  #: of requests more than 8 days ago, by people who have stopped since
    failed_in_outage: float = 0.9
    bad_field: float = 0.006
    too_old: float = 0.003
    not_json: float = 0.03  #: of bodies
    sent_again: float = 0.02  #: of bodies


RATES: Final = Rates()
#: A provider was down for a while in the afternoon.
OUTAGE_OF: Final = "mistral"
OUTAGE_AGO_US: Final = 3 * 3_600_000_000
OUTAGE_US: Final = 25 * 60_000_000
GUESTS: Final = 12


def prefix(department: str) -> str:
    """Initials, with which the ids of its people begin."""
    return "".join(word[0] for word in department.split())


def lapsed(department: str) -> int:
    """How many of its people have stopped using it."""
    return max(6, _active(department) // 5)


def _active(department: str) -> int:
    return max(case.people for case in USE_CASES if case.department == department)


def people() -> Iterator[tuple[str, str]]:
    """(person, department) of everybody it is meant for: who uses it, who stopped, who never began."""
    for department in dict.fromkeys(case.department for case in USE_CASES):
        letters, active = prefix(department), _active(department)
        for number in range(1, active + 1):
            yield f"{letters}-{number:03d}", department
        for number in range(1, lapsed(department) + 1):
            yield f"{letters}-lapsed-{number:02d}", department
        for number in range(1, max(1, active // 10) + 1):
            yield f"{letters}-never-{number:02d}", department
