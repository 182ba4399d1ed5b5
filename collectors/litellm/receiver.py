"""POST /v1/litellm: what LiteLLM's generic_api callback sends.

LiteLLM posts up to 512 payloads with whole prompts, never sends a body again that was answered 4xx (429 too),
and by default no other either: hence the large bound, the spool, the long wait for room, and 503 instead
of 429.
"""

from __future__ import annotations

from typing import Final

from collectors._sdk.receiver import MEBIBYTE, Receiver
from collectors.litellm.attempts import split
from collectors.litellm.translate import translate

_MOST: Final = 128 * MEBIBYTE

RECEIVER: Final = Receiver(
    name="litellm",
    path="/v1/litellm",
    translate=translate,
    split=split,
    max_body_bytes=_MOST,
    max_decompressed_bytes=_MOST,
    hold_s=20.0,
    spool=True,
    busy_status=503,
)
