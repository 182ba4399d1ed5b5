"""Segments of the spool: bodies are appended to the newest, read from sealed ones, and gone with the
whole segment.

No segment of a former process is ever appended to, so that what a crash cut off needs no mending.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from collectors._sdk.spool_disk import SUFFIX, Disk
from collectors._sdk.spool_frames import Found, Frame, find_frames, pack_frame


@dataclass
class _Held:
    """``size``: bytes. ``oldest_us``: accept time of its first body."""

    size: int = 0
    events: int = 0
    oldest_us: int | None = None

    def add(self, frames: Sequence[Frame]) -> None:
        self.events += sum(frame.events for frame in frames)
        if frames and self.oldest_us is None:
            self.oldest_us = frames[0].accepted_us


class Segments:
    """Used by one thread at a time. ``lane``: where new segments are made; ``segment_bytes``: a segment
    takes no further body beyond.
    """

    def __init__(self, disk: Disk, lane: str, segment_bytes: int) -> None:
        """Raises OSError."""
        self._disk, self._lane, self._segment_bytes = disk, lane, segment_bytes
        self._held: dict[str, _Held] = {}
        self._newest: str | None = None
        for name in disk.names():
            data = disk.read(name)
            self._held[name] = held = _Held(len(data))
            held.add(find_frames(data).frames)
        ours = [name for name in self._held if name.startswith(f"{lane}/")]
        self._number = max((int(name.rpartition("/")[2].removesuffix(SUFFIX)) for name in ours), default=0)

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(held.size for held in list(self._held.values()))

    @property
    def events(self) -> int:
        return sum(held.events for held in list(self._held.values()))

    @property
    def oldest_us(self) -> int | None:
        """Accept time of the oldest body, None when there is none."""
        return min((h.oldest_us for h in list(self._held.values()) if h.oldest_us is not None), default=None)

    def append(self, frames: Sequence[Frame]) -> None:
        """All of them outlive a crash once it returns. Raises OSError: then none of them counts as taken."""
        data = b"".join(map(pack_frame, frames))
        if self._newest is None or self._held[self._newest].size >= self._segment_bytes:
            self._begin()
        name = self._newest
        assert name is not None
        held = self._held[name]
        try:
            self._disk.append(name, data)
            self._disk.sync(name)
        except OSError:
            self._newest = None  # after a failed sync nobody knows what of it is on the disk
            with contextlib.suppress(OSError):
                self._disk.cut(name, held.size)
            raise
        held.size += len(data)
        held.add(frames)

    def _begin(self) -> None:
        self._newest = None
        self._number += 1
        name = f"{self._lane}/{self._number:010}{SUFFIX}"
        self._disk.create(name)
        self._held[name], self._newest = _Held(), name

    def oldest_sealed(self) -> str | None:
        """The segment to be read next; the newest is sealed when it is the only one."""
        for name in self._held:
            if name == self._newest:
                self._newest = None
            return name
        return None

    def read(self, name: str) -> Found:
        """Raises OSError."""
        return find_frames(self._disk.read(name))

    def remove(self, name: str) -> None:
        """Once the log holds all that is in it. Raises OSError."""
        self._disk.remove(name)
        del self._held[name]

    def set_aside(self, name: str) -> str:
        """Kept for people, under the path that is returned. Raises OSError."""
        kept = self._disk.set_aside(name)
        del self._held[name]
        return kept
