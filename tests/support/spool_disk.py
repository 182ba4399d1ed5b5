"""A disk in memory that may crash or fail at any operation: what was not synced is lost, whole or in part."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass


class Crash(BaseException):
    """The process, or the machine, ends here."""


@dataclass
class _File:
    """``data[:synced]`` outlives a crash."""

    data: bytes = b""
    synced: int = 0


class CrashingDisk:
    """A collectors._sdk.spool_disk.Disk. ``crash_in``: operations until a crash; ``fail_in``: until one
    raises OSError, and ``failing`` more with it; None: never. ``part``: of what is written when it crashes
    or fails, 0 to 1.
    """

    def __init__(self) -> None:
        self.files: dict[str, _File] = {}
        self.removed: dict[str, _File] = {}
        self.crash_in: int | None = None
        self.failing = 0
        self.fail_in: int | None = None
        self.part = 0.0
        self.syncs = 0

    def _tick(self, at_fault: Callable[[], None] = lambda: None) -> None:
        """Before an operation takes effect; ``at_fault``: what of it takes effect all the same."""
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                at_fault()
                raise Crash
        if self.fail_in is not None:
            self.fail_in -= 1
            if self.fail_in < 0:
                if self.fail_in + self.failing < 0:
                    self.fail_in = None
                at_fault()
                raise OSError(errno.ENOSPC, "No space left")

    def names(self) -> list[str]:
        return sorted(self.files)

    def read(self, name: str) -> bytes:
        self._tick()
        return self.files[name].data

    def create(self, name: str) -> None:
        def made() -> None:
            self.files[name] = _File()

        self._tick(made)
        assert name not in self.files, "a segment is made once"
        self.files[name] = _File()

    def append(self, name: str, data: bytes) -> None:
        file = self.files[name]

        def some() -> None:
            file.data += data[: int(len(data) * self.part)]

        self._tick(some)
        file.data += data

    def sync(self, name: str) -> None:
        self._tick()
        self.syncs += 1
        file = self.files[name]
        file.synced = len(file.data)

    def cut(self, name: str, size: int) -> None:
        self._tick()
        file = self.files[name]
        file.data, file.synced = file.data[:size], min(file.synced, size)

    def remove(self, name: str) -> None:
        self._tick()
        self.removed[name] = self.files.pop(name)

    def set_aside(self, name: str) -> str:
        self._tick()
        self.removed[name] = self.files.pop(name)
        return name

    def crashed(self, kept: Callable[[int], int], comes_back: Callable[[], bool]) -> None:
        """What a machine finds that starts again. ``kept``: of so many bytes never synced, how many stay, of
        which the last may be wrong; ``comes_back``: whether a removed segment does.
        """
        self.crash_in = self.fail_in = None
        for name in [name for name in self.removed if comes_back()]:
            self.files[name] = self.removed[name]
        self.removed = {}
        for file in self.files.values():
            tail = file.data[file.synced :][: kept(len(file.data) - file.synced)]
            if tail and comes_back():
                tail = tail[:-1] + bytes([tail[-1] ^ 0xFF])
            file.data = file.data[: file.synced] + tail
            file.synced = len(file.data)
