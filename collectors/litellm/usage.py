"""LiteLLM's usage object as inclusive tokens and units. Pure.

LiteLLM brings every provider to OpenAI's way of counting: ``prompt_tokens`` holds cache reads and writes
(Anthropic's and Bedrock's, which exclude them, are added up), ``completion_tokens`` holds reasoning.
"""

from __future__ import annotations

from collectors.litellm.payload import Payload, count, inner, number, text


def usage_object(payload: Payload) -> Payload:
    """The richest account of tokens that the payload holds: of what was used, of the response, or sums."""
    for found in (inner(payload, "metadata", "usage_object"), inner(payload, "response", "usage")):
        if "prompt_tokens" in found:
            return found
    if any(count(payload, name) for name in ("prompt_tokens", "completion_tokens")):
        return payload
    return {}


def tokens(usage: Payload) -> dict[str, int]:
    """Keys of contract.leaves.USAGE_KEYS, none zero. Raises Refused for what is no count."""
    prompt = count(usage, "prompt_tokens")
    told, answer = inner(usage, "prompt_tokens_details"), inner(usage, "completion_tokens_details")
    read = count(told, "cached_tokens") or count(usage, "cache_read_input_tokens")
    written = (
        count(told, "cache_write_tokens")
        or count(told, "cache_creation_tokens")
        or count(usage, "cache_creation_input_tokens")
    )
    audio, image, video = (count(told, f"{kind}_tokens") for kind in ("audio", "image", "video"))
    heard, seen = _shared(prompt, read, written, audio, image, video, inner(told, "cached_tokens_details"))
    found = {
        "input_tokens": prompt,
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "cache_write_1h_tokens": count(
            inner(told, "cache_creation_token_details"), "ephemeral_1h_input_tokens"
        ),
        "input_audio_tokens": audio,
        "cache_audio_read_tokens": heard,
        "input_image_tokens": image,
        "cache_image_read_tokens": seen,
        "input_video_tokens": video,
        "output_tokens": _completion(usage, answer, prompt),
        "output_reasoning_tokens": count(answer, "reasoning_tokens"),
        **{f"output_{kind}_tokens": count(answer, f"{kind}_tokens") for kind in ("audio", "image", "video")},
    }
    return {key: tokens for key, tokens in found.items() if tokens}


def _shared(
    prompt: int, read: int, written: int, audio: int, image: int, video: int, cached: Payload
) -> tuple[int, int]:
    """Audio and image tokens that are cache reads as well: as told, else no more than the total demands.

    Gemini's modalities exclude what was cached, OpenAI's include it: only the total tells.
    """
    heard, seen = count(cached, "audio_tokens"), count(cached, "image_tokens")
    if not heard and not seen:
        twice = max(0, read + written + audio + image + video - prompt)
        heard = min(twice, audio, read)
        seen = min(twice - heard, image, read - heard)
    return heard, seen


def _completion(usage: Payload, answer: Payload, prompt: int) -> int:
    """Completion tokens with reasoning in them: some providers count it apart, as their total tells."""
    completion, reasoning = count(usage, "completion_tokens"), count(answer, "reasoning_tokens")
    apart = count(usage, "total_tokens") == prompt + completion + reasoning
    return completion + reasoning if reasoning and (apart or reasoning > completion) else completion


def units(payload: Payload, usage: Payload) -> dict[str, int]:
    """Units other than tokens that LiteLLM names, none zero. Raises Refused for what is no count."""
    response, told = inner(payload, "response"), inner(usage, "prompt_tokens_details")
    spoken: float | None = None
    if "transcription" in text(payload, "call_type"):
        spoken = number(inner(response, "usage"), "seconds") or number(response, "duration")
    found = {
        "web_searches": count(inner(usage, "server_tool_use"), "web_search_requests")
        or count(told, "web_search_requests"),
        "rerank_searches": count(inner(response, "meta", "billed_units"), "search_units"),
        "audio_seconds": _up(spoken or 0),
        "input_audio_seconds": _up(number(told, "audio_length_seconds") or 0),
        "input_characters": count(told, "character_count"),
        "input_document_pages": count(inner(response, "usage_info"), "pages_processed"),
    }
    return {unit: units for unit, units in found.items() if units}


def _up(seconds: float) -> int:
    """Whole seconds begun."""
    return int(-(-seconds // 1)) if seconds > 0 else 0
