"""Sums of one kind of rows by labels: what every query of figures is made of. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Select, Table, func, select, union_all

from stream.contract.rows import ROW_LABELS
from stream.ledger import schema
from stream.ledger.database import reporting
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
    shape = schema.SHAPE_OF[kind]
    rows = union_all(*(_within(table, shape, span) for table in (shape.rows, shape.totals))).subquery()
    keys: list[ColumnElement[Any]] = [_SETS[label] for label in by]
    keys += [rows.c.hour] if by_hour else []
    query = select(*keys, *(func.sum(rows.c[name]) for name in shape.measures))
    query = query.join_from(rows, schema.label_sets, rows.c.label_set == _SETS.id)
    query = query.where(_SETS.kind == kind, *(_SETS[label] == value for label, value in span.where.items()))
    query = query.group_by(*keys).having(func.count() > 0)
    with reporting(engine), engine.connect() as connection:
        found = connection.execute(query).all()
    figures = [_figures(row, len(by), by_hour, shape.measures) for row in found]
    return sorted(figures, key=lambda figure: (figure.labels, figure.hour or 0))


def _require_labels(what: str, labels: Sequence[str] | Mapping[str, str], known: Sequence[str]) -> None:
    for label in labels:
        if label not in known:
            raise LedgerError(
                "unknown_label", f"{what}: {label!r} is not a label; labels are {', '.join(known)}"
            )


def _within(table: Table, shape: schema.Shape, span: Span) -> Select[Any]:
    query = select(table.c.hour, table.c.label_set, *(table.c[name] for name in shape.measures))
    if span.since is not None:
        query = query.where(table.c.hour >= span.since)
    if span.until is not None:
        query = query.where(table.c.hour < span.until)
    if span.origin is not None:
        query = query.where(table.c.origin == span.origin)
    return query


def _figures(row: Sequence[Any], width: int, by_hour: bool, measures: Sequence[str]) -> Figures:
    """Sums are exact: integers in SQLite, numeric in PostgreSQL."""
    first = width + by_hour
    found = {name: int(value) for name, value in zip(measures, row[first:], strict=True) if value}
    return Figures(tuple(row[:width]), int(row[width]) if by_hour else None, found)
