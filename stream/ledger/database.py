"""Opening the ledger's database: to write (migrated first), or to read (never written)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from stream.ledger.errors import LedgerError

BUSY_TIMEOUT_MS: Final = 10_000  #: how long one process waits for another's transaction (SQLite)
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_WRITES: Final = "ledger_writes"
_START: Final = "start `tokonomics ledger`"


def open_ledger(url: str) -> Engine:
    """The ledger at ``url`` to write, made when missing and migrated to this release's schema.

    Raises LedgerError (bad_url, newer, unavailable).
    """
    parsed = _parsed(url)
    path = database_path(parsed)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(
                "unavailable", f"database: cannot make the directory {path.parent}: {error.strerror}"
            ) from error
    engine = _engine(parsed, writes=True)
    try:
        with reporting(engine), writing(engine) as connection:
            _require_known(connection, engine)
            migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def read_ledger(url: str) -> Engine:
    """The ledger at ``url`` to read; it must be there and of this release's schema.

    Raises LedgerError (bad_url, missing, older, newer, unavailable).
    """
    parsed = _parsed(url)
    path = database_path(parsed)
    if path is not None and not path.is_file():
        raise LedgerError("missing", f"database: there is no ledger at {shown(parsed)} yet; {_START}")
    engine = _engine(parsed, writes=False)
    try:
        with reporting(engine), engine.connect() as connection:
            current = _require_known(connection, engine)
            if current is None:
                raise LedgerError("missing", f"database: {shown(parsed)} holds no ledger yet; {_START}")
            if current != _scripts().get_current_head():
                raise LedgerError(
                    "older",
                    f"database: {shown(parsed)} has the schema {current} of an older release;"
                    f" {_START} of this release once, it migrates",
                )
    except BaseException:
        engine.dispose()
        raise
    return engine


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest revision, within the connection's transaction."""
    scripts, context = _scripts(), MigrationContext.configure(connection)
    missing = scripts.iterate_revisions("head", context.get_current_revision() or "base")
    with Operations.context(context):
        for script in reversed(list(missing)):
            script.module.upgrade()
            context.stamp(scripts, script.revision)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write, all or nothing. On SQLite it takes the write lock at its beginning."""
    with engine.execution_options(**{_WRITES: True}).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction whose statements all see one moment, whatever is written meanwhile."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def reporting(engine: Engine) -> Iterator[None]:
    """Raise what the database says as LedgerError (unavailable), in one line."""
    try:
        yield
    except DBAPIError as error:
        said = " ".join(str(error.orig).split())[:200]
        raise LedgerError("unavailable", f"database: {shown(engine.url)}: {said}") from error
    except SQLAlchemyError as error:
        said = " ".join(str(error).split())[:200]
        raise LedgerError("unavailable", f"database: {shown(engine.url)}: {said}") from error


def database_path(url: URL) -> Path | None:
    """The file of a SQLite database; None when it is in memory or another database."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def shown(url: URL) -> str:
    """The URL without its password."""
    return url.render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError:
        raise LedgerError(
            "bad_url", "database: not a database URL; write for example sqlite:///.tokonomics/ledger.sqlite"
        ) from None
    if backend not in ("sqlite", "postgresql"):
        raise LedgerError("bad_url", f"database: {backend} is not supported; use sqlite or postgresql")
    return parsed


def _engine(url: URL, *, writes: bool) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (ImportError, NoSuchModuleError) as error:
        raise LedgerError("bad_url", f"database: the driver of {shown(url)} is not installed") from error
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine, writes=writes)
    return engine


def _prepare_sqlite(engine: Engine, *, writes: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says, not at the first write
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA foreign_keys = ON")
        if writes:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        else:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))


def _require_known(connection: Connection, engine: Engine) -> str | None:
    """The schema's revision, None before the first. Raises LedgerError (newer) for one that is not ours."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {script.revision for script in _scripts().walk_revisions()}:
        raise LedgerError(
            "newer",
            f"database: {shown(engine.url)} has the schema {current} of a newer release; use that release",
        )
    return current
