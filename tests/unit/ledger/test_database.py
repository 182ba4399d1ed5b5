"""Opening a ledger: made, migrated, refused; and what a reader is told."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Engine, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn, CreateTable

from stream.contract.rows import MEASURES
from stream.ledger import database, lock, queries, schema
from stream.ledger.database import open_ledger, read_ledger, writing
from stream.ledger.errors import LedgerError
from stream.ledger.writer import Place, Position, Writer
from tests.unit.ledger.records import DAY, closed, refusal, shard, usage_row


def url_of(path: Path) -> str:
    return f"sqlite:///{path / 'deep' / 'ledger.sqlite'}"


def set_revision(engine: Engine, revision: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_migrated_to_head_is_what_the_models_say(tmp_path: Path) -> None:
    """From an empty file the scripts make exactly the tables that the code uses."""
    engine = open_ledger(url_of(tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    assert set(schema.metadata.tables) < set(inspect(engine).get_table_names())


def ledger_of_the_first_release(path: Path) -> str:
    """As release 1 wrote it: a merged day, an open one, markers, positions, series, the pulse."""
    made = sqlite3.connect(path / "ledger.sqlite")
    made.executescript((Path(__file__).parent / "r0001.sql").read_text())
    made.close()
    return f"sqlite:///{path / 'ledger.sqlite'}"


def test_a_ledger_of_the_first_release_goes_on_exactly(tmp_path: Path) -> None:
    """Migrated in place: nothing held is lost or counted twice, positions, first-seen times and series stay,
    and its open day ends as if there had never been another release.
    """
    url = ledger_of_the_first_release(tmp_path)
    with pytest.raises(LedgerError, match="of an older release"):
        read_ledger(url)
    engine = open_ledger(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    writer = Writer(engine)
    assert dict(writer.positions()) == {
        Place("state", 0): Position("id", 4),
        Place("closed", 0): Position("id", 1),
    }
    assert writer.view().labels == (("production", "sales", *3 * ("",)), ("production", "care", *3 * ("",)))
    assert writer.view().values[:, 0].tolist() == [7, 2]
    assert writer.view().first_seen_us[0, 0] == 1_728_000_000_000_000
    assert queries.freshness_by_agent(engine) == {"telemetry": (9_000_000, 1_728_000_000_000_000, 0)}
    writer.commit([shard([usage_row("sales", 3), refusal("s", "too_old", 9)], 5)], {})  # of the merged day
    row = usage_row("sales", 6, hour=DAY * 24 + 25)
    writer.commit([shard([row, refusal("s", "too_old", 1, hour=DAY * 24 + 24)], 12, day=DAY + 1)], {})
    writer.commit([closed({0: 12}, day=DAY + 1)], {})
    sums = {f.labels: f.measures["requests_success"] for f in queries.usage(engine, ["department"])}
    assert sums == {("sales",): 9, ("care",): 9}
    assert queries.refusals(engine) == [("s", "too_old", 3)]
    assert queries.conflicts(engine) == [("s", "t", "tokens", 1)]
    assert writer.view().values[:, 0].tolist() == [9, 2], "without the import"


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    """A second start migrates nothing and loses nothing; a reader sees it."""
    writer = Writer(open_ledger(url_of(tmp_path)))
    writer.commit([shard([usage_row("sales", 3)], 5)], {})
    open_ledger(url_of(tmp_path))
    assert queries.usage(read_ledger(url_of(tmp_path)), [])[0].measures["requests_success"] == 3


def test_a_crash_while_migrating_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a migration or none: after a crash the next start begins where the last revision ended."""
    monkeypatch.setattr(MigrationContext, "stamp", _crash)
    with pytest.raises(KeyboardInterrupt):
        open_ledger(url_of(tmp_path))
    monkeypatch.undo()
    with pytest.raises(LedgerError, match="holds no ledger"):
        read_ledger(url_of(tmp_path))
    assert queries.usage(open_ledger(url_of(tmp_path)), []) == []


