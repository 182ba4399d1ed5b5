"""What the scheduler says of itself on the collector's GET /metrics; uptime is the ledger's."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class ProbeMeters:
    """``registry``: of the collector's own metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.checks = Counter(
            "llm_collector_probe_checks",
            "Checks that this process has made.",
            ("probe", "outcome"),
            registry=registry,
        )
        self.skipped = Counter(
            "llm_collector_probe_skipped",
            "Checks that were due and not made: budget (its tokens of the day are used up), late (this"
            " process was held up, or the clock went on at once). They are no downtime.",
            ("probe", "reason"),
            registry=registry,
        )
        self.paused = Gauge(
            "llm_collector_probe_paused",
            "1 while the probe's tokens of the day are used up, until the next day (UTC).",
            ("probe",),
            registry=registry,
        )
        self.waiting = Gauge(
            "llm_collector_probe_waiting",
            "Results that the broker has not acknowledged yet.",
            registry=registry,
        )
        self.dropped = Counter(
            "llm_collector_probe_dropped",
            "Results given up, the oldest first, since too many waited for the broker, or at the end.",
            registry=registry,
        )
