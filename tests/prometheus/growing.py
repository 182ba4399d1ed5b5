"""A ledger's views that grow while Prometheus scrapes them, and what Prometheus must have seen in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

import numpy as np
from prometheus_client import CollectorRegistry

from stream.broker.ports import LOOPBACK
from stream.contract.rows import MEASURE_INDEX, USAGE_MEASURES
from stream.ledger.figures import Held, View
from stream.metrics.endpoint import Endpoint
from stream.metrics.page import Page, now_us
from stream.metrics.routes import routes
from tests.prometheus.growing_work import GrowingWork
from tests.support.prometheus import Series

_WIDTH = len(USAGE_MEASURES)
_HI = MEASURE_INDEX["cost_squares_hi"]  # stays, else squares have more digits than a float holds
Key = tuple[str, frozenset[tuple[str, str]]]


class Growing:
    """Views as a ledger gives them: series appended, values only higher, first-seen times kept.

    The first series begins with figures that were seen long ago.
    """

    def __init__(self, seed: int) -> None:
        self._draw = np.random.default_rng(seed)
        self._labels = [_labels(0)]
        self._values = self._draw.integers(1, 10**6, (1, _WIDTH))
        self._values[:, _HI] = 1
        self._seen = np.ones((1, _WIDTH), np.int64)
        self._work = GrowingWork(self._draw)
        self._refused = 0
        self._first_refused_us = 0
        self.view = self._snapshot()

    def grow(self) -> None:
        """One commit: perhaps a new series that comes with all its figures at once, and a few more."""
        if len(self._labels) < 12 and self._draw.random() < 0.4:
            self._labels.append(_labels(len(self._labels)))
            self._values = np.vstack([self._values, self._draw.integers(0, 3, (1, _WIDTH)) * 1_000_003])
            self._seen = np.vstack([self._seen, np.zeros((1, _WIDTH), np.int64)])
        moves = self._draw.random(self._values.shape) < 0.05
        moves[:, _HI] = False
        self._values[1:, _HI] = 0
        self._values = self._values + moves * self._draw.integers(1, 10**6, self._values.shape)
        self._seen = np.where((self._seen == 0) & (self._values > 0), now_us(), self._seen)
        self._work.grow(now_us())
        self._refused += 5
        self._first_refused_us = self._first_refused_us or now_us()
        self.view = self._snapshot()

    def _snapshot(self) -> View:
        refusals = {("billing", "too_old"): Held(self._refused, self._first_refused_us)}
        labels, parts = tuple(self._labels), self._work.parts()
        return View(labels, self._values, self._seen, refusals, accepted_us=now_us(), **parts)  # type: ignore[arg-type]


def _labels(number: int) -> tuple[str, ...]:
    environment = "staging" if number % 4 == 3 else "production"
    return (environment, f"department {number % 5}", f'use "case" {number}', "openai", "gpt-4o")


@contextmanager
def serving(source: Growing, port: int, hold_us: int) -> Iterator[None]:
    """A ledger process's page; each is a process of its own as far as the page can know."""
    page = Page(lambda: source.view, CollectorRegistry(), hold_us)
    with Endpoint(LOOPBACK, port, routes(page)):
        yield


@contextmanager
def growth(source: Growing, every_s: float) -> Iterator[None]:
    """Grow in the background until left."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(every_s):
            source.grow()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def key(series: Series) -> Key:
    """A series without what Prometheus adds to it."""
    labels = {k: v for k, v in series.labels.items() if k not in ("__name__", "job", "instance")}
    return series.labels.get("__name__", ""), frozenset(labels.items())


def moved(series: Series) -> Decimal:
    """Last minus first sample, exact: below 16 digits the shortest text of a float is the decimal it was."""
    return Decimal(repr(series.samples[-1][1])) - Decimal(repr(series.samples[0][1]))


def falls(found: Sequence[Series]) -> list[tuple[Key, tuple[float, float], tuple[float, float]]]:
    """Samples below their predecessor."""
    return [
        (key(series), before, after)
        for series in found
        for before, after in zip(series.samples, series.samples[1:], strict=False)
        if after[1] < before[1]
    ]


def wait_until(holds: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
    """Fails when it does not become true in time."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.02)


def wait(seconds: float) -> None:
    """Let Prometheus scrape for so long: what is awaited is time itself."""
    time.sleep(seconds)
