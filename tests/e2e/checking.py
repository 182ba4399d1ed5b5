"""Holds the ledger and /metrics to the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from stream.demo import accounts
from stream.demo.books import read_outcomes, read_tasks
from stream.ledger.database import read_ledger
from tests.support.books import Books, differences, read_exposition
from tests.support.oracle import Oracle
from tests.support.system import System


def expect(truth: Oracle) -> Callable[[Books], list[str]]:
    """What differs from the truth: every series' requests, attempts, tokens, cost, statuses and copies."""

    def differ(books: Books) -> list[str]:
        found = differences(truth.series, books.series)
        if books.conflicts:
            found.append(f"{books.conflicts} conflicts among copies that all agree")
        return found

    return differ


def cost_nano_usd(truth: Oracle) -> int:
    return sum(series.cost_nano_usd.total() for series in truth.series.values())


def await_truth(system: System, truth: Oracle) -> Books:
    """Wait until the ledger's database and /metrics say exactly the truth; the ledger's books."""
    differ = expect(truth)
    books = system.await_books(differ)
    assert books.cost_nano_usd == cost_nano_usd(truth) > 0

    def shown() -> list[str]:
        text = system.metrics_text()
        return ["/metrics does not answer"] if text is None else differ(read_exposition(text))

    def settled() -> bool:
        return not shown()

    try:
        system.wait(settled, "/metrics says what the ledger holds", 30.0)
    except AssertionError:
        assert not shown()
        raise
    return books


def as_demo_books(system: System, books: Books, dropped: Mapping[str, int]) -> accounts.Books:
    """``books`` in the form that the demo's account is compared with, zeros left out; with all outcomes and
    tasks that the ledger holds. ``dropped``: bodies that the collector refused whole, by source key.
    """
    engine = read_ledger(system.database)
    try:
        outcomes, tasks = read_outcomes(engine), read_tasks(engine)
    finally:
        engine.dispose()
    quarantined: Counter[str] = Counter()
    for (source, _), events in books.refused.items():
        quarantined[source] += events
    series = {
        labels: accounts.Totals(truth.attempts.total(), truth.duplicates, +truth.tokens)
        for labels, truth in books.series.items()
    }
    refused = {key: count for key, count in dropped.items() if count}
    return accounts.Books(series, quarantined, refused, outcomes, tasks)
