"""Every sample that Prometheus has of the business counters, held to the truth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self

from stream.contract.names import SERIES_LABELS
from tests.support.oracle import Oracle
from tests.support.prometheus import Prometheus, Series

SCRAPE_S = 0.5
#: Business counters and histograms; what is no counter is a gauge of the ledger's own.
_ALL = '{__name__=~"llm_.+",__name__!~"llm_ledger_.+"}'
_COPIES = "llm_duplicates_total"
_NANO = 10**9
#: metric -> (counter of a Truth, label)
_FAMILIES = {
    "llm_requests_total": ("requests", "outcome"),
    "llm_attempts_total": ("attempts", "outcome"),
    "llm_tokens_total": ("tokens", "token_type"),
    "llm_cost_usd_total": ("cost_nano_usd", "token_type"),
    "llm_cost_events_total": ("statuses", "cost_status"),
}
_NO_PART = ("__name__", "instance", "job")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Scraped:
    """``series``: all samples of each counter in a range of ``range_s``; ``increased``: its ``increase``."""

    range_s: float
    series: dict[Key, Series]
    increased: dict[Key, float]

    @classmethod
    def after_next_scrape(cls, prometheus: Prometheus, began: float) -> Self:
        """Everything since ``began`` (unix seconds), once Prometheus has scraped again."""
        now = time.time()
        prometheus.wait_for(f"timestamp(llm_ledger_series) > {now + SCRAPE_S!r}")
        ended = time.time()
        span = f"{int((ended - began) * 1000)}ms"
        found = prometheus.query(f"{_ALL}[{span}]", at=ended)
        increased = {
            (name, *_key(series)[1:]): series.value  # increase() drops the name
            for name in (*_FAMILIES, _COPIES)
            for series in prometheus.query(f"increase({name}[{span}])", at=ended)
        }
        return cls(ended - began, {_key(series): series for series in found}, increased)

    def falls(self) -> list[str]:
        """Samples that are below the one before."""
        return [
            f"{' '.join(key)}: {before[1]} at {before[0]}, then {after[1]}"
            for key, series in self.series.items()
            for before, after in zip(series.samples, series.samples[1:], strict=False)
            if after[1] < before[1]
        ]

    def missed(self, truth: Oracle) -> list[str]:
        """Series that do not begin at 0, or whose last sample less the first is not exactly the truth."""
        wanted, found = expected(truth), []
        scraped = {key for key in self.series if key[0] in _FAMILIES or key[0] == _COPIES}
        for key in sorted(wanted.keys() | scraped):
            series = self.series.get(key)
            if series is None:
                found.append(f"{' '.join(key)}: never scraped, {wanted[key]} true")
                continue
            first, last = series.samples[0][1], series.samples[-1][1]
            if first != 0 or last - first != wanted.get(key, 0.0):
                found.append(f"{' '.join(key)}: from {first} to {last}, {wanted.get(key)} true")
        return found

    def increase_errors(self, truth: Oracle) -> list[str]:
        """Series whose ``increase`` over the run errs by more than two scrape intervals in the range."""
        allowed = 2 * SCRAPE_S / self.range_s
        return [
            f"{' '.join(key)}: increase {self.increased.get(key)}, {true} true, {allowed:.2%} allowed"
            for key, true in expected(truth).items()
            if abs(self.increased.get(key, 0.0) - true) > allowed * true
        ]


def expected(truth: Oracle) -> dict[Key, float]:
    """Value that each counter must have risen by; costs in US dollars as the nearest float."""
    wanted: dict[Key, float] = {}
    for labels, totals in truth.series.items():
        for family, (counter, label) in _FAMILIES.items():
            for name, value in getattr(totals, counter).items():
                if value:
                    amount = value / _NANO if counter == "cost_nano_usd" else float(value)
                    wanted[family, *labels, label, name] = amount
        if totals.duplicates:
            wanted[_COPIES, *labels] = float(totals.duplicates)
    return wanted


def _key(series: Series) -> Key:
    """Name, the series' labels in their order, then every other label with its name."""
    rest = {name: value for name, value in series.labels.items() if name not in _NO_PART}
    own = [rest.pop(label, "") for label in SERIES_LABELS]
    return series.labels.get("__name__", ""), *own, *(part for pair in sorted(rest.items()) for part in pair)
