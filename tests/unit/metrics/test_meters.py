"""What the ledger process counts of its own work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, insert, select

from stream.ledger import schema
from stream.ledger.database import open_ledger, writing
from stream.ledger.errors import LedgerError
from stream.ledger.figures import View
from stream.metrics.meters import Meters
from tests.unit.metrics.expected import make_view

NOW_US = 1_790_000_000_000_000


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    yield opened
    opened.dispose()


def figures(meters: Meters) -> dict[str, float]:
    text = generate_latest(meters.registry).decode()
    return {s.name: s.value for family in text_string_to_metric_families(text) for s in family.samples}


def meters_of(engine: Engine, view: View | None = None) -> Meters:
    return Meters(engine, lambda: view or make_view({}), lambda: NOW_US)


def test_transactions_that_write_are_counted_once_they_are_kept(engine: Engine) -> None:
    """Rows of a transaction that is undone are no rows; reading is not writing."""
    meters = meters_of(engine)
    row = dict.fromkeys(("requests", "errors", "tokens", "cost_nano_usd"), 0) | {"department": "a"}
    rows = [{**row, "minute": minute} for minute in range(3)]
    with writing(engine) as connection:
        connection.execute(insert(schema.minutes), rows)
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        connection.execute(insert(schema.minutes), [{**row, "minute": 9}])
        raise ZeroDivisionError
    with engine.connect() as connection:
        connection.execute(select(schema.minutes)).all()
    found = figures(meters)
    assert found["tokonomics_ledger_written_rows_total"] == 3
    assert found["tokonomics_ledger_commit_seconds_count"] == 1
    assert found["tokonomics_ledger_rollbacks_total"] == 1


def test_what_came_too_late_is_asked_of_the_database(engine: Engine) -> None:
    """Shards ignored after the merge of their day, over all days and restarts."""
    meters = meters_of(engine)
    day = {"generation": "g", "partition": 0, "closed": None, "merged_us": 1}
    with writing(engine) as connection:
        connection.execute(
            insert(schema.arrivals), [{**day, "id": n, "day": n, "ignored": n} for n in (1, 2)]
        )
    meters.refresh()
    assert figures(meters)["tokonomics_ledger_ignored_shards"] == 3


def test_freshness_is_read_at_each_scrape(engine: Engine) -> None:
    """How far behind, and how old the newest event is; nothing is said of an age before the first event."""
    found = figures(meters_of(engine, make_view({}, behind=2, accepted_us=NOW_US - 1_500_000)))
    assert found["tokonomics_ledger_behind_shards"] == 2
    assert found["tokonomics_ledger_accepted_age_seconds"] == 1.5
    assert "tokonomics_ledger_accepted_age_seconds" not in figures(meters_of(engine))


def test_a_stopped_follower_does_not_silence_it(engine: Engine) -> None:
    """The view is an error then; what else there is to say is still said."""

    def view() -> View:
        raise LedgerError("in_use", "another process writes")

    found = figures(Meters(engine, view, lambda: NOW_US))
    assert "tokonomics_ledger_behind_shards" not in found
    assert "tokonomics_ledger_written_rows_total" in found