def _crash(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_it_survives_a_loss_of_power(tmp_path: Path) -> None:
    """What is shown must be on the disk: write-ahead log, synchronous in full."""
    with open_ledger(url_of(tmp_path)).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert (connection.exec_driver_sql("PRAGMA busy_timeout").scalar() or 0) > 1000


def test_the_tables_are_made_alike_on_postgresql() -> None:
    """Counts are 64 bits wide there too: no measure is a float, none a 32-bit integer."""
    for table in schema.metadata.sorted_tables:
        made = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        for column in table.columns:
            if isinstance(column.type, BigInteger):
                assert f"{column.name} BIGINT" in made.replace('"', ""), (table.name, column.name)
    for kind, measures in MEASURES.items():
        totals = schema.SHAPE_OF[kind].totals
        wide = {column.name for column in totals.columns if isinstance(column.type, BigInteger)}
        assert set(measures) < wide, kind


def test_the_scripts_make_the_same_tables_on_postgresql() -> None:
    """Every table and column of the code is in what the scripts say to PostgreSQL."""
    said = io.StringIO()
    options = {"as_sql": True, "output_buffer": said, "literal_binds": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        for script in reversed(list(ScriptDirectory(str(database._MIGRATIONS)).walk_revisions())):
            script.module.upgrade()
    for table in schema.metadata.sorted_tables:
        assert f"CREATE TABLE {table.name} (" in said.getvalue()
        for column in table.columns:
            made = str(CreateColumn(column).compile(dialect=postgresql.dialect()))
            assert made.split(" NOT NULL")[0] in said.getvalue(), (table.name, made)


def test_a_reader_is_told_when_there_is_no_ledger(tmp_path: Path) -> None:
    """Nothing is made by reading; the message says which command makes it."""
    with pytest.raises(LedgerError, match=r"no ledger at .* yet; start `tokonomics ledger`") as caught:
        read_ledger(url_of(tmp_path))
    assert caught.value.reason == "missing"
    assert list(tmp_path.iterdir()) == []


def test_a_reader_never_migrates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older schema is left as it is, and the message says who migrates it."""
    open_ledger(url_of(tmp_path))
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda scripts: "9000")
    with pytest.raises(LedgerError, match="start `tokonomics ledger` of this release once") as caught:
        read_ledger(url_of(tmp_path))
    assert caught.value.reason == "older"


@pytest.mark.parametrize("opened", [open_ledger, read_ledger])
def test_a_newer_schema_is_refused(tmp_path: Path, opened: type) -> None:
    """Neither writer nor reader touches what a newer release has made."""
    set_revision(open_ledger(url_of(tmp_path)), "9999")
    with pytest.raises(LedgerError, match="schema 9999 of a newer release") as caught:
        opened(url_of(tmp_path))
    assert caught.value.reason == "newer"


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """A mistake in a reader cannot change the one truth."""
    open_ledger(url_of(tmp_path))
    engine = read_ledger(url_of(tmp_path))
    with pytest.raises(Exception, match="readonly"), engine.begin() as connection:
        connection.execute(text("DELETE FROM positions"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """One line instead of a stack of the driver's."""
    path = tmp_path / "ledger.sqlite"
    path.write_text("not a database at all, but long enough to be looked at " * 20)
    for opened in (open_ledger, read_ledger):
        with pytest.raises(LedgerError, match="not a database") as caught:
            opened(f"sqlite:///{path}")
        assert caught.value.reason == "unavailable"
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x", "sqlite+nothing:///x"])
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(LedgerError) as caught:
        open_ledger(url)
    assert caught.value.reason == "bad_url"


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """The lock names its holder, and goes when the holder ends."""
    engine = open_ledger(url_of(tmp_path))
    refused = pytest.raises(LedgerError, match=r"another ledger process \(process \d+\)")
    with lock.sole_writer(engine), refused, lock.sole_writer(engine):
        raise AssertionError("two writers")
    with lock.sole_writer(engine):
        pass


def test_the_wheel_brings_the_migrations(tmp_path: Path) -> None:
    """Installed from a wheel, the ledger can be made: every script is in it."""
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=120)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert "stream/ledger/migrations/versions/r0001_rows_and_totals.py" in names
