from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.litellm.translate import translate
from stream.contract.leaves import split_usage
from tests.unit.litellm.payloads import with_usage

_TOKENS = st.integers(0, 5_000)


@given(_TOKENS, _TOKENS, _TOKENS, _TOKENS, _TOKENS, _TOKENS)
@settings(max_examples=300, deadline=None)
def test_leaves_sum_to_what_litellm_counted(
    text: int, read: int, written: int, hour: int, said: int, thought: int
) -> None:
    """Every token is in one leaf: nothing is billed twice and nothing is lost."""
    event = translate(
        with_usage(
            prompt_tokens=text + read + written + hour,
            completion_tokens=said + thought,
            total_tokens=text + read + written + hour + said + thought,
            prompt_tokens_details={
                "cached_tokens": read,
                "cache_creation_tokens": written + hour,
                "cache_creation_token_details": {"ephemeral_1h_input_tokens": hour},
            },
            completion_tokens_details={"reasoning_tokens": thought},
        )
    )
    usage: Any = event.get("usage", {})
    leaves = split_usage(usage)
    told = {
        "input": text,
        "input_cache_read": read,
        "input_cache_write": written,
        "input_cache_write_1h": hour,
        "output": said,
        "output_reasoning": thought,
    }
    assert leaves == {leaf: tokens for leaf, tokens in told.items() if tokens}


def test_modalities_count_once_whether_they_hold_cache_reads_or_not() -> None:
    """Gemini's audio excludes what was cached, OpenAI's holds it: both sum to the prompt."""

    def leaves(audio: int) -> dict[str, int]:
        details = {"cached_tokens": 60, "audio_tokens": audio}
        usage: Any = translate(with_usage(prompt_tokens=100, prompt_tokens_details=details))["usage"]
        return split_usage(usage)

    assert leaves(20) == {"input": 20, "input_cache_read": 60, "input_audio": 20}
    assert leaves(80) == {"input_cache_read": 20, "input_audio": 40, "input_audio_cache_read": 40}


def test_reasoning_that_is_counted_apart_is_added() -> None:
    """Some providers leave it out of the completion; their total tells."""

    def output(total: int) -> object:
        details = {"reasoning_tokens": 30}
        usage: Any = translate(
            with_usage(
                prompt_tokens=10, completion_tokens=50, total_tokens=total, completion_tokens_details=details
            )
        )["usage"]
        return usage["output_tokens"]

    assert (output(60), output(90)) == (50, 80)
