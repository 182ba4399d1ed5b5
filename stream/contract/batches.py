"""Usage records to columns: the one way a batch is made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stream.contract import columns as c
from stream.contract.leaves import LEAVES, UNIT_INDEX
from stream.contract.usage import UsageRecord


def to_batch(
    records: Sequence[UsageRecord], *, batch_id: str, producer: str, seq: int, accepted_us: int
) -> c.UsageBatch:
    """Columns of 1 to MAX_EVENTS records, in their order. ``accepted_us``: when the oldest was accepted."""
    dictionary: dict[tuple[str, ...], int] = {}
    label = [dictionary.setdefault(record.labels, len(dictionary)) for record in records]
    columns: dict[str, NDArray[np.generic]] = {
        "identity": np.array([r.identity for r in records], "<u8"),
        "event": np.array([r.event for r in records], "<u8"),
        "time_us": np.array([r.time_us for r in records], "<i8"),
        "label": np.array(label, "<u4"),
        "outcome": np.array([r.outcome for r in records], "u1"),
        "flags": np.array([_flags(r) for r in records], "u1"),
        "attempt": np.array([r.attempt for r in records], "u1"),
        "duration_us": np.array([r.duration_us or 0 for r in records], "<i8"),
        "ttft_us": np.array([r.ttft_us or 0 for r in records], "<i8"),
        "reported_nano_usd": np.array([r.reported_nano_usd or 0 for r in records], "<i8"),
        "person": np.array([r.person or 0 for r in records], "<u8"),
        "person_previous": np.array([r.person_previous or 0 for r in records], "<u8"),
        "request_group": np.array([r.request_group or 0 for r in records], "<u8"),
        "population": np.array([r.population for r in records], "u1"),
    }
    used = {leaf for r in records if r.leaves for leaf in r.leaves}
    for leaf in LEAVES:
        if leaf in used:
            columns[f"leaf_{leaf}"] = np.array(
                [r.leaves.get(leaf, 0) if r.leaves else 0 for r in records], "<u4"
            )
    sparse = [(i, UNIT_INDEX[u], n) for i, r in enumerate(records) for u, n in r.units.items() if n]
    if sparse:
        event, kind, count = zip(*sparse, strict=True)
        columns["unit_event"] = np.array(event, "<u4")
        columns["unit_kind"] = np.array(kind, "u1")
        columns["unit_count"] = np.array(count, "<u4")
    return c.UsageBatch(batch_id, producer, seq, accepted_us, len(records), columns, list(dictionary))


def _flags(record: UsageRecord) -> int:
    return (
        c.FINAL * record.final
        | c.CACHE_HIT * record.cache_hit
        | c.STREAMED * record.streamed
        | c.USAGE_KNOWN * (record.leaves is not None)
        | c.DURATION_KNOWN * (record.duration_us is not None)
        | c.TTFT_KNOWN * (record.ttft_us is not None)
        | c.COST_REPORTED * (record.reported_nano_usd is not None)
        | c.PERSON_KNOWN * (record.person is not None)
    )
