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


def trace_hash(trace_id: str) -> IdentityHash:
    """Hash of a trace id (or other id of the operation around a request) by which an outcome may know it."""
    return hash_text(f"t\x1f{trace_id}")


def task_hash(source: str, task_id: str) -> IdentityHash:
    """Hash of a piece of work: every report of it goes to the same partition of llm.tasks.v1."""
    return hash_text(f"k\x1f{source}\x1f{task_id}")


def report_hash(task: int, report: str) -> IdentityHash:
    """Hash of one report of a piece of work: of its own id, or of all that it says. ``task``: task_hash."""
    return hash_text(f"q\x1f{task:016x}\x1f{report}")


def outcome_hash(source: str, event_id: str) -> IdentityHash:
    """Hash of an outcome itself: equal for redeliveries alone, and never a request's."""
    return hash_text(f"o\x1f{source}\x1f{event_id}")


def check_hash(probe: str, due_us: int) -> IdentityHash:
    """Hash of one check of a probe, due at ``due_us`` (microseconds since 1970 UTC)."""
    return hash_text(f"p\x1f{probe}\x1f{due_us}")


def partition_of(identity: int, partitions: int) -> int:
    """Partition of a source log that holds the records of a hash (request, alias, task, person, probe)."""
    return identity % partitions
