"""The events of a replayed trace by the rule in collectors/replay/README.md, computed here once more.

Of the product it uses the trace reader and the README's tables, which are data; nothing that sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.replay.assign import MODELS, WORK
from tests.support.traces import Trace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def draw(seed: int, row: int, field: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{row}/{field}".encode("ascii")).digest()[:8], "big")


def choose(table: tuple[tuple[Any, ...], ...], drawn: int) -> tuple[Any, ...]:
    """The entry in whose share of the weights (its last column) ``drawn`` mod their sum falls."""
    shares = [entry[:-1] for entry in table for _ in range(entry[-1])]
    return shares[drawn % len(shares)]


def events(trace: Trace, start_us: int, *, seed: int = 1, batch: str = "0") -> Iterator[dict[str, Any]]:
    """One repetition as the source must have sent it; its last event lies at ``start_us``."""
    rows, digest = trace.rows(), trace.digest[:16]
    ends = EPOCH + timedelta(microseconds=start_us - rows[-1].offset_us)
    for row in rows:
        department, use_case, feature = choose(WORK, draw(seed, row.number, "work"))
        provider, model = choose(MODELS, draw(seed, row.number, "model"))
        yield {
            "event_id": f"{digest}-{row.number}-{batch}.0",
            "time": (ends + timedelta(microseconds=row.offset_us)).isoformat(),
            "source": "replay",
            "department": department,
            "use_case": use_case,
            "feature": feature,
            "provider": provider,
            "model": model,
            "user": f"person-{1 + draw(seed, row.number, 'person') % 240:03d}",
            "usage": {
                "input_tokens": row.input_tokens,
                "cache_read_tokens": row.cache_read_tokens,
                "output_tokens": row.output_tokens,
            },
        }
