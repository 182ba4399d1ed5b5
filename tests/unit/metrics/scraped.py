"""A page as prometheus_client's parser reads it, with the values as they are written."""

from __future__ import annotations

import re
from decimal import Decimal

from prometheus_client.parser import text_string_to_metric_families

from tests.unit.metrics.expected import Sample

_PLAIN = re.compile(r"(\d+)(\.\d*[1-9])?")


def samples(page: bytes) -> dict[Sample, Decimal]:
    """Sample -> value. Fails for a sample that is there twice, or whose value is no plain exact decimal."""
    text = page.decode()
    written = [line.rpartition(" ")[2] for line in text.split("\n") if line and not line.startswith("#")]
    parsed = [s for family in text_string_to_metric_families(text) for s in family.samples]
    assert len(written) == len(parsed)
    found: dict[Sample, Decimal] = {}
    for value, sample in zip(written, parsed, strict=True):
        assert _PLAIN.fullmatch(value), value
        assert float(value) == float(sample.value)
        key = (sample.name, frozenset(sample.labels.items()))
        assert key not in found, key
        found[key] = Decimal(value)
    return found
