"""Sums of one kind of rows by labels: what every query of figures is made of. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, func, select

from stream.contract.rows import ROW_LABELS
from stream.ledger import schema
from stream.ledger.database import reading, reporting
from stream.ledger.errors import LedgerError
from stream.ledger.figures import Figures

_SETS: Final = schema.label_sets.c


@dataclass(frozen=True)
class Span:
    """Which rows: of the hours ``since`` to ``until`` (exclusive; None: no bound), whose labels have the
    values ``where``, of ``origin`` (None: both).
    """

    since: int | None = None
    until: int | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    origin: int | None = None


def sums(engine: Engine, kind: int, by: Sequence[str], span: Span, *, by_hour: bool = False) -> list[Figures]:
    """Sums of the rows of ``kind`` by the labels ``by``, in the order of labels, then hour.

    Raises LedgerError (unknown_label, unavailable).
    """
    _require_labels("by", by, ROW_LABELS[kind])
    _require_labels("where", span.where, ROW_LABELS[kind])
    shape, width = schema.SHAPE_OF[kind], len(by) + by_hour
    held: dict[tuple[Any, ...], Sequence[Any]] = {}
    with reporting(engine), reading(engine) as connection:
        tables = (shape.rows, shape.totals)
        # many groups of many measures: those that are 0 in all of them are most, and cost as much
        names = _used(connection, tables, shape.measures, span) if by_hour else shape.measures
        for table in tables:
            for row in connection.execute(_query(table, kind, by, names, span, by_hour)):
                group, values = tuple(row[:width]), row[width:]
                before = held.get(group)
                held[group] = (
                    values if before is None else [a + b for a, b in zip(before, values, strict=True)]
                )
    figures = [_figures(group, names, values, by_hour) for group, values in held.items()]
    return sorted(figures, key=lambda figure: (figure.labels, figure.hour or 0))


def _require_labels(what: str, labels: Sequence[str] | Mapping[str, str], known: Sequence[str]) -> None:
    for label in labels:
        if label not in known:
            raise LedgerError(
                "unknown_label", f"{what}: {label!r} is not a label; labels are {', '.join(known)}"
            )


def _query(
    table: Table, kind: int, by: Sequence[str], names: Sequence[str], span: Span, by_hour: bool
) -> Select[Any]:
    keys: list[ColumnElement[Any]] = [_SETS[label] for label in by]
    keys += [table.c.hour] if by_hour else []
    query = select(*keys, *(func.sum(table.c[name]) for name in names))
    query = query.join_from(table, schema.label_sets, table.c.label_set == _SETS.id)
    query = query.where(*_within(table, span), _SETS.kind == kind)
    query = query.where(*(_SETS[label] == value for label, value in span.where.items()))
    return query.group_by(*keys).having(func.count() > 0)


def _used(connection: Connection, tables: Sequence[Table], names: Sequence[str], span: Span) -> Sequence[str]:
    """Measures that are not 0 in some row of the span."""
    used: set[str] = set()
    for table in tables:
        query = select(*(func.count(func.nullif(table.c[name], 0)) for name in names))
        counts = connection.execute(query.where(*_within(table, span))).one()
        used |= {name for name, count in zip(names, counts, strict=True) if count}
    return [name for name in names if name in used]


def _within(table: Table, span: Span) -> list[ColumnElement[bool]]:
    wanted = [] if span.since is None else [table.c.hour >= span.since]
    wanted += [] if span.until is None else [table.c.hour < span.until]
    return wanted + ([] if span.origin is None else [table.c.origin == span.origin])


def _figures(group: tuple[Any, ...], names: Sequence[str], values: Sequence[Any], by_hour: bool) -> Figures:
    """Sums are exact: integers in SQLite, numeric in PostgreSQL."""
    found = {name: int(value) for name, value in zip(names, values, strict=True) if value}
    return Figures(group[:-1], int(group[-1]), found) if by_hour else Figures(group, None, found)
