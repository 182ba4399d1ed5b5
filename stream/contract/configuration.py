"""A configuration: everything the fold depends on, addressed by the hash of its content."""

from __future__ import annotations

import hashlib
import zlib
from typing import Final

import msgspec

from stream.contract.names import LABELS

FOLD_VERSION: Final = 1
DEFAULT_BOUNDS: Final = {
    "department": 100,
    "use_case": 300,
    "feature": 300,
    "provider": 100,
    "model": 500,
    "region": 50,
    "service_tier": 20,
    "environment": 10,
    "source_key": 2000,
    "custom_1": 200,
    "custom_2": 200,
    "custom_3": 200,
    "custom_4": 200,
}
assert tuple(DEFAULT_BOUNDS) == LABELS


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """``price_book``: encoded stream.pricing.PriceBook. ``declared``: label -> names never folded into
    ``other``; the rest compete for ``bounds[label]`` places per partition in log order.
    ``zone``: IANA name of the installation's zone. The identity window is the log's (records.Generation).
    """

    fold_version: int = FOLD_VERSION
    price_book: bytes
    cost_policy: str = "computed"
    zone: str = "UTC"
    bounds: dict[str, int] = msgspec.field(default_factory=lambda: dict(DEFAULT_BOUNDS))
    declared: dict[str, list[str]] = msgspec.field(default_factory=dict)


_encoder = msgspec.msgpack.Encoder(order="deterministic")


def encode_configuration(configuration: Configuration) -> tuple[str, bytes]:
    """(digest, value for llm.config.v1): sha256 hex of the canonical content, and the content compressed."""
    content = _encoder.encode(configuration)
    return hashlib.sha256(content).hexdigest(), zlib.compress(content, 9)


def decode_configuration(digest: str, value: bytes) -> Configuration:
    """Raises ValueError when the content does not hash to ``digest`` or does not decode."""
    try:
        content = zlib.decompress(value)
    except zlib.error as error:
        raise ValueError(f"configuration {digest[:12]}: {error}") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"configuration {digest[:12]}: its content has another hash; apply it again")
    return msgspec.msgpack.decode(content, type=Configuration)
