"""Reads what /metrics says as exact decimals: shares no code with the renderer, and makes no floats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: \d+)?")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?')
_ESCAPED = re.compile(r"\\(.)")


class Sample(NamedTuple):
    """One line of an exposition."""

    name: str
    labels: dict[str, str]
    value: Decimal


def samples(text: str) -> Iterator[Sample]:
    """Every sample of an exposition in the Prometheus text format. Raises ValueError naming a bad line."""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"no sample: {line!r}")
        name, labels, value = found.groups()
        yield Sample(name, _labels(labels or "", line), Decimal(value))


def total(text: str, name: str, **labels: str) -> Decimal:
    """Sum of the samples of a name that bear these labels; 0 when there is none."""
    return sum(
        (s.value for s in samples(text) if s.name == name and labels.items() <= s.labels.items()), Decimal(0)
    )


def _labels(text: str, line: str) -> dict[str, str]:
    found, at = {}, 0
    while at < len(text):
        label = _LABEL.match(text, at)
        if label is None:
            raise ValueError(f"no labels: {line!r}")
        found[label[1]] = _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], label[2])
        at = label.end()
    return found
