"""What a collector says of itself on GET /metrics: this process alone, business figures are the ledger's."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_PRODUCE_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


class Meters:
    """A registry of its own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.events = Counter(
            "llm_collector_events",
            "Events in bodies answered 2xx, retries included: accepted, or quarantined by themselves.",
            ("receiver", "result"),
            registry=registry,
        )
        self.dropped = Counter(
            "llm_collector_dropped",
            "Bodies refused whole with 4xx.",
            ("source_key", "receiver", "reason"),
            registry=registry,
        )
        self.put_off = Counter(
            "llm_collector_put_off",
            "Bodies answered 408, 429 or 503, to be sent again.",
            ("receiver", "reason"),
            registry=registry,
        )
        self.queued_events = Gauge(
            "llm_collector_queued_events", "Events admitted and not yet acknowledged.", registry=registry
        )
        self.in_flight_bytes = Gauge(
            "llm_collector_in_flight_bytes", "Bytes of bodies being read or waiting.", registry=registry
        )
        self.produce_seconds = Histogram(
            "llm_collector_produce_seconds",
            "From handing a record to the producer until its acknowledgement.",
            buckets=_PRODUCE_BUCKETS_S,
            registry=registry,
        )
        self.producers_ended = Counter(
            "llm_collector_producers_ended",
            "Producers thrown away: the connection was lost, or nothing was acknowledged.",
            registry=registry,
        )
        self.broker_up = Gauge(
            "llm_collector_broker_up",
            "1 while the broker acknowledges and topics are there.",
            registry=registry,
        )

        self.spooled = Counter(
            "llm_collector_spooled_events",
            "Events answered 2xx once they were on the disk, to be sent to the broker later.",
            ("receiver",),
            registry=registry,
        )
        self.replayed = Counter(
            "llm_collector_spool_replayed_events",
            "Events of the spool that the broker has acknowledged.",
            registry=registry,
        )
        self.spool_damaged = Counter(
            "llm_collector_spool_damaged",
            "Stretches and bodies of the spool that could not be read; their segments are kept as *.unread.",
            registry=registry,
        )
        self.spool_events = Gauge(
            "llm_collector_spool_events", "Events that the spool holds.", registry=registry
        )
        self.spool_bytes = Gauge(
            "llm_collector_spool_bytes", "Bytes of the spool on disk.", registry=registry
        )
        self.spool_age_seconds = Gauge(
            "llm_collector_spool_oldest_age_seconds",
            "Since the oldest body in the spool was answered; 0 when it is empty.",
            registry=registry,
        )

    @property
    def registry(self) -> CollectorRegistry:
        """For what a part of the process says of itself."""
        return self._registry

    def exposition(self) -> bytes:
        return generate_latest(self._registry)
