"""What the board asks of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.board.period import period_named, window
from stream.board.reading import Reader
from stream.board.sums import total
from stream.board.tables import ENVIRONMENT
from stream.contract.names import PRODUCTION, US_PER_HOUR
from stream.ledger.database import open_ledger
from stream.ledger.errors import LedgerError
from stream.settings import BoardSettings
from tests.board.demo_ledger import DemoLedger

NOW_US = 495_000 * US_PER_HOUR + US_PER_HOUR // 2


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[tuple[DemoLedger, Reader]]:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    engine, reader = open_ledger(url), Reader(BoardSettings(database=url))
    yield DemoLedger(engine), reader
    reader.close()
    engine.dispose()


def test_all_that_is_compared_and_drawn_is_production(ledger: tuple[DemoLedger, Reader]) -> None:
    """The period before and the cost per hour leave the other environments out, as the figures do."""
    writer, reader = ledger
    writer.fill(NOW_US, hours=30)
    found = reader.read(window(period_named("hour"), NOW_US))
    environments = {row.labels[ENVIRONMENT] for row in found.usage}
    assert environments == {PRODUCTION, "staging"}
    ours = total(row for row in found.usage if row.labels[ENVIRONMENT] == PRODUCTION)
    assert total(found.hours).measures == ours.measures
    assert found.earlier is not None
    assert {row.labels for row in found.earlier} == {(PRODUCTION,)}
    assert total(found.earlier).requests > 0


def test_windows_do_not_overlap_and_leave_no_hour_out(ledger: tuple[DemoLedger, Reader]) -> None:
    """A period and the one before are side by side: together they are what a longer one holds."""
    writer, reader = ledger
    writer.fill(NOW_US, hours=60)
    day = window(period_named("day"), NOW_US)
    found, everything = reader.read(day), reader.read(window(period_named("all"), NOW_US))
    assert found.earlier is not None and day.earlier is not None and day.since == day.earlier[1]
    hours = {row.hour: total([row]).requests for row in reader.read(day).hours}
    assert set(filter(None, hours)) <= set(range(day.since or 0, day.until))
    ours = total(row for row in found.usage if row.labels[ENVIRONMENT] == PRODUCTION)
    older = total(row for row in everything.hours if (row.hour or 0) < day.earlier[0])
    assert ours.requests + total(found.earlier).requests + older.requests == total(everything.hours).requests


def test_a_ledger_that_does_not_reach_back_has_no_earlier_period(ledger: tuple[DemoLedger, Reader]) -> None:
    """A part of a period is not compared with a whole one."""
    writer, reader = ledger
    writer.fill(NOW_US, hours=30)
    assert reader.read(window(period_named("day"), NOW_US)).earlier is None
    assert reader.read(window(period_named("all"), NOW_US)).earlier is None


def test_events_a_little_ahead_of_our_clock_are_held(ledger: tuple[DemoLedger, Reader]) -> None:
    """A source's clock may be ten minutes ahead: at the end of an hour its events bear the next one."""
    writer, reader = ledger
    almost = 495_001 * US_PER_HOUR - 60_000_000
    writer.write(almost + 120_000_000, 1.0)
    assert total(reader.read(window(period_named("hour"), almost)).usage).requests > 0


def test_a_ledger_made_anew_is_found(tmp_path: Path) -> None:
    """After a failed reading the file is opened again: another one may lie there."""
    path = tmp_path / "ledger.sqlite"
    url = f"sqlite:///{path}"
    reader = Reader(BoardSettings(database=url))
    with pytest.raises(LedgerError) as raised:
        reader.check()
    assert raised.value.reason == "missing"
    engine = open_ledger(url)
    reader.check()
    assert reader.read(window(period_named("all"), NOW_US)).empty
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE minutes")
    with pytest.raises(LedgerError):
        reader.read(window(period_named("all"), NOW_US))
    engine.dispose()
    for file in tmp_path.iterdir():
        file.unlink()
    open_ledger(url).dispose()
    reader.check()
    assert reader.read(window(period_named("all"), NOW_US)).empty
    reader.close()


def test_adoption_is_over_the_directory_of_the_day(tmp_path: Path) -> None:
    """The directory's people are the denominator; one that cannot be read is said, and the rest is there."""
    url, file = f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "people.csv"
    engine = open_ledger(url)
    DemoLedger(engine, judged=True).fill(NOW_US, hours=3)
    engine.dispose()
    people = [f"p{i}@example.org,marketing,,," for i in range(40)]
    file.write_text("\n".join(["person,department,use_cases,since,until", *people]))
    reader = Reader(BoardSettings(database=url, directory=file))
    frame = window(period_named("day"), NOW_US)
    found = reader.read(frame)
    (part,) = [
        one for one in found.kpis.of("adoption_rate").split("department") if one.labels == ("marketing",)
    ]
    assert (part.denominator, found.trouble) == (40, ())
    file.write_text("nonsense\n")
    found = reader.read(frame)
    assert found.trouble and "people.csv" in found.trouble[0]
    assert found.kpis.of("adoption_rate").value is None
    assert total(found.usage).requests > 0
    reader.close()
