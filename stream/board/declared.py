"""The programme and the directory, read again when their files change. I/O; blocking."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from stream.contract.directory import Directory, DirectoryInvalid
from stream.readings.errors import ProgramInvalid
from stream.readings.ledger import load_directory
from stream.readings.program_file import load_program
from stream.roi import Program

T = TypeVar("T")
_Stamp = tuple[int, int] | None


@dataclass(frozen=True)
class Declared:
    """``trouble``: why one of the two cannot be read, a line each; then it is as if it were not given."""

    program: Program | None
    directory: Directory | None
    trouble: tuple[str, ...]


class DeclaredFiles:
    """Both files, where they are given. Safe for several threads."""

    def __init__(self, program: Path | None, directory: Path | None) -> None:
        self._program = _File(program, lambda path: load_program(path).program)
        self._directory = _File(directory, load_directory)

    def read(self) -> Declared:
        """As they stand now."""
        program, one = self._program.read()
        directory, other = self._directory.read()
        return Declared(program, directory, (*one, *other))


class _File(Generic[T]):
    """One file, parsed once for each state of it."""

    def __init__(self, path: Path | None, parse: Callable[[Path], T]) -> None:
        self._path, self._parse = path, parse
        self._lock = threading.Lock()
        self._stamp: _Stamp = None
        self._held: tuple[T | None, tuple[str, ...]] = (None, ())

    def read(self) -> tuple[T | None, tuple[str, ...]]:
        if self._path is None:
            return None, ()
        with self._lock:
            stamp = _stamp(self._path)
            if stamp is None or stamp != self._stamp:
                self._held, self._stamp = self._parsed(self._path), stamp
            return self._held

    def _parsed(self, path: Path) -> tuple[T | None, tuple[str, ...]]:
        try:
            return self._parse(path), ()
        except (ProgramInvalid, DirectoryInvalid) as error:
            return None, tuple(error.problems)


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
