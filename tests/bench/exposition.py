"""How long one /metrics takes: ours beside prometheus_client rendering the same samples in the same run.

5000 series (department, use case, provider, model) with what a live series has: outcomes, four leaves, their
costs, both histograms. All values change between renders; then 5 % of the series do. The last line is
machine-readable.

    python -m tests.bench.exposition
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from stream.contract.metrics import METRICS
from stream.contract.rows import MEASURE_INDEX, USAGE_MEASURES
from stream.ledger.figures import View
from stream.metrics import packing
from stream.metrics.exposition import Exposition

NOW_US = 1_790_000_000_000_000
LIVE = (
    *("requests_success", "requests_error", "attempts_success", "attempts_error"),
    *("tokens_input", "tokens_input_cache_read", "tokens_output", "tokens_output_reasoning"),
    *("cost_nano_usd_input", "cost_nano_usd_input_cache_read", "cost_nano_usd_output"),
    *("cost_nano_usd_output_reasoning", "events_priced", "cost_squares_hi", "cost_squares_lo", "duplicates"),
    *("duration_us_sum", "ttft_us_sum"),
    *(name for name in USAGE_MEASURES if name.startswith(("duration_le_", "ttft_le_"))),
)


def view(series: int) -> View:
    """``series`` production series with random figures of a few weeks."""
    draw = np.random.default_rng(series)
    labels = [
        (
            "production",
            f"department-{i % 50:02d}",
            f"use-case-{i // 50 % 20:02d}",
            "openai",
            f"model-{i // 1000}",
        )
        for i in range(series)
    ]
    values = np.zeros((series, len(USAGE_MEASURES)), np.int64)
    for name in LIVE:
        high = 10**12 if "cost" in name else 10**9 if "tokens" in name else 10**6
        values[:, MEASURE_INDEX[name]] = draw.integers(1, high, series)
    return View(labels, values, np.where(values > 0, NOW_US - 10**9, 0), accepted_us=NOW_US)


def grown(before: View, share: float) -> View:
    """The same, with every figure of ``share`` of the series higher."""
    rows = np.random.default_rng(1).permutation(len(before.labels))[: int(share * len(before.labels))]
    values = before.values.copy()
    values[rows] += before.first_seen_us[rows] > 0
    return View(before.labels, values, before.first_seen_us, accepted_us=NOW_US)


class _Prepared:
    """The same families and samples as prometheus_client has them; made once, outside the measurement."""

    def __init__(self, text: str) -> None:
        self._parsed = [family for family in text_string_to_metric_families(text) if family.samples]

    def collect(self) -> Iterable[Metric]:
        return self._parsed


class _Collected:
    """As a custom collector of prometheus_client does it: families made from the figures at each scrape."""

    def __init__(self, text: str) -> None:
        self._plain: list[tuple[str, str, list[str], list[tuple[list[str], float]]]] = []
        self._histograms: list[
            tuple[str, str, list[str], list[tuple[list[str], list[tuple[str, float]], float]]]
        ]
        self._histograms = []
        help_of = {metric.name.removesuffix("_total"): metric.help for metric in METRICS}
        for family in text_string_to_metric_families(text):
            said = help_of[family.name]
            names = [name for name in (family.samples[0].labels if family.samples else {}) if name != "le"]
            if family.type == "histogram":
                self._histograms.append((family.name, said, names, _histograms(family, names)))
            elif family.type == "counter":
                rows = [([s.labels[n] for n in names], s.value) for s in family.samples]
                self._plain.append((family.name, said, names, rows))

    def collect(self) -> Iterable[Metric]:
        for name, said, names, rows in self._plain:
            counter = CounterMetricFamily(name, said, labels=names)
            for labels, value in rows:
                counter.add_metric(labels, value)
            yield counter
        for name, said, names, series in self._histograms:
            histogram = HistogramMetricFamily(name, said, labels=names)
            for labels, buckets, total in series:
                histogram.add_metric(labels, buckets, total)
            yield histogram


def _histograms(family: Metric, names: list[str]) -> list[tuple[list[str], list[tuple[str, float]], float]]:
    found: dict[tuple[str, ...], tuple[list[tuple[str, float]], list[float]]] = {}
    for sample in family.samples:
        buckets, total = found.setdefault(tuple(sample.labels[n] for n in names), ([], []))
        if sample.name.endswith("_bucket"):
            buckets.append((sample.labels["le"], sample.value))
        elif sample.name.endswith("_sum"):
            total.append(sample.value)
    return [(list(key), buckets, total[0]) for key, (buckets, total) in found.items()]


def cpu_s(work: Callable[[], object]) -> float:
    """Seconds of processor time: what shares the machine is not measured."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def main(series: int = 5000, rounds: int = 5) -> None:
    exposition, now = Exposition(), view(series)
    began = time.process_time()
    text = exposition.render(now, NOW_US).text
    lines = text.count(b"\n") - 2 * len(METRICS)
    print(f"{series} series, {lines} samples, {len(text) / 1e6:.1f} MB")
    print(f"first render of a process: {(time.process_time() - began) * 1e3:.0f} ms")
    registries = {}
    for name, collector in (("prepared", _Prepared(text.decode())), ("collected", _Collected(text.decode()))):
        registries[name] = CollectorRegistry(auto_describe=False)
        registries[name].register(collector)  # type: ignore[arg-type]
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):  # in turn, so that a slow moment meets them all
        for share in (1.0, 0.05, 0.0):
            now = grown(now, share)
            taken[f"ours, {share:.0%} changed"].append(
                cpu_s(lambda view=now: exposition.render(view, NOW_US))
            )
        for name, registry in registries.items():
            work = cpu_s(lambda registry=registry: generate_latest(registry))
            taken[f"prometheus_client, families {name}"].append(work)
        taken["gzip level 1, once per page if asked"].append(cpu_s(lambda: packing.pack(text)))
    medians_ms = {name: statistics.median(found) * 1e3 for name, found in taken.items()}
    for name, ms in medians_ms.items():
        print(f"{name}: {ms:.1f} ms")
    ours_ms = medians_ms["ours, 100% changed"]
    times = {name: medians_ms[f"prometheus_client, families {name}"] / ours_ms for name in registries}
    print(
        f"exposition samples={lines} cpu_ms={ours_ms:.1f} times_prometheus_client={times['collected']:.1f} "
        f"times_prepared={times['prepared']:.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
