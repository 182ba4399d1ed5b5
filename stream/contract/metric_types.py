"""What a business metric is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stream.contract.names import SERIES_LABELS


@dataclass(frozen=True)
class Metric:
    """``name`` as exposed (counters with _total). ``unit`` in words for the reference."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    help: str
    labels: tuple[str, ...] = SERIES_LABELS


def counter(name: str, unit: str, help: str, labels: tuple[str, ...] = SERIES_LABELS) -> Metric:
    """A count of the past: it never falls."""
    return Metric(name, "counter", unit, help, labels)


def gauge(name: str, unit: str, help: str, labels: tuple[str, ...] = ()) -> Metric:
    """How something stands now."""
    return Metric(name, "gauge", unit, help, labels)
