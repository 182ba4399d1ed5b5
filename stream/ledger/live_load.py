"""Live series and their sums, as a process that starts finds them in the database."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Select, func, select, union_all

from stream.contract.judgements import DELIVERY
from stream.contract.rows import LIVE, MEASURES, PEOPLE, PEOPLE_LABELS
from stream.ledger import schema
from stream.ledger.crowd import PeopleAt
from stream.ledger.held import LabelSet
from stream.ledger.live import FAMILIES, Family

_SETS = schema.label_sets.c


def load_series(connection: Connection) -> tuple[dict[LabelSet, int], dict[tuple[LabelSet, int], int]]:
    """Ids of series, and when each measure of them was first seen."""
    ids: dict[LabelSet, int] = {}
    named = {}
    for row in connection.execute(select(schema.series)):
        named[row.id] = (row.kind, tuple(json.loads(row.labels)))
        ids[named[row.id]] = row.id
    seen = {}
    for row in connection.execute(select(schema.first_seen)):
        series = named[row.series]
        seen[series, MEASURES[series[0]].index(row.measure)] = row.at_us
    return ids, seen


def load_sums(connection: Connection) -> dict[LabelSet, dict[int, int]]:
    """Sums of live rows by series: measure (by number) -> sum, zeros left out."""
    return {series: values for family in FAMILIES for series, values in _family(connection, family)}


def load_people(connection: Connection, since_day: int) -> dict[PeopleAt, list[int]]:
    """Sums of live people from an as-of day on."""
    rows = _live(PEOPLE, since_hour=24 * since_day).subquery()
    keys = [rows.c.hour, *(_SETS[label] for label in PEOPLE_LABELS)]
    query = select(*keys, *(func.sum(rows.c[name]) for name in schema.SHAPE_OF[PEOPLE].measures))
    query = query.join_from(rows, schema.label_sets, rows.c.label_set == _SETS.id)
    return {
        (row[0] // 24, row[1], row[2], int(row[3])): [int(value) for value in row[4:]]
        for row in connection.execute(query.group_by(*keys))
    }


def _family(connection: Connection, family: Family) -> list[tuple[LabelSet, dict[int, int]]]:
    rows = _live(family.kind).subquery()
    keys = [_SETS[label] for label in family.labels]
    query = select(*keys, *(func.sum(rows.c[name]) for name in schema.SHAPE_OF[family.kind].measures))
    query = query.join_from(rows, schema.label_sets, rows.c.label_set == _SETS.id)
    query = query.where(_SETS.kind == family.kind)
    if family.delivery is not None:
        query = query.where((_SETS.aspect == DELIVERY) == family.delivery)
    found = connection.execute(query.group_by(*keys)).all()
    width = len(keys)
    return [
        (
            (family.kind, tuple(row[:width])),
            {m: int(value) for m, value in enumerate(row[width:]) if value},
        )
        for row in found
    ]


def _live(kind: int, *, since_hour: int | None = None) -> Any:
    shape = schema.SHAPE_OF[kind]

    def of(table: Any) -> Select[Any]:
        query = select(table.c.hour, table.c.label_set, *(table.c[name] for name in shape.measures))
        query = query.where(table.c.origin == LIVE)
        return query if since_hour is None else query.where(table.c.hour >= since_hour)

    return union_all(of(shape.rows), of(shape.totals))
