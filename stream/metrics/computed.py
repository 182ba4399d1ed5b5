"""Gauges that are computed from the ledger now and then, in a thread of their own and never for a scrape."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from stream.contract.names import US_PER_HOUR, US_PER_SECOND
from stream.ledger.errors import LedgerError
from stream.ledger.queries import people
from stream.metrics.declared import Declared, DeclaredFiles
from stream.metrics.gauges import people_families, roi_families
from stream.readings.ledger import UTC, as_of_day, population_of
from stream.readings.people import adoption
from stream.readings.reading import Window
from stream.readings.roi import live_roi
from stream.readings.sums import Declared as HeldAgainst
from stream.readings.sums import Sums

EVERY_S: Final = 5.0  #: from beginning to beginning; longer where computing takes more than half of it
KEPT_S: Final = 60.0  #: what could not be computed anew for so long is not shown any more
_FAULTS: Final = (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError)
_log = logging.getLogger("tokonomics.computed")


class Computed(Collector):
    """``registry``: the gauges, as last computed. ``least``: smallest group of people that is shown.
    ``zone``: in which people-days are counted. ``clock``: microseconds since 1970.
    """

    def __init__(
        self, engine: Engine, files: DeclaredFiles, least: int, clock: Callable[[], int], zone: str = UTC
    ) -> None:
        self._engine, self._files, self._least, self._clock = engine, files, least, clock
        self._zone = zone
        self._families: Sequence[Metric] = ()
        self._made_us = 0
        self._failing = False
        self._failures: Counter | None = None
        self._seconds: Gauge | None = None
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """None: what there will be is not known beforehand."""
        return ()

    def collect(self) -> Iterator[Metric]:
        if self._clock() - self._made_us < KEPT_S * US_PER_SECOND:
            yield from self._families

    def count_on(self, registry: CollectorRegistry) -> None:
        """Say on ``registry`` how long it takes, and how often it failed."""
        self._failures = Counter(
            "tokonomics_ledger_computed_failures", "Times that gauges were not computed", registry=registry
        )
        self._seconds = Gauge(
            "tokonomics_ledger_computed_duration_seconds",
            "Computing the gauges, last time",
            registry=registry,
        )

    def run(self, stop: threading.Event) -> None:
        """Compute until ``stop`` is set; what fails is said once, and tried again."""
        took_s = 0.0
        while not stop.is_set():
            began_s = time.monotonic()
            try:
                self.refresh()
                self._failing = False
            except (LedgerError, *_FAULTS) as error:
                self._fail(error)
            took_s = time.monotonic() - began_s
            if self._seconds:
                self._seconds.set(took_s)
            stop.wait(max(EVERY_S - took_s, took_s))

    def refresh(self) -> None:
        """Compute once. Raises LedgerError."""
        now_us = self._clock()
        declared = self._files.read()
        families = list(self._people(declared, now_us))
        if declared.program is not None:
            families += roi_families(live_roi(self._engine, declared.program, now_us), now_us)
        self._families, self._made_us = families, now_us

    def _people(self, declared: Declared, now_us: int) -> Iterable[Metric]:
        hour = now_us // US_PER_HOUR
        day = as_of_day(hour + 1, hour, self._zone)
        population = population_of(declared.program, declared.directory, day)
        found = people(self._engine, since_day=day, until_day=day + 1)
        reading = adoption(
            Sums(Window(hour, hour + 1), people=found, as_of_day=day),
            HeldAgainst(declared.program, population, self._least),
        )
        return people_families(reading, population, self._least)

    def _fail(self, error: Exception) -> None:
        if self._failures:
            self._failures.inc()
        if not self._failing:
            ours = not isinstance(error, LedgerError)
            _log.error("gauges_not_computed %s", error, exc_info=error if ours else None)
        self._failing = True
