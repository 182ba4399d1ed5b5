"""One writer per database: a second ledger process is refused, since both would move the same totals."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from stream.ledger.database import database_path, reporting, shown
from stream.ledger.errors import LedgerError

_ADVISORY_LOCK: Final = 0x746F6B6F  #: any number that nobody else takes in this database


@contextmanager
def sole_writer(engine: Engine) -> Iterator[None]:
    """Hold the database as its only writer; the lock goes with the process, however it ends.

    Raises LedgerError (in_use, unavailable). A database in memory is its process's own.
    """
    if engine.dialect.name == "postgresql":
        with _advisory_lock(engine):
            yield
        return
    path = database_path(engine.url)
    if path is None:
        yield
        return
    with _file_lock(path.with_name(path.name + ".lock"), shown(engine.url)):
        yield


@contextmanager
def _file_lock(path: Path, database: str) -> Iterator[None]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LedgerError("unavailable", f"database: cannot open {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(handle, 20).decode(errors="replace").strip() or "unknown"
            raise _in_use(database, f" (process {holder})") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        with reporting(engine):
            held = connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": _ADVISORY_LOCK}).scalar()
            connection.commit()
        if not held:
            raise _in_use(shown(engine.url), "")
        yield  # the lock is the session's: closing the connection for good gives it back
        connection.invalidate()


def _in_use(database: str, holder: str) -> LedgerError:
    return LedgerError(
        "in_use",
        f"database: another ledger process{holder} writes to {database}; stop it, or give this one a database"
        " of its own with --database",
    )
