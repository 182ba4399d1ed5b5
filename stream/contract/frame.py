"""The frame of every record of a source log: version, kind, number of events, then a msgpack body.

The number of events stands outside the body, so that a batch whose body is malformed still balances.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final, NamedTuple

VERSION: Final = 1
_HEAD: Final = struct.Struct("<BBI")
HEAD_SIZE: Final = _HEAD.size


class Kind(IntEnum):
    """Kinds of records in the source logs. USAGE, OUTCOMES and ALIASES stand in the telemetry log alone (one
    log, one order, one offset), TASKS, PROBES and ACTIVITY in logs of their own, the others in every one.
    """

    USAGE = 1
    REFUSALS = 2
    OUTCOMES = 3
    ALIASES = 4
    EPOCH = 5
    GENERATION = 6
    HEARTBEAT = 7
    TASKS = 8
    PROBES = 9
    ACTIVITY = 10


class UnknownVersion(Exception):
    """A record this release cannot read: the worker stops, since skipping it would lose data."""

    reason = "unknown_version"


class Frame(NamedTuple):
    kind: Kind
    events: int  #: how many the body holds
    body: bytes


def pack(kind: Kind, count: int, body: bytes) -> bytes:
    """Frame a body. ``count``: events it holds (0 for control records)."""
    return _HEAD.pack(VERSION, kind, count) + body


def unpack(value: bytes) -> Frame:
    """Unframe a record's value. Raises UnknownVersion for a version or kind of a later release."""
    if len(value) < HEAD_SIZE:
        raise UnknownVersion(
            f"record of {len(value)} bytes has no frame; only Tokonomics writes to this topic"
        )
    version, kind, count = _HEAD.unpack_from(value)
    if version != VERSION or kind not in Kind._value2member_map_:
        raise UnknownVersion(
            f"record of version {version}, kind {kind}: upgrade this worker before its writers"
        )
    return Frame(Kind(kind), count, value[HEAD_SIZE:])
