"""How leaves and units stand to each other and to the catalogue's usage keys, and which rate a leaf takes.

The catalogue counts inclusively: ``input_tokens`` holds cached, audio and image tokens, and a model without a
price of its own for cache reads prices them as input. Our leaves are disjoint, so each leaf takes the rate of
the nearest of its ancestors that has one. The catalogue's own subtraction of priced parts comes to the same,
because it demands a price for every ancestor of a priced unit and for every join of two.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from stream.contract.leaves import LEAVES, MAX_RATE_PICO_USD, UNITS
from stream.pricing.errors import RateOutOfBounds

PICO_PER_USD: Final = 10**12
PER_MILLION: Final = 10**6
REQUESTS: Final = "requests"

#: name -> names whose rate it takes, the first that has one. For the two joins (audio and image cache reads)
#: the cache read comes first: with an override that prices only one parent, both orders are arbitrary.
_PARENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "input_cache_read": ("input",),
    "input_cache_write": ("input",),
    "input_cache_write_1h": ("input_cache_write", "input"),
    "input_audio": ("input",),
    "input_audio_cache_read": ("input_cache_read", "input_audio", "input"),
    "input_image": ("input",),
    "input_image_cache_read": ("input_cache_read", "input_image", "input"),
    "input_video": ("input",),
    "output_reasoning": ("output",),
    "output_audio": ("output",),
    "output_image": ("output",),
    "output_video": ("output",),
    "output_citation": ("output",),
    "input_audio_seconds": ("audio_seconds",),
    "output_audio_seconds": ("audio_seconds",),
    "input_annotated_document_pages": ("input_document_pages",),
}
RATE_CHAIN: Final[Mapping[str, tuple[str, ...]]] = {
    name: (name, *_PARENTS.get(name, ())) for name in (*LEAVES, *UNITS)
}
#: The catalogue's usage key of each leaf; other units bear the same name on both sides.
LEAF_USAGE_KEY: Final[Mapping[str, str]] = {
    "input": "input_tokens",
    "input_cache_read": "cache_read_tokens",
    "input_cache_write": "cache_write_tokens",
    "input_cache_write_1h": "cache_write_1h_tokens",
    "input_audio": "input_audio_tokens",
    "input_audio_cache_read": "cache_audio_read_tokens",
    "input_image": "input_image_tokens",
    "input_image_cache_read": "cache_image_read_tokens",
    "input_video": "input_video_tokens",
    "output": "output_tokens",
    "output_reasoning": "output_reasoning_tokens",
    "output_audio": "output_audio_tokens",
    "output_image": "output_image_tokens",
    "output_video": "output_video_tokens",
    "output_citation": "output_citation_tokens",
}
NAME_OF_USAGE_KEY: Final[Mapping[str, str]] = {
    **{key: leaf for leaf, key in LEAF_USAGE_KEY.items()},
    **{unit: unit for unit in UNITS},
}
#: Leaves whose sum is the context length that tiers are chosen by.
INPUT_LEAVES: Final = tuple(leaf for leaf in LEAVES if leaf.startswith("input"))

#: A unit's rate, per single unit: 0.60 USD. Proof that a cost fits int64 (9.22e18 nano-USD), for one event:
#: 13 units x 1e9 x 6e11 pico = 7.8e18 nano; one request of 9 USD = 9e9; 15 leaves x 1e9 x 9e9 pico = 1.35e17.
MAX_UNIT_RATE_PICO_USD: Final = 600_000_000_000
#: ``requests`` counts one per event, so a request may cost up to 9 USD.
MAX_REQUEST_RATE_PICO_USD: Final = 9_000_000_000_000


def to_pico(usd: Decimal | Fraction, per: int, name: str) -> int:
    """Price in USD for ``per`` of ``name`` as pico-USD per single one, rounded half-even.

    Raises RateOutOfBounds.
    """
    pico = round(Fraction(usd) * PICO_PER_USD / per)  # of a fraction: exact, half to even
    if not 0 <= pico <= rate_bound(name):
        most = Fraction(rate_bound(name) * per, PICO_PER_USD)
        raise RateOutOfBounds(f"rate of {name}: {float(usd):g} USD per {per} is outside 0 to {float(most):g}")
    return pico


def rate_bound(name: str) -> int:
    """Highest rate allowed for a leaf or unit, pico-USD per single one."""
    if name == REQUESTS:
        return MAX_REQUEST_RATE_PICO_USD
    return MAX_RATE_PICO_USD if name in LEAF_USAGE_KEY else MAX_UNIT_RATE_PICO_USD
