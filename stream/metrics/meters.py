"""The ledger process's own metrics: transactions, freshness, what it ignores. No business figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, event, func, select

from stream.contract.names import US_PER_SECOND
from stream.ledger import schema
from stream.ledger.database import reporting
from stream.ledger.errors import LedgerError
from stream.ledger.figures import View

_PREFIX: Final = "tokonomics_ledger"
_KEY: Final = "tokonomics_ledger_transaction"
_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass
class _Transaction:
    began_s: float
    rows: int = 0
    kept: bool = False


class _Standing(Collector):
    """Read at each scrape from the newest view, whether it may be shown or not."""

    def __init__(self, view: Callable[[], View], now_us: Callable[[], int]) -> None:
        self._view, self._now_us = view, now_us
        self.ignored = 0

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            f"{_PREFIX}_ignored_shards",
            "Shards that came after their arrival day was merged, and were ignored",
            value=self.ignored,
        )
        try:
            view = self._view()
        except LedgerError:
            return
        behind = "Shards not yet held up to where their markers vouch for them; above 0 nothing is shown"
        yield GaugeMetricFamily(f"{_PREFIX}_behind_shards", behind, value=view.behind)
        if view.accepted_us:
            age_s = (self._now_us() - view.accepted_us) / US_PER_SECOND
            said = "Since the newest accept time held: events, or the collectors' heartbeats"
            yield GaugeMetricFamily(f"{_PREFIX}_accepted_age_seconds", said, value=age_s)


class Meters:
    """What one ledger process counts of itself, on a registry of its own. Transactions are watched where
    SQLAlchemy ends them, so that the writer needs to know nothing of it.
    """

    def __init__(self, engine: Engine, view: Callable[[], View], now_us: Callable[[], int]) -> None:
        self._engine = engine
        self.registry = CollectorRegistry()
        ProcessCollector(namespace=_PREFIX, registry=self.registry)
        self._standing = _Standing(view, now_us)
        self.registry.register(self._standing)
        self.rows = Counter(f"{_PREFIX}_written_rows", "Rows written to the database", registry=self.registry)
        self.commit_seconds = Histogram(
            f"{_PREFIX}_commit_seconds",
            "Transactions that wrote, from their beginning to the database's word that they are kept",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.rollbacks = Counter(
            f"{_PREFIX}_rollbacks", "Transactions that were to write and were undone", registry=self.registry
        )
        self._watch()

    def refresh(self) -> None:
        """Ask the database for what it alone knows. Raises LedgerError (unavailable)."""
        with reporting(self._engine), self._engine.connect() as connection:
            found = connection.execute(select(func.sum(schema.arrivals.c.ignored))).scalar()
        self._standing.ignored = int(found or 0)

    def _watch(self) -> None:
        """SQLAlchemy says ``commit`` before it tells the database; the connection comes back after that."""

        @event.listens_for(self._engine, "begin")
        def _begun(connection: Connection) -> None:
            connection.info[_KEY] = _Transaction(time.perf_counter())

        @event.listens_for(self._engine, "after_cursor_execute")
        def _executed(connection: Connection, cursor: Any, *more: Any) -> None:
            context, transaction = more[2], connection.info.get(_KEY)
            if transaction and (context.isinsert or context.isupdate or context.isdelete):
                transaction.rows += max(0, cursor.rowcount)

        @event.listens_for(self._engine, "commit")
        def _committing(connection: Connection) -> None:
            if transaction := connection.info.get(_KEY):
                transaction.kept = True

        @event.listens_for(self._engine, "rollback")
        def _undone(connection: Connection) -> None:
            if transaction := connection.info.get(_KEY):
                transaction.kept = False

        @event.listens_for(self._engine, "checkin")
        def _ended(connection: Any, record: Any) -> None:
            self._count(record.info.pop(_KEY, None))

    def _count(self, transaction: _Transaction | None) -> None:
        if transaction is None or not transaction.rows:
            return
        if transaction.kept:
            self.rows.inc(transaction.rows)
            self.commit_seconds.observe(time.perf_counter() - transaction.began_s)
        else:
            self.rollbacks.inc()
