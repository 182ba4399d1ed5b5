"""A reading as plain data for machines. Pure: the same reading, the same data."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from stream.contract.kpi_words import targets_words
from stream.readings.reading import Beside, Part, Reading
from stream.roi.rounding import rounded

_PLACES: Final = 9


def reading_json(reading: Reading) -> dict[str, Any]:
    """Everything of a reading: numbers as decimals to 9 places in text, None where not known."""
    definition = reading.kpi.definition
    return {
        "kpi": reading.key,
        "name": reading.kpi.name,
        "scope": reading.scope,
        "unit": reading.unit,
        "value": number(reading.value),
        "numerator": number(reading.numerator),
        "denominator": number(reading.denominator),
        "low": number(reading.low),
        "high": number(reading.high),
        "samples": number(reading.samples),
        "previous": number(reading.previous),
        "status": reading.status,
        "measured": reading.measured if reading.value is not None else None,
        "targets": [{"target": item.text, "status": item.status, "own": item.own} for item in reading.against]
        or targets_words(reading.kpi),
        "connect": reading.connect,
        "notes": list(reading.notes),
        "beside": [_beside(item) for item in reading.beside],
        "parts": [_part(part) for part in reading.by],
        "definition": {
            "numerator": definition.numerator,
            "denominator": definition.denominator,
            "formula": definition.formula,
        },
        "origin": reading.origin,
    }


def number(value: Fraction | None) -> str | None:
    """A decimal to 9 places, half to even."""
    return None if value is None else rounded(value, _PLACES)


def _beside(item: Beside) -> dict[str, Any]:
    return {
        "key": item.key,
        "name": item.name,
        "unit": item.unit,
        "value": number(item.value),
        "numerator": number(item.numerator),
        "denominator": number(item.denominator),
        "low": number(item.low),
        "high": number(item.high),
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "labels": dict(zip(part.by, part.labels, strict=True)),
        "value": number(part.value),
        "numerator": number(part.numerator),
        "denominator": number(part.denominator),
        "low": number(part.low),
        "high": number(part.high),
        "status": part.status,
        "suppressed": part.suppressed,
        "notes": list(part.notes),
    }
