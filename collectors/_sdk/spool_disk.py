"""What the spool asks of a disk, and a directory that does it: files that only grow, synced on request.

Several collectors may share a directory: each locks a *lane* (a folder) of its own, and at its start
takes over the lanes of those that ended, with what they left.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Final, Protocol

from collectors._sdk.errors import SpoolUnusable

_MOST_LANES: Final = 64
SUFFIX: Final = ".seg"
_LOCK: Final = "lock"


class Disk(Protocol):
    """Names are ``lane/number.seg``. All raise OSError."""

    def names(self) -> list[str]:
        """Of all segments, in the order they were made within a lane."""

    def read(self, name: str) -> bytes:
        """All of a segment."""

    def create(self, name: str) -> None:
        """An empty segment whose name outlives a crash."""

    def append(self, name: str, data: bytes) -> None:
        """May have written a part when it raises; nothing outlives a crash before ``sync``."""

    def sync(self, name: str) -> None:
        """What was appended outlives a crash once this returns."""

    def cut(self, name: str, size: int) -> None:
        """Shorten to ``size`` bytes."""

    def remove(self, name: str) -> None:
        """May come back after a crash."""

    def set_aside(self, name: str) -> str:
        """No longer one of ``names``, but kept: its new path, for people."""


class DirectoryDisk:
    """``lane``: ours. Raises SpoolUnusable when the directory cannot be made or used."""

    def __init__(self, directory: Path) -> None:
        self._root = directory
        self._locks: list[int] = []
        self._open: tuple[str, int] | None = None
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lanes = self._take_lanes()
        except OSError as error:
            self.close()
            raise SpoolUnusable(
                f"spool.directory: {directory}: {error.strerror}; name one that can be written to,"
                " or set spool: false for every receiver"
            ) from None
        if not self._lanes:
            raise SpoolUnusable(
                f"spool.directory: {directory}: {_MOST_LANES} collectors use it; name another"
            )
        self.lane = self._lanes[0]

    def _take_lanes(self) -> list[str]:
        """Ours first, then what collectors that ended left."""
        taken: list[str] = []
        for number in range(_MOST_LANES):
            lane = self._root / f"{number:02}"
            if taken and not lane.exists():
                continue
            lane.mkdir(mode=0o700, exist_ok=True)
            lock = os.open(lane / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            self._locks.append(lock)
            taken.append(lane.name)
        _sync_directory(self._root)
        for above in (self._root.parent, self._root.parent.parent):
            with contextlib.suppress(OSError):  # others', who may not let us; they were there before
                _sync_directory(above)
        return taken

    def names(self) -> list[str]:
        return [
            f"{lane}/{path.name}"
            for lane in self._lanes
            for path in sorted((self._root / lane).glob(f"*{SUFFIX}"))
            if path.stem.isdecimal()
        ]

    def read(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def create(self, name: str) -> None:
        self._shut()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._open = name, os.open(self._root / name, flags, 0o600)
        _sync_directory((self._root / name).parent)

    def append(self, name: str, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor(name), left) :]

    def sync(self, name: str) -> None:
        os.fsync(self._descriptor(name))

    def cut(self, name: str, size: int) -> None:
        os.truncate(self._root / name, size)

    def remove(self, name: str) -> None:
        if self._open is not None and self._open[0] == name:
            self._shut()
        (self._root / name).unlink(missing_ok=True)

    def set_aside(self, name: str) -> str:
        kept = (self._root / name).with_suffix(".unread")
        (self._root / name).rename(kept)
        return str(kept)

    def close(self) -> None:
        """Gives the lanes up."""
        self._shut()
        for lock in self._locks:
            os.close(lock)
        self._locks = []

    def _descriptor(self, name: str) -> int:
        assert self._open is not None and self._open[0] == name, "only the newest segment grows"
        return self._open[1]

    def _shut(self) -> None:
        if self._open is not None:
            os.close(self._open[1])
            self._open = None


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
