"""The KPI catalogue as data for machines and as lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from stream.contract.kpi_decisions import INPUT
from stream.contract.kpi_types import DIMENSIONS, Kpi
from stream.contract.kpi_words import rhythm_words, targets_words
from stream.contract.kpis import STARTER


def kpi_lines(kpis: Sequence[Kpi]) -> Iterator[str]:
    """By dimension: key, target, how often it is looked at, who decides."""
    rows = {kpi.key: _cells(kpi) for kpi in kpis}
    widths = [max(len(row[place]) for row in rows.values()) for place in range(3)]
    for dimension in DIMENSIONS:
        members = [kpi for kpi in kpis if kpi.dimension == dimension]
        if members:
            yield dimension
        for kpi in members:
            *cells, decides = rows[kpi.key]
            padded = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
            yield f"  {padded}  {decides}"
    yield "* to begin with   c companion: stands beside the core KPIs"


def _cells(kpi: Kpi) -> tuple[str, str, str, str]:
    mark = "*" if kpi.key in STARTER else "c" if kpi.rank == "companion" else " "
    both = "c" if mark == "*" and kpi.rank == "companion" else " "
    rhythms = " or ".join(rhythm_words(rhythm) for rhythm in kpi.reviewed)
    return f"{mark}{both} {kpi.key}", targets_words(kpi), rhythms, kpi.decision.decides


def kpi_json(kpi: Kpi) -> dict[str, Any]:
    """Everything of a KPI: numbers as numbers, inputs with what to connect."""
    found: dict[str, Any] = _plain(kpi)
    found["interval"] = kpi.interval
    found["starter"] = kpi.key in STARTER
    for name in ("inputs", "fuller_with"):
        found[name] = [_plain(INPUT[key]) for key in found[name]]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
