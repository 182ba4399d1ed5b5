"""Frames of the spool's segments: one body each, whole or not at all. Pure.

A frame is ``magic 4s, payload bytes u32, events u32, accepted_us u64, CRC32C u32`` (little-endian; the
sum is over all before it and the payload), then the payload. What a crash cut off has no valid sum and
ends the segment; where valid frames follow a broken one, the disk has damaged what lay between.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import crc32c

MAGIC: Final = b"TkS1"
_HEAD: Final = struct.Struct("<4sIIQ")
_SUM: Final = struct.Struct("<I")
HEAD_BYTES: Final = _HEAD.size + _SUM.size


class Frame(NamedTuple):
    """``events``: how many the payload holds. ``accepted_us``: microseconds since 1970."""

    events: int
    accepted_us: int
    payload: bytes

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return HEAD_BYTES + len(self.payload)


class Found(NamedTuple):
    """What a segment holds, in order. ``damaged``: stretches that could not be read and have frames
    behind.
    """

    frames: list[Frame]
    damaged: int


def pack_frame(frame: Frame) -> bytes:
    """As it lies on disk."""
    head = _HEAD.pack(MAGIC, len(frame.payload), frame.events, frame.accepted_us)
    return head + _SUM.pack(_sum(head, frame.payload)) + frame.payload


def find_frames(data: bytes) -> Found:
    """The frames of a segment. What is broken at its end was never acknowledged and is left out."""
    frames: list[Frame] = []
    at = damaged = 0
    while at < len(data):
        frame = _frame_at(data, at)
        if frame is None:
            at = _next_valid(data, at + 1)
            if at < 0:
                break
            damaged += 1
            continue
        frames.append(frame)
        at += frame.size
    return Found(frames, damaged)


def _next_valid(data: bytes, at: int) -> int:
    """Where the next valid frame begins, -1: nowhere."""
    while (at := data.find(MAGIC, at)) >= 0:
        if _frame_at(data, at) is not None:
            return at
        at += 1
    return -1


def _frame_at(data: bytes, at: int) -> Frame | None:
    """The valid frame that begins here, if one does."""
    begin = at + HEAD_BYTES
    if begin > len(data):
        return None
    magic, size, events, accepted_us = _HEAD.unpack_from(data, at)
    if magic != MAGIC or begin + size > len(data):
        return None
    head, payload = data[at : at + _HEAD.size], data[begin : begin + size]
    (held,) = _SUM.unpack_from(data, at + _HEAD.size)
    return Frame(events, accepted_us, payload) if held == _sum(head, payload) else None


def _sum(head: bytes, payload: bytes) -> int:
    return int(crc32c.crc32c(payload, crc32c.crc32c(head)))
