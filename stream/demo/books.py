"""Reads what the product holds: the ledger's database, and the collector's own count of refused bodies."""

from __future__ import annotations

import http.client
from collections import Counter
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from stream.broker import ports
from stream.contract.leaves import LEAVES
from stream.contract.names import OUTCOMES, SERIES_LABELS
from stream.demo.accounts import Books, Series, Totals
from stream.demo.parts import Layout
from stream.ledger.database import read_ledger
from stream.ledger.errors import LedgerError
from stream.ledger.figures import Figures
from stream.ledger.queries import refusals, usage

_DROPPED: Final = "llm_collector_dropped"
_TIMEOUT_S: Final = 5.0


class BooksUnread(Exception):
    """The figures cannot be read now."""

    reason = "books_unread"


def read_books(layout: Layout) -> Books:
    """Everything as it stands. Raises BooksUnread."""
    try:
        engine = read_ledger(layout.database)
        try:
            series = {_series(found): _totals(found) for found in usage(engine, SERIES_LABELS)}
            quarantined: Counter[str] = Counter()
            for refusal in refusals(engine):
                quarantined[refusal.source_key] += refusal.events
        finally:
            engine.dispose()
        dropped = _dropped(_metrics(layout.ports.collector))
    except (LedgerError, OSError, http.client.HTTPException) as error:
        raise BooksUnread(str(error)) from error
    return Books(series, quarantined, dropped)


def _series(found: Figures) -> Series:
    department, use_case, provider, model = found.labels
    return department, use_case, provider, model


def _totals(found: Figures) -> Totals:
    measures = found.measures
    tokens = {leaf: measures.get(f"tokens_{leaf}", 0) for leaf in LEAVES}
    return Totals(
        sum(measures.get(f"attempts_{outcome}", 0) for outcome in OUTCOMES),
        measures.get("duplicates", 0),
        {leaf: count for leaf, count in tokens.items() if count},
    )


def _metrics(port: int) -> str:
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def _dropped(text: str) -> Counter[str]:
    """Bodies that the collector refused whole, by source."""
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(text):
        if family.name == _DROPPED:
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    found[sample.labels["source_key"]] += int(sample.value)
    return found
