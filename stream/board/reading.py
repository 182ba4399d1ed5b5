"""Reads the ledger for a window. I/O; blocking: call it in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Engine

from stream.board import sources_tables, tables
from stream.board.declared import Declared, DeclaredFiles
from stream.board.period import Window
from stream.board.pictures import MINUTES
from stream.board.sources_page import SourceReadings
from stream.board.summary import Readings
from stream.contract.judgements import DELIVERY
from stream.contract.names import PRODUCTION, US_PER_SECOND
from stream.contract.rows import OUTCOME
from stream.ledger import queries
from stream.ledger.database import read_ledger
from stream.ledger.errors import LedgerError
from stream.ledger.figures import TransitionFigures
from stream.readings.ledger import read_kpis
from stream.readings.reading import KpiReadings, LiveRoi
from stream.readings.reading import Window as Hours
from stream.readings.roi import live_roi
from stream.settings import BoardSettings

_OURS: Final = {"environment": PRODUCTION}
_ROI_FOR_US: Final = 15 * US_PER_SECOND  #: the ROI is over months: some seconds more or less tell nothing
T = TypeVar("T")


class Reader:
    """The ledger at a database URL, opened when it is first there. Safe for several threads."""

    def __init__(self, settings: BoardSettings) -> None:
        self._settings = settings
        self._files = DeclaredFiles(settings.program, settings.directory)
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._roi: tuple[Declared, LiveRoi | None, int] | None = None  # of which files, what, when

    def read(self, window: Window) -> Readings:
        """Everything for the board. Raises LedgerError."""
        return self._guarded(lambda engine: self._read(engine, window))

    def read_sources(self, window: Window) -> SourceReadings:
        """Everything for the Sources page. Raises LedgerError."""
        return self._guarded(lambda engine: _sources(engine, window))

    def check(self) -> None:
        """Raises LedgerError unless the ledger can be read."""
        self._guarded(queries.freshness)

    def close(self) -> None:
        with self._lock:
            engine, self._engine, self._roi = self._engine, None, None
        if engine is not None:
            engine.dispose()

    def _guarded(self, ask: Callable[[Engine], T]) -> T:
        try:
            return ask(self._opened())
        except LedgerError:
            self.close()  # another file may lie there when it is next tried
            raise

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = read_ledger(self._settings.database)
            return self._engine

    def _read(self, engine: Engine, window: Window) -> Readings:
        since, until = window.since, window.until
        # Freshness first: the figures are never older than it says.
        freshness = queries.freshness(engine)
        agents = queries.freshness_by_agent(engine)
        usage = queries.usage(engine, tables.BY, since_hour=since, until_hour=until)
        first = queries.first_hour(engine)
        earlier = None
        if window.earlier is not None and first is not None and first <= window.earlier[0]:
            begin, end = window.earlier
            earlier = queries.usage(engine, ("environment",), since_hour=begin, until_hour=end, where=_OURS)
        hours = queries.usage(
            engine, ("department",), since_hour=since, until_hour=until, where=_OURS, by_hour=True
        )
        last_minute = window.now_us // (60 * US_PER_SECOND)
        refusals = queries.refusals(engine, since_hour=since)
        declared = self._files.read()
        roi = self._live(engine, declared, window.now_us)
        deliveries = _deliveries(engine, None, None)
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
            kpis=self._kpis(engine, declared, roi, window, first),
            roi=roi,
            trouble=declared.trouble,
            agents=agents,
            deliveries=_deliveries(engine, since, until),
            waiting=sum(found["waiting"] for found in sources_tables.delivered(deliveries).values()),
        )

    def _kpis(
        self, engine: Engine, declared: Declared, roi: LiveRoi | None, window: Window, first: int | None
    ) -> KpiReadings:
        begin = window.since if window.since is not None else first
        hours = Hours(min(window.current if begin is None else begin, window.current), window.until)
        return read_kpis(
            engine,
            hours,
            window.now_us,
            program=declared.program,
            directory=declared.directory,
            min_group_size=self._settings.min_group_size,
            zone=self._settings.zone,
            live=roi,
        )

    def _live(self, engine: Engine, declared: Declared, now_us: int) -> LiveRoi | None:
        """The ROI of now, kept for some seconds: the files' values are the same objects until they change."""
        if declared.program is None:
            return None
        known = self._roi
        if known is not None and known[0].program is declared.program and now_us - known[2] < _ROI_FOR_US:
            return known[1]
        found = live_roi(engine, declared.program, now_us)
        self._roi = (declared, found, now_us)
        return found


def _deliveries(engine: Engine, since: int | None, until: int | None) -> list[TransitionFigures]:
    """Of outcomes by source: what became of each."""
    where = {"aspect": DELIVERY}
    return queries.transitions(
        engine, OUTCOME, ("source_key",), since_hour=since, until_hour=until, where=where
    )


def _sources(engine: Engine, window: Window) -> SourceReadings:
    since, until = window.since, window.until
    freshness = queries.freshness(engine)
    return SourceReadings(
        freshness=freshness,
        seen=queries.sources(engine),
        usage=queries.usage(engine, sources_tables.USAGE_BY, since_hour=since, until_hour=until),
        recent=queries.usage(engine, ("source_key",), since_hour=window.current - 1, until_hour=until),
        refusals=queries.refusals(engine, since_hour=since),
        conflicts=queries.conflicts(engine),
        deliveries=_deliveries(engine, since, until),
        waiting=_deliveries(engine, None, None),
        tasks=queries.tasks(engine, ("source_key",), since_hour=since, until_hour=until),
        probes=queries.probes(engine, sources_tables.PROBE_BY, since_hour=since, until_hour=until),
        probed=queries.probes(engine, ("probe",), since_hour=since, until_hour=until, by_hour=True),
    )
