"""Where LiteLLM's generic_api callback posts to."""

from __future__ import annotations

from collectors._sdk.receiver import MEBIBYTE, Receiver
from collectors.litellm.attempts import split
from collectors.litellm.translate import translate


def receiver() -> Receiver:
    """``POST /v1/litellm``: a JSON array, JSON lines or one payload (its three log formats).

    LiteLLM posts up to 512 payloads with whole prompts, sends a body refused with 4xx never again, and by
    default no other either: hence the large bound, and the wait before a 429.
    """
    return Receiver(
        name="litellm",
        path="/v1/litellm",
        translate=translate,
        split=split,
        max_body_bytes=128 * MEBIBYTE,
        max_decompressed_bytes=128 * MEBIBYTE,
        hold_s=20.0,
    )
