"""Results of synthetic checks, made inside the collector, on their way to llm.probes.v1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collectors._sdk.batcher import Batcher
from collectors._sdk.kind import Route, Stamp
from stream.contract.identity import hash_text
from stream.contract.records import Check, Checks, encode_record
from stream.contract.rows import PROBE_LABELS
from stream.contract.topics import PROBES

_PROBE: Final = PROBE_LABELS.index("probe")


def _hash_of(check: Check) -> int:
    """All checks of a probe lie in one partition."""
    return hash_text(check.labels[_PROBE])


def _encode(checks: Sequence[Check], stamp: Stamp) -> bytes:
    return encode_record(Checks(stamp.accepted_us, list(checks)))


CHECKS: Final = Route[Check](PROBES, _hash_of, _encode)


async def deliver_checks(batcher: Batcher, checks: Sequence[Check]) -> None:
    """Returns once the broker has acknowledged every check. Raises NotNow while it is away or slow: deliver
    the same checks again later, with the same ``event`` hashes; each counts once. Call it in the event loop.
    """
    await batcher.deliver_records(CHECKS, checks)
