"""Tokens of a span as the usage event has them, inclusive. Pure."""

from __future__ import annotations

from typing import Final

from collectors._sdk.errors import Refused
from collectors.otlp.span import Span

#: key of contract.leaves.USAGE_KEYS -> names of all generations, the newest first.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "input_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.usage.prompt_tokens",
    ),
    "cache_read_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "llm.usage.cache_read_input_tokens",
    ),
    "cache_write_tokens": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "llm.usage.cache_creation_input_tokens",
    ),
    "input_audio_tokens": ("gen_ai.usage.audio.input_tokens",),
    "cache_audio_read_tokens": ("gen_ai.usage.audio.cache_read.input_tokens",),
    "input_image_tokens": ("gen_ai.usage.image.input_tokens",),
    "cache_image_read_tokens": ("gen_ai.usage.image.cache_read.input_tokens",),
    "output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.usage.completion_tokens",
    ),
    "output_reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "llm.usage.reasoning_tokens",
    ),
    "output_audio_tokens": ("gen_ai.usage.audio.output_tokens",),
    "output_image_tokens": ("gen_ai.usage.image.output_tokens",),
}
_TOTALS: Final = ("input_tokens", "output_tokens")


def has_usage(span: Span) -> bool:
    """Whether a span says how many tokens went in or came out."""
    return any(name in span.attributes for total in _TOTALS for name in _NAMES[total])


def tokens(span: Span) -> dict[str, int] | None:
    """Keys of USAGE_KEYS, none zero; None where the span says nothing. Raises Refused for what is no count.

    The conventions want inclusive totals. Some instrumentations pass on what Anthropic or Gemini report,
    totals beside their parts: shown where the parts exceed the total, which is then their sum.
    """
    if not has_usage(span):
        return None
    found = {key: _count(span, key, names) for key, names in _NAMES.items()}
    cached = found["cache_read_tokens"] + found["cache_write_tokens"]
    if cached > found["input_tokens"]:
        found["input_tokens"] += cached
    if found["output_reasoning_tokens"] > found["output_tokens"]:
        found["output_tokens"] += found["output_reasoning_tokens"]
    return {key: count for key, count in found.items() if count}


def _count(span: Span, key: str, names: tuple[str, ...]) -> int:
    said = next((span.attributes[name] for name in names if name in span.attributes), 0)
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise Refused("invalid_type", f"usage.{key}", "is no number; send gen_ai.usage.* as integers")
    if not 0 <= said < 1e15 or said != int(said):  # NaN as well
        raise Refused("invalid_value", f"usage.{key}", "is no count; send whole numbers from 0")
    return int(said)
