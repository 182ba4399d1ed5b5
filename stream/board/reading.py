"""Reads the ledger for a window. I/O; blocking: call it in a thread."""

from __future__ import annotations

import threading

from sqlalchemy import Engine

from stream.board import tables
from stream.board.period import Window
from stream.board.pictures import MINUTES
from stream.board.summary import Readings
from stream.contract.names import PRODUCTION, US_PER_SECOND
from stream.ledger import queries
from stream.ledger.database import read_ledger
from stream.ledger.errors import LedgerError

_OURS = {"environment": PRODUCTION}
_FIRST_HOUR_FOR_US = 600 * US_PER_SECOND  #: the first hour asks for every row: not each time


class Reader:
    """The ledger at a database URL, opened when it is first there. Safe for several threads."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._first: tuple[int, int] | None = None  # (first hour, when asked)

    def read(self, window: Window) -> Readings:
        """Everything for a page. Raises LedgerError."""
        engine = self._opened()
        try:
            return self._read(engine, window)
        except LedgerError:
            self.close()  # another file may lie there when it is next tried
            raise

    def check(self) -> None:
        """Raises LedgerError unless the ledger can be read."""
        try:
            queries.freshness(self._opened())
        except LedgerError:
            self.close()
            raise

    def close(self) -> None:
        with self._lock:
            engine, self._engine, self._first = self._engine, None, None
        if engine is not None:
            engine.dispose()

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = read_ledger(self._database)
            return self._engine

    def _read(self, engine: Engine, window: Window) -> Readings:
        since, until = window.since, window.until
        # Freshness first: the figures are never older than it says.
        freshness = queries.freshness(engine)
        usage = queries.usage(engine, tables.BY, since_hour=since, until_hour=until)
        first = self._first_hour(engine, window.now_us)
        earlier = None
        if window.earlier is not None and first is not None and first <= window.earlier[0]:
            begin, end = window.earlier
            earlier = queries.usage(engine, ("environment",), since_hour=begin, until_hour=end, where=_OURS)
        hours = queries.usage(
            engine, ("department",), since_hour=since, until_hour=until, where=_OURS, by_hour=True
        )
        last_minute = window.now_us // (60 * US_PER_SECOND)
        refusals = queries.refusals(engine, since_hour=since)
        return Readings(
            usage=usage,
            earlier=earlier,
            hours=hours,
            minutes=queries.minutes(engine, last_minute - MINUTES + 1),
            refusals=refusals,
            conflicts=queries.conflicts(engine),
            freshness=freshness,
            first_hour=first,
            empty=first is None and not usage and not refusals,
        )

    def _first_hour(self, engine: Engine, now_us: int) -> int | None:
        """Hour of the oldest event held; None without any."""
        known = self._first
        if known is not None and now_us - known[1] < _FIRST_HOUR_FOR_US:
            return known[0]
        rows = queries.usage(engine, ("environment",), by_hour=True)
        hours = [row.hour for row in rows if row.hour is not None]
        if not hours:
            return None
        self._first = (min(hours), now_us)
        return min(hours)
