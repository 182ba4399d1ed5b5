"""The worker's own metrics: what the pipeline does. Business figures are the ledger's alone."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_PREFIX = "tokonomics_worker"
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 150)


_AGENT = ("agent",)
_PLACE = ("agent", "partition")


class Meters:
    """Counters and gauges of one worker process, on a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.folded = self._counter("folded_records", "Log records folded")
        self.duplicates = self._counter("duplicate_records", "Log records delivered again and left alone")
        self.skipped = self._counter("skipped_records", "Records of a former assignment or position")
        self.holes = self._counter("holes", "Gaps in what was delivered")
        self.hole_seeks = self._counter("hole_seeks", "Gaps closed by an explicit seek")
        self.stepped_over = self._counter("stepped_over_offsets", "Offsets of control or aborted records")
        self.rewinds = self._counter("rewinds", "Partitions whose group had committed past the state")
        self.written = self._counter("written_records", "Records acknowledged by the broker")
        self.rebalances = Counter(f"{_PREFIX}_rebalances", "Assignments completed", registry=self.registry)
        self.flush_seconds = Histogram(
            f"{_PREFIX}_flush_seconds", "Time to make state durable", _AGENT, buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.partitions = self._gauge("partitions", "Partitions held, by phase", ("agent", "phase"))
        self.rebuild_left = self._gauge(
            "rebuild_offsets_left", "Offsets to fold again before counting", _PLACE
        )
        self.lag = self._gauge("lag_offsets", "Newest offset delivered minus newest durable offset", _PLACE)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", text, _AGENT, registry=self.registry)

    def _gauge(self, name: str, text: str, labels: tuple[str, ...]) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", text, labels, registry=self.registry)
