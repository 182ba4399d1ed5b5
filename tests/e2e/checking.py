"""Holds the ledger and /metrics to the truth."""

from __future__ import annotations

from collections.abc import Callable

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
