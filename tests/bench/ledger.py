"""Rows a second that the ledger commits, and what a row takes on the disk (SQLite, synchronous in full).

Four partitions of eight shards; a row has 24 measures that are not 0. Rows committed: new, all changed, one
of twenty changed (the other rows are read and compared). Then a day's merge, a view, a query.

    make bench ONLY=ledger
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stream.contract.names import LABELS
from stream.contract.rows import LIVE, SHARDS, USAGE, Closed, Row, Shard, encode_state
from stream.contract.rows import decode_state as decode
from stream.ledger import queries
from stream.ledger.database import open_ledger
from stream.ledger.writer import Writer

PARTITIONS, ROWS = 4, 625  # rows of a shard: 20 000 in all
DAY = 20_000
MEASURES = (0, 6, *range(12, 20), *range(27, 35), 43, 47, 60, 62, 70, 80)
ALL = PARTITIONS * SHARDS * ROWS


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="tokonomics-bench-") as name:
        path = Path(name) / "ledger.sqlite"
        writer = Writer(open_ledger(f"sqlite:///{path}"))
        writer.load()
        new = _committed(writer, 1, every=1)
        changed = _committed(writer, 2, every=1)
        few = _committed(writer, 3, every=20)
        engine = writer._engine
        with engine.connect() as connection:
            connection.rollback()
            connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
        size = os.path.getsize(path) / ALL
        view_s = _took(writer.view)
        query_s = _took(lambda: queries.usage(engine, ["department", "model"]))
        ends = [Closed("bench", p, DAY, [(shard, 3) for shard in range(SHARDS)]) for p in range(PARTITIONS)]
        merge_s = _took(lambda: writer.commit(ends, {}))
        start_s = _took(Writer(engine).load)
    print(f"{ALL:,} rows in {PARTITIONS * SHARDS} shards")
    for title, rate in (("new", new), ("all changed", changed), ("one of twenty changed", few)):
        print(f"{title:24s} {rate:>9,.0f} rows/s, decoded, compared and committed")
    print(f"merge {merge_s:.2f} s, start {start_s:.2f} s, view {1000 * view_s:.1f} ms, query {query_s:.2f} s")
    print(
        f"ledger new_rows_per_second={new:.0f} changed={changed:.0f} few={few:.0f} bytes_per_row={size:.0f}"
    )
    return 0


def _committed(writer: Writer, stamp: int, *, every: int) -> float:
    """Rows a second from the log's bytes to the commit."""
    written = [
        encode_state(Shard("bench", p, DAY, shard, stamp, _rows(p, shard, stamp, every)))
        for p in range(PARTITIONS)
        for shard in range(SHARDS)
    ]
    return ALL / _took(lambda: writer.commit([decode(value) for value in written], {}))


def _rows(partition: int, shard: int, stamp: int, every: int) -> list[Row]:
    rows = []
    for n in range(ROWS):
        values = dict.fromkeys(LABELS, "")
        values |= {
            "department": f"department-{n % 12}",
            "use_case": f"use-case-{shard}",
            "provider": "openai",
        }
        values |= {"model": f"model-{n % 25}", "provider": "openai", "environment": "production"}
        values |= {"source_key": f"team-{n % 40}"}
        grown = stamp if n % every == 0 else stamp - 1
        numbers = tuple(1_000_000_000 + 1000 * n + grown + m for m in MEASURES)
        hour = DAY * 24 + n // 600 + partition
        labels = (*tuple(values.values())[:-1], str(n))
        rows.append(Row(USAGE, LIVE, hour, labels, MEASURES, numbers))
    return rows


def _took(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began
