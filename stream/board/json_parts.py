"""Figures and tables for machines. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stream.board.page import Figure, Row, Table


def figure(found: Figure, unit: str = "") -> Mapping[str, Any]:
    """``value``: exact, None without data; ``shown``: as the page writes it."""
    return {
        "value": found.exact,
        "unit": found.unit or unit,
        "shown": found.shown,
        "at_least": found.at_least,
        "denominator": found.of,
        "denominator_of": found.of_what,
        "note": found.note,
    }


def table(found: Table) -> Mapping[str, Any]:
    """Rows as objects by column, each with its labels."""

    def row(line: Row) -> Mapping[str, Any]:
        cells = zip(found.columns, line.cells, strict=True)
        return {
            "labels": list(line.labels),
            "name": line.name,
            "depth": line.depth,
            **{column.key: figure(cell, column.unit) for column, cell in cells},
        }

    return {
        "title": found.title,
        "note": found.note,
        "definitions": {column.key: column.definition for column in found.columns},
        "rows": [row(line) for line in found.rows],
        "total": None if found.total is None else row(found.total),
    }
