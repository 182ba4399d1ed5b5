"""Which epochs the workers have taken: the newest marker of each partition, from the end of its changelog."""

from __future__ import annotations

from typing import Final

import msgspec

from stream.contract.rows import Marker, decode_state
from stream.control.broker_client import BrokerClient

_TAIL: Final = 64  #: records: a flush ends with its marker


def newest_marker(client: BrokerClient, changelog: str, partition: int, generation: str) -> Marker | None:
    """The newest marker of a log in a partition of its ``changelog``; None before a first flush.

    Reads from the end, and further back only while it finds none.
    """
    span, back = client.span(changelog, partition), _TAIL
    while True:
        start = max(span.first, span.end - back)
        found: Marker | None = None
        for entry in client.read(changelog, partition, start, span.end):
            marker = _marker(entry.value, generation)
            if marker is not None and (found is None or marker.upto > found.upto):
                found = marker
        if found is not None or start <= span.first:
            return found
        back *= 8


def _marker(value: bytes | None, generation: str) -> Marker | None:
    try:
        record = decode_state(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if isinstance(record, Marker) and any(born.id == generation for born in record.generations):
        return record
    return None
