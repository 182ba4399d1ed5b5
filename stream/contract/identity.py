"""Who is the same request: identity, its hash, and the partition it belongs to."""

from __future__ import annotations

from typing import Final

import xxhash

from stream.contract.names import IdentityHash

_MIN_TRUSTED: Final = 16
_MIN_DISTINCT: Final = 8


def trusted_response_id(response_id: str | None, *, cache_hit: bool) -> bool:
    """Whether a provider's response id identifies one request.

    Some servers number their answers 0 to 999, and gateways repeat the id of a cached answer: an id is
    trusted when it is long, varied, and not a cache hit's.
    """
    if response_id is None or cache_hit or len(response_id) < _MIN_TRUSTED:
        return False
    return len(set(response_id)) >= _MIN_DISTINCT


def hash_text(text: str) -> IdentityHash:
    """XXH64 (seed 0) of the UTF-8 bytes: part of the contract, never to be changed."""
    return IdentityHash(xxhash.xxh64_intdigest(text.encode()))


def event_hash(source: str, event_id: str) -> IdentityHash:
    """Hash of one *event*: equal only for redeliveries of the same event by the same source."""
    return hash_text(f"e\x1f{source}\x1f{event_id}")


def request_hash(source: str, event_id: str, response_id: str | None, *, cache_hit: bool) -> IdentityHash:
    """Hash of the *request* an event speaks of: equal for copies from gateway, SDK and span."""
    if response_id is not None and trusted_response_id(response_id, cache_hit=cache_hit):
        return hash_text(f"r\x1f{response_id}")
    return event_hash(source, event_id)


def partition_of(identity: int, partitions: int) -> int:
    """Partition of llm.telemetry.v1 that holds the records of an identity."""
    return identity % partitions
