"""What the real Prometheus makes of the page: nothing falls, nothing is missing, increase() is right."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from stream.broker.ports import LOOPBACK, free_port
from stream.contract.metrics_work import OUTPUTS, PROBES, TASKS
from stream.ledger.figures import View
from tests.prometheus.growing import Growing, falls, growth, key, moved, serving, wait
from tests.support.prometheus import Prometheus, Scrape, Series
from tests.unit.metrics.expected import Sample, expected

pytestmark = pytest.mark.prometheus
SCRAPE_S = 0.25
HOLD_US = 5_000_000  #: room for scrapes that a busy machine holds up
EVERYTHING = '{__name__=~"llm_.*",job="held"}'
COUNTERS = '{__name__=~"llm_.*(_total|_bucket|_sum|_count)",job="%s"}'


def _truth(view: View) -> dict[Sample, Decimal]:
    """Every counter in the end, as Prometheus has it: a label without a value is no label."""
    return {
        (name, frozenset((label, value) for label, value in labels if value)): amount
        for (name, labels), amount in expected(view, 2**62, HOLD_US).items()
        if not name.startswith("llm_ledger")
    }


def _await(prometheus: Prometheus, source: Growing, job: str) -> None:
    """Until what was scraped last is the end of it."""
    want = {sample: float(amount) for sample, amount in _truth(source.view).items()}
    until = time.monotonic() + 20
    while {key(s): s.value for s in prometheus.query(COUNTERS % job)} != want:
        assert time.monotonic() < until, "the last figures were not scraped"
        wait(SCRAPE_S)


def test_prometheus_counts_what_the_ledger_holds(tmp_path: Path) -> None:
    """Through new series, restarts of the ledger process and scrapes that fail: no sample is below the one
    before, last minus first is the truth to the last digit, and increase() over the run is right but for
    what Prometheus extrapolates. The same page without its hold misses what a new series began with.
    """
    source, port, unheld_port = Growing(7), free_port(), free_port()
    began = source.view
    jobs = [
        Scrape("held", (f"{LOOPBACK}:{port}",), SCRAPE_S),
        Scrape("unheld", (f"{LOOPBACK}:{unheld_port}",), SCRAPE_S),
    ]
    with Prometheus(jobs, tmp_path) as prometheus, serving(source, unheld_port, 0):
        with serving(source, port, HOLD_US):
            prometheus.wait_for(EVERYTHING)
            with growth(source, 0.1):
                wait(2.5)
        with growth(source, 0.1):  # nobody serves: scrapes fail
            wait(SCRAPE_S)
            with serving(source, port, HOLD_US):
                wait(1.5)
            with serving(source, port, HOLD_US):
                wait(1.5)
        with serving(source, port, HOLD_US):
            _await(prometheus, source, "held")
            _await(prometheus, source, "unheld")
            ended = time.time()
            found = prometheus.query(f"{COUNTERS % 'held'}[5m]", ended)
            first_s = min(series.samples[0][0] for series in found)
            window_s = ended - first_s + 0.01
            names = {series.labels["__name__"] for series in found}
            grew = _increases(prometheus, names, window_s, ended)
            unheld = prometheus.query(f"{COUNTERS % 'unheld'}[5m]", ended)
    before = _truth(began)
    truth = {sample: amount - before.get(sample, 0) for sample, amount in _truth(source.view).items()}
    assert len(source.view.labels) > 6, "too few new series to show anything"
    judged = {metric.name for metric in (*OUTPUTS, *TASKS, *PROBES) if metric.kind == "counter"}
    assert judged <= names, "a family of judgements, tasks or probes was never scraped"
    assert falls(found) == []
    assert {key(series): moved(series) for series in found} == truth
    assert {key(series): moved(series) for series in unheld} != truth
    assert grew.keys() == truth.keys()
    for series in found:
        right, slack = truth[key(series)], Decimal(2 * SCRAPE_S / _lived_s(series))
        assert abs(grew[key(series)] - right) <= right * slack, (key(series), grew[key(series)], right)


def _increases(prometheus: Prometheus, names: set[str], window_s: float, at: float) -> dict[Sample, Decimal]:
    """increase() of each series over the window; it takes the name away, so one name is asked at a time."""
    found = {}
    for name in names:
        query = f'increase({name}{{job="held"}}[{round(window_s * 1000)}ms])'
        found |= {(name, key(series)[1]): Decimal(series.value) for series in prometheus.query(query, at)}
    return found


def _lived_s(series: Series) -> float:
    return series.samples[-1][0] - series.samples[0][0]
