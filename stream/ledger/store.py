"""The statements of one transaction of the writer. Nothing is judged here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from stream.contract.rows import MEASURES, ROW_LABELS
from stream.ledger import schema
from stream.ledger.batch import Batch, RowAt
from stream.ledger.errors import LedgerFault
from stream.ledger.held import Arrival, LabelSet
from stream.ledger.rule import INT64_MAX, HeldRow
from stream.ledger.totals import Move

_NO_LABELS: Final = dict.fromkeys(schema.LABEL_COLUMNS, "")
MINUTES_KEPT: Final = 24 * 60


def upsert(connection: Connection, table: Table, rows: list[dict[str, Any]], *, add: bool = False) -> None:
    """Write rows by primary key; ``add``: what is there already is added to."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    values = [column.name for column in table.columns if column.name not in keys]
    excluded = statement.excluded
    changes = {name: table.c[name] + excluded[name] if add else excluded[name] for name in values}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def write_batch(connection: Connection, batch: Batch) -> None:
    """Store label sets, arrival days, rows, stamps and markers."""
    _write_label_sets(connection, batch)
    _write_arrivals(connection, batch)
    for kind, (names, table, _) in schema.SHAPE_OF.items():
        zeros = dict.fromkeys(names, 0)
        new = [_bound(at, row, names, zeros) for at, row in batch.inserted[kind].items()]
        _many(connection, insert(table), new)
        changed = [_bound(at, row, names, zeros, "at_") for at, row in batch.updated[kind].items()]
        keys = (column == bindparam(f"at_{column.name}") for column in table.primary_key)
        _many(connection, update(table).where(*keys), changed)
    stamps = [{"arrival": a, "shard": s, "stamp": stamp} for (a, s), stamp in batch.stamps.items()]
    upsert(connection, schema.shards, stamps)
    _write_markers(connection, batch)


def merge(connection: Connection, arrival: Arrival, now_us: int) -> None:
    """Add an arrival day's rows to the totals and drop them. Raises LedgerFault (overflow)."""
    for _, rows, totals in schema.SHAPES:
        _require_room(connection, rows, totals, arrival.id)
        names = [column.name for column in totals.columns]
        statement = _insert(connection, totals)
        keys = [column.name for column in totals.primary_key]
        added = {name: totals.c[name] + statement.excluded[name] for name in names if name not in keys}
        source = select(*(rows.c[name] for name in names)).where(rows.c.arrival == arrival.id)
        connection.execute(
            statement.from_select(names, source).on_conflict_do_update(index_elements=keys, set_=added)
        )
        connection.execute(delete(rows).where(rows.c.arrival == arrival.id))
    connection.execute(delete(schema.shards).where(schema.shards.c.arrival == arrival.id))
    at = schema.arrivals
    connection.execute(update(at).where(at.c.id == arrival.id).values(merged_us=now_us))


def write_move(connection: Connection, move: Move, known: Mapping[LabelSet, int]) -> None:
    """Store new series and when measures were first seen. ``known``: ids of the other series."""
    series = [
        {"id": number, "kind": kind, "labels": _json(labels)} for (kind, labels), number in move.ids.items()
    ]
    _many(connection, insert(schema.series), series)
    firsts = [
        {
            "series": move.ids[first.series] if first.series in move.ids else known[first.series],
            "measure": MEASURES[first.series[0]][first.measure],
            "at_us": move.at_us,
        }
        for first in move.firsts
    ]
    _many(connection, insert(schema.first_seen), firsts)


def write_pulse(connection: Connection, batch: Batch, now_us: int) -> None:
    """Add to the minute of ``now_us``; what is older than a day goes."""
    minute = now_us // 60_000_000
    columns = ("requests", "errors", "tokens", "cost_nano_usd")
    rows = [
        {"minute": minute, "department": department} | {name: min(pulse[name], INT64_MAX) for name in columns}
        for department, pulse in batch.pulse.items()
    ]
    upsert(connection, schema.minutes, rows, add=True)
    connection.execute(delete(schema.minutes).where(schema.minutes.c.minute <= minute - MINUTES_KEPT))


def write_sources(connection: Connection, names: Iterable[str], now_us: int) -> None:
    upsert(connection, schema.sources, [{"source_key": name, "seen_us": now_us} for name in sorted(names)])


def write_standing(connection: Connection, now_us: int) -> None:
    upsert(connection, schema.standing, [{"id": 1, "written_us": now_us}])


def _write_label_sets(connection: Connection, batch: Batch) -> None:
    rows = [
        {"id": number, "kind": kind, "labels": _json(labels)}
        | _NO_LABELS
        | dict(zip(ROW_LABELS[kind], labels, strict=True))
        for (kind, labels), number in batch.new_label_sets.items()
    ]
    _many(connection, insert(schema.label_sets), rows)


def _write_arrivals(connection: Connection, batch: Batch) -> None:
    new = [
        {"id": arrival.id, "generation": generation, "partition": partition, "day": day}
        | _arrival_values(arrival)
        for (generation, partition, day), arrival in batch.new_arrivals.items()
    ]
    _many(connection, insert(schema.arrivals), new)
    known = {arrival.id for arrival in batch.new_arrivals.values()}
    changed = [
        {"at_id": arrival.id} | _arrival_values(arrival)
        for arrival in batch.changed_arrivals.values()
        if arrival.id not in known
    ]
    names: dict[str, Any] = {"closed": bindparam("closed"), "ignored": bindparam("ignored")}
    at = schema.arrivals
    _many(connection, update(at).where(at.c.id == bindparam("at_id")).values(names), changed)


def _arrival_values(arrival: Arrival) -> dict[str, Any]:
    closed = None if arrival.closed is None else json.dumps(sorted(arrival.closed.items()))
    return {"closed": closed, "ignored": arrival.ignored}


def _write_markers(connection: Connection, batch: Batch) -> None:
    rows = []
    for marker in batch.markers.values():
        expectation = marker.expectation._asdict()
        stamps = expectation.pop("stamps")
        expected = json.dumps(sorted(stamps.items()))
        rows.append(
            expectation
            | {"expected": expected, "upto": marker.upto}
            | {"accepted_us": marker.accepted_us, "time_ms": marker.time_ms}
        )
    upsert(connection, schema.markers, rows)


def _bound(
    at: RowAt, row: HeldRow, names: Sequence[str], zeros: dict[str, int], prefix: str = ""
) -> dict[str, Any]:
    arrival, key = at
    bound: dict[str, Any] = zeros.copy()
    for measure, value in zip(row.measures, row.values, strict=True):
        bound[names[measure]] = value
    bound["stamp"] = row.stamp
    bound[prefix + "arrival"] = arrival
    bound[prefix + "hour"], bound[prefix + "label_set"], bound[prefix + "origin"] = key
    return bound


def _require_room(connection: Connection, rows: Table, totals: Table, arrival: int) -> None:
    """SQLite would turn a sum that overflows into a float."""
    keys = [column.name for column in totals.primary_key]
    names = [column.name for column in totals.columns if column.name not in keys]
    full = sa.or_(*(totals.c[name] > INT64_MAX - rows.c[name] for name in names))
    query = select(sa.func.count()).select_from(
        rows.join(totals, sa.and_(*(rows.c[key] == totals.c[key] for key in keys)))
    )
    if connection.execute(query.where(rows.c.arrival == arrival, full)).scalar():
        raise LedgerFault(
            "overflow", "a total of an hour does not fit in 64 bits; sums stop before they wrap"
        )


def _many(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _insert(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT; both databases spell it alike."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _json(labels: Iterable[str]) -> str:
    return json.dumps(list(labels), ensure_ascii=False)
