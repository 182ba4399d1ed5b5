"""A span with only what the translation reads: content is left behind where the body is decoded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: A value of an attribute; of lists their texts alone.
Value = str | int | float | bool | tuple[str, ...]
#: Names that are read. Three generations of one thing stand side by side in the modules that read them.
READ: Final = frozenset(
    {
        # what was asked, and of whom
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.system",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "gen_ai.response.id",
        "gen_ai.response.finish_reasons",
        "gen_ai.request.stream",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.openai.request.service_tier",
        "gen_ai.openai.response.service_tier",
        "openai.request.service_tier",
        "openai.response.service_tier",
        "llm.request.type",
        "llm.is_streaming",
        "llm.response.finish_reason",
        "llm.response.stop_reason",
        "traceloop.span.kind",
        # what it used
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.prompt_tokens",
        "gen_ai.usage.completion_tokens",
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.audio.input_tokens",
        "gen_ai.usage.audio.output_tokens",
        "gen_ai.usage.audio.cache_read.input_tokens",
        "gen_ai.usage.image.input_tokens",
        "gen_ai.usage.image.output_tokens",
        "gen_ai.usage.image.cache_read.input_tokens",
        "llm.usage.prompt_tokens",
        "llm.usage.completion_tokens",
        "llm.usage.cache_read_input_tokens",
        "llm.usage.cache_creation_input_tokens",
        "llm.usage.reasoning_tokens",
        # how it ended, where, for whom
        "error.type",
        "http.response.status_code",
        "http.status_code",
        "server.address",
        "cloud.region",
        "user.id",
        "enduser.id",
        "llm.user",
        "deployment.environment.name",
        "deployment.environment",
        # what attribution rules may match (attributes.py)
        "service.name",
        "service.namespace",
        "service.version",
        "k8s.cluster.name",
        "k8s.namespace.name",
        "k8s.deployment.name",
        "cloud.account.id",
        "gen_ai.agent.name",
        "gen_ai.agent.id",
        "gen_ai.workflow.name",
        "traceloop.workflow.name",
        "traceloop.entity.name",
        "tags",
    }
)
MOST_SPANS: Final = 100_000  #: of a body, whether they count or not: empty ones are two bytes each
#: Prefix of attributes that an application sets for attribution rules alone.
OWN: Final = "tokonomics."
_MOST_OWN: Final = 8
_LONGEST: Final = 1000
_MOST_VALUES: Final = 32
#: Events whose time says when the answer began; of events nothing else is read but their name.
FIRST_TOKEN_EVENTS: Final = frozenset(
    {"First Token Stream Event", "gen_ai.first_token", "llm.content.completion.chunk"}
)


@dataclass(frozen=True, slots=True)
class Span:
    """``trace_id``, ``span_id``, ``parent_id``: hexadecimal, lower case, "" for no parent. Times in ns since
    1970, 0 unknown. ``failed``: its status is an error.
    """

    trace_id: str
    span_id: str
    parent_id: str = ""
    start_ns: int = 0
    end_ns: int = 0
    failed: bool = False
    first_token_ns: int | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    resource: Mapping[str, Value] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """The first text that stands under one of ``names``, "" where there is none."""
        return next((found for name in names if (found := text(self.attributes, name))), "")


def text(attributes: Mapping[str, Value], name: str) -> str:
    """The text at ``name``, "" where there is none."""
    found = attributes.get(name)
    return found.strip() if isinstance(found, str) else ""


class Kept:
    """Gathers the attributes of one span or resource that are read; the first of a name counts."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self._own = 0

    def wants(self, name: str) -> bool:
        if name in self.values:
            return False
        return name in READ or (name.startswith(OWN) and self._own < _MOST_OWN)

    def keep(self, name: str, value: Value) -> None:
        if isinstance(value, str):
            value = value[:_LONGEST]
        elif isinstance(value, tuple):
            value = tuple(part[:_LONGEST] for part in value[:_MOST_VALUES])
        self._own += name.startswith(OWN)
        self.values[name] = value
