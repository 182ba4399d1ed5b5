"""Figures from the ledger: sums over open and merged rows, every log generation. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, func, select, union_all

from stream.contract.names import LABELS
from stream.contract.rows import CONFLICT, REFUSAL, USAGE_MEASURES
from stream.ledger import schema
from stream.ledger.database import reporting
from stream.ledger.errors import LedgerError
from stream.ledger.figures import ConflictFigures, Figures, Freshness, MinuteFigures, RefusalFigures
from stream.ledger.rule import Expectation, below, of_newest_log

_SETS: Final = schema.label_sets.c


def usage(
    engine: Engine,
    by: Sequence[str],
    *,
    since_hour: int | None = None,
    until_hour: int | None = None,
    where: Mapping[str, str] | None = None,
    by_hour: bool = False,
    origin: int | None = None,
) -> list[Figures]:
    """Usage by the labels ``by`` (of LABELS), in the order of labels, then hour.

    ``since_hour``, ``until_hour`` (exclusive): hours of the events since 1970 UTC. ``where``: label -> the
    only value wanted. ``origin``: LIVE or IMPORT, None for both. Raises LedgerError (unknown_label,
    unavailable).
    """
    for label in (*by, *(where or ())):
        if label not in LABELS:
            raise LedgerError(
                "unknown_label", f"by: {label!r} is not a label; labels are {', '.join(LABELS)}"
            )
    tables = (schema.usage_rows, schema.usage_totals)
    rows = union_all(*(_within(table, since_hour, until_hour, origin) for table in tables)).subquery()
    keys: list[ColumnElement[Any]] = [_SETS[label] for label in by]
    keys += [rows.c.hour] if by_hour else []
    query = select(*keys, *(func.sum(rows.c[name]) for name in USAGE_MEASURES))
    query = query.join_from(rows, schema.label_sets, rows.c.label_set == _SETS.id)
    query = query.where(*(_SETS[label] == value for label, value in (where or {}).items()))
    query = query.group_by(*keys).having(func.count() > 0)
    width = len(by)
    with reporting(engine), engine.connect() as connection:
        found = connection.execute(query).all()
    figures = [_figures(row, width, by_hour) for row in found]
    return sorted(figures, key=lambda figure: (figure.labels, figure.hour or 0))


def refusals(engine: Engine, *, since_hour: int | None = None) -> list[RefusalFigures]:
    """Events refused by source and reason. ``since_hour``: of their arrival. Raises LedgerError."""
    found = _counts(engine, REFUSAL, ("source_key", "reason"), since_hour)
    return [RefusalFigures(source, reason, events) for (source, reason), events in found]


def conflicts(engine: Engine) -> list[ConflictFigures]:
    """Copies that disagree, by both sources and reason. Raises LedgerError."""
    found = _counts(engine, CONFLICT, ("source_key", "other_source_key", "reason"), None)
    return [ConflictFigures(source, other, reason, events) for (source, other, reason), events in found]


def minutes(engine: Engine, since_minute: int) -> list[MinuteFigures]:
    """The pulse since a minute (since 1970 UTC; the last day is kept). Raises LedgerError."""
    at = schema.minutes.c
    query = select(at.minute, at.department, at.requests, at.errors, at.tokens, at.cost_nano_usd)
    with reporting(engine), engine.connect() as connection:
        found = connection.execute(query.where(at.minute >= since_minute)).all()
    return sorted(MinuteFigures(*row) for row in found)


def freshness(engine: Engine) -> Freshness:
    """How fresh and how complete the ledger is. Raises LedgerError."""
    with reporting(engine), engine.connect() as connection:
        accepted = connection.execute(select(func.max(schema.markers.c.accepted_us))).scalar()
        written = connection.execute(select(schema.standing.c.written_us)).scalar()
        missing = shards_behind(connection)
    return Freshness(accepted or 0, written or 0, missing)


def shards_behind(connection: Connection) -> int:
    """Shards held below what the newest markers expect; those of a merged day are held."""
    at = schema.markers.c
    query = select(at.created_us, at.log, at.partition, at.generation, at.day, at.expected)
    expectations = [
        Expectation(*row[:5], dict(json.loads(row.expected))) for row in connection.execute(query)
    ]
    return sum(_behind(connection, expectation) for expectation in of_newest_log(expectations))


def _behind(connection: Connection, expectation: Expectation) -> int:
    at = schema.arrivals.c
    arrival = connection.execute(
        select(at.id, at.merged_us).where(
            at.generation == expectation.generation,
            at.partition == expectation.partition,
            at.day == expectation.day,
        )
    ).one_or_none()
    if arrival is not None and arrival.merged_us is not None:
        return 0
    held = {}
    if arrival is not None:
        shards = schema.shards.c
        query = select(shards.shard, shards.stamp).where(shards.arrival == arrival.id)
        held = {row.shard: row.stamp for row in connection.execute(query)}
    return below(held, expectation.stamps)


def _counts(
    engine: Engine, kind: int, labels: Sequence[str], since_hour: int | None
) -> list[tuple[tuple[str, ...], int]]:
    tables = (schema.count_rows, schema.count_totals)
    rows = union_all(*(_within(table, since_hour, None, None) for table in tables)).subquery()
    keys = [_SETS[label] for label in labels]
    query = select(*keys, func.sum(rows.c.events))
    query = query.join_from(rows, schema.label_sets, rows.c.label_set == _SETS.id)
    query = query.where(_SETS.kind == kind).group_by(*keys)
    with reporting(engine), engine.connect() as connection:
        found = connection.execute(query).all()
    return sorted((tuple(row[:-1]), int(row[-1])) for row in found)


def _within(table: Table, since: int | None, until: int | None, origin: int | None) -> Select[Any]:
    measures = ("events",) if table.c.get("events") is not None else USAGE_MEASURES
    query = select(table.c.hour, table.c.label_set, *(table.c[name] for name in measures))
    if since is not None:
        query = query.where(table.c.hour >= since)
    if until is not None:
        query = query.where(table.c.hour < until)
    if origin is not None:
        query = query.where(table.c.origin == origin)
    return query


def _figures(row: Sequence[Any], width: int, by_hour: bool) -> Figures:
    """Sums are exact: integers in SQLite, numeric in PostgreSQL."""
    first = width + by_hour
    sums = {name: int(value) for name, value in zip(USAGE_MEASURES, row[first:], strict=True) if value}
    return Figures(tuple(row[:width]), int(row[width]) if by_hour else None, sums)
