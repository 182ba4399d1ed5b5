"""The programme and the target populations of a process that runs on: read again when their files change,
the last good ones kept where they cannot be. I/O; blocking.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge

from stream.contract.directory import Directory, DirectoryInvalid
from stream.readings.errors import ProgramInvalid
from stream.readings.ledger import load_directory
from stream.readings.program_file import load_program
from stream.roi import Program

T = TypeVar("T")
PROGRAM: Final = "program"
PEOPLE: Final = "people"
INVALID: Final = (ProgramInvalid, DirectoryInvalid)
_Stamp = tuple[int, int] | None
_log = logging.getLogger("tokonomics.declared")


class Declared(NamedTuple):
    """As last read well; None: not given."""

    program: Program | None
    directory: Directory | None


class DeclaredFiles:
    """Both files, where they are given. For one thread. Raises ProgramInvalid, DirectoryInvalid: a file does
    not hold now, at the start.
    """

    def __init__(self, program: Path | None, directory: Path | None) -> None:
        self._program = _File(PROGRAM, program, lambda path: load_program(path).program)
        self._directory = _File(PEOPLE, directory, load_directory)

    def read(self) -> Declared:
        """As they stand now; a file that no longer holds is logged once, and counted."""
        return Declared(self._program.read(), self._directory.read())

    def count_on(self, registry: CollectorRegistry) -> None:
        """Say on ``registry`` how often a file could not be used, and whether that is so now."""
        failures = Counter(
            "tokonomics_ledger_declared_failures",
            "Changes of the programme or the people that could not be used",
            ["file"],
            registry=registry,
        )
        stale = Gauge(
            "tokonomics_ledger_declared_stale",
            "Whether an earlier state of the file is in use, since the present one does not hold",
            ["file"],
            registry=registry,
        )
        for file in (self._program, self._directory):
            if file.given:
                file.failures, file.stale = failures.labels(file.name), stale.labels(file.name)


class _File(Generic[T]):
    """One file, parsed once for each state of it."""

    def __init__(self, name: str, path: Path | None, parse: Callable[[Path], T]) -> None:
        self.name, self._path, self._parse = name, path, parse
        self.failures: Counter | None = None
        self.stale: Gauge | None = None
        self._stamp: _Stamp = None
        self._held: T | None = None
        if path is not None:
            self._stamp, self._held = _stamp(path), parse(path)

    @property
    def given(self) -> bool:
        return self._path is not None

    def read(self) -> T | None:
        if self._path is None:
            return None
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            self._take(self._path)
        return self._held

    def _take(self, path: Path) -> None:
        try:
            self._held = self._parse(path)
        except INVALID as error:
            said = f"{first_problem(error)}; the state before it stays in use"
            _log.error("declared_file_refused file=%s %s", self.name, said)
            if self.failures:
                self.failures.inc()
            if self.stale:
                self.stale.set(1)
            return
        _log.info("declared_file_read file=%s path=%s", self.name, path)
        if self.stale:
            self.stale.set(0)


def first_problem(error: ProgramInvalid | DirectoryInvalid) -> str:
    """The first of its problems (file, line, field, mend) and how many more there are."""
    more = len(error.problems) - 1
    return f"{error.problems[0]}; and {more} more" if more else error.problems[0]


def _stamp(path: Path) -> _Stamp:
    """What tells one state of a file from another; None: it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
