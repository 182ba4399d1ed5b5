"""Leaves and units: the disjoint classes of what a request used. Append only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Token leaves: disjoint, they sum to the total number of tokens of a request.
LEAVES: Final[tuple[str, ...]] = (
    "input",
    "input_cache_read",
    "input_cache_write",
    "input_cache_write_1h",
    "input_audio",
    "input_audio_cache_read",
    "input_image",
    "input_image_cache_read",
    "input_video",
    "output",
    "output_reasoning",
    "output_audio",
    "output_image",
    "output_video",
    "output_citation",
)
LEAF_INDEX: Final[Mapping[str, int]] = {name: i for i, name in enumerate(LEAVES)}

#: Units other than tokens, a sparse list of (unit, count) per event. One ``requests`` per event is implied.
UNITS: Final[tuple[str, ...]] = (
    "requests",
    "web_searches",
    "storage_searches",
    "social_searches",
    "code_executions",
    "rerank_searches",
    "audio_seconds",
    "input_audio_seconds",
    "output_audio_seconds",
    "input_characters",
    "input_text_messages",
    "input_document_pages",
    "input_annotated_document_pages",
    "input_pixels",
)
UNIT_INDEX: Final[Mapping[str, int]] = {name: i for i, name in enumerate(UNITS)}

#: What ``token_type`` says of a cost that belongs to no leaf: units other than tokens, and reported costs.
UNIT_COST: Final = "units"
UNSPLIT_COST: Final = "unsplit"

MAX_LEAF_COUNT: Final = 1_000_000_000
MAX_UNIT_COUNT: Final = 1_000_000_000
#: With MAX_LEAF_COUNT this keeps count x rate below 2**63 (9e18).
MAX_RATE_PICO_USD: Final = 9_000_000_000

#: usage key (inclusive, as providers report it) -> (leaf it fills, usage keys whose count it contains).
_INCLUSIVE: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (
        "input_tokens",
        "input",
        (
            "cache_read_tokens",
            "cache_write_tokens",
            "input_audio_tokens",
            "input_image_tokens",
            "input_video_tokens",
        ),
    ),
    ("cache_read_tokens", "input_cache_read", ("cache_audio_read_tokens", "cache_image_read_tokens")),
    ("cache_write_tokens", "input_cache_write", ("cache_write_1h_tokens",)),
    ("cache_write_1h_tokens", "input_cache_write_1h", ()),
    ("input_audio_tokens", "input_audio", ("cache_audio_read_tokens",)),
    ("cache_audio_read_tokens", "input_audio_cache_read", ()),
    ("input_image_tokens", "input_image", ("cache_image_read_tokens",)),
    ("cache_image_read_tokens", "input_image_cache_read", ()),
    ("input_video_tokens", "input_video", ()),
    (
        "output_tokens",
        "output",
        (
            "output_reasoning_tokens",
            "output_audio_tokens",
            "output_image_tokens",
            "output_video_tokens",
            "output_citation_tokens",
        ),
    ),
    ("output_reasoning_tokens", "output_reasoning", ()),
    ("output_audio_tokens", "output_audio", ()),
    ("output_image_tokens", "output_image", ()),
    ("output_video_tokens", "output_video", ()),
    ("output_citation_tokens", "output_citation", ()),
)
USAGE_KEYS: Final[tuple[str, ...]] = tuple(key for key, _, _ in _INCLUSIVE)
#: Tokens that are contained in two totals and so subtracted once too often: audio and image cache reads
#: are part of the cache reads and of their modality, both of which are part of the input.
_SHARED: Final = ("cache_audio_read_tokens", "cache_image_read_tokens")


class NegativeLeaf(ValueError):
    """The parts of an inclusive figure exceed it: ``field`` names the figure."""

    reason = "negative_leaf"

    def __init__(self, field: str, count: int) -> None:
        super().__init__(f"usage.{field}: its parts exceed it by {-count} tokens; send the inclusive total")
        self.field = field


def split_usage(usage: Mapping[str, int]) -> dict[str, int]:
    """Split inclusive provider figures (keys of USAGE_KEYS, tokens) into disjoint leaves (tokens, none zero).

    Raises NegativeLeaf when the parts of a figure exceed it.
    """
    leaves: dict[str, int] = {}
    for key, leaf, parts in _INCLUSIVE:
        count = usage.get(key, 0) - sum(usage.get(part, 0) for part in parts)
        if key == "input_tokens":
            count += sum(usage.get(part, 0) for part in _SHARED)
        if count < 0:
            raise NegativeLeaf(key, count)
        if count:
            leaves[leaf] = count
    return leaves
