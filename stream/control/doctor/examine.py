"""The whole examination, in the order in which one thing needs another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.contract.records import Generation
from stream.contract.rows import Marker
from stream.contract.topics import (
    CONFIG,
    LOGS,
    STATE_TELEMETRY,
    TELEMETRY,
    TELEMETRY_LOG,
    TOPICS,
    WINDOW_DAYS,
    Log,
)
from stream.control.broker_client import BrokerClient, SeenTopic
from stream.control.doctor import log, services, topics
from stream.control.doctor.findings import Finding, fail, unchecked
from stream.control.doctor.machine import machine
from stream.control.errors import ControlError
from stream.control.markers import newest_marker
from stream.control.notes import ConfigLog
from stream.control.standing import Standing, standing_of
from stream.settings import BrokerKind

_OF_BROKER: Final = (
    "topics",
    "settings",
    "replicas",
    "generation",
    "configuration",
    "clock",
    "records",
    "workers",
)


@dataclass(frozen=True)
class Wish:
    """What to look at. ``database``, ``collector``: URLs, None: not to be looked at."""

    broker: str
    kind: BrokerKind
    directory: Path
    database: str | None = None
    collector: str | None = None


def examine(wish: Wish) -> Iterator[Finding]:
    """Every finding, as it is made. Reads only."""
    yield from machine(wish.directory)
    yield from _of_broker(wish)
    if wish.database is not None:
        yield services.ledger(wish.database)
    else:
        yield unchecked("ledger", "name its database with --database")
    if wish.collector is not None:
        yield services.collector(wish.collector)
    else:
        yield unchecked("collector", "name its address with --collector")


def _of_broker(wish: Wish) -> Iterator[Finding]:
    done: set[str] = set()
    try:
        with BrokerClient(wish.broker) as client:
            for finding in _with(client, wish):
                done.add(finding.check)
                yield finding
    except ControlError as error:
        said, _, mend = str(error).removeprefix("broker: ").partition("; ")
        yield fail("broker", said, mend or "look at the broker's log")
    for check in _OF_BROKER:
        if check not in done:
            yield unchecked(check, "not checked, for what is said above")


def _with(client: BrokerClient, wish: Wish) -> Iterator[Finding]:
    yield topics.broker(client)
    found = client.topics()
    yield from topics.topics(found)
    told = client.settings([topic.name for topic in TOPICS if topic.name in found])
    yield from topics.replicas(found, told, client.cluster()[1])
    if TELEMETRY not in found:
        return
    config, unreadable = log.configuration(client) if CONFIG in found else (None, None)
    generation, finding = log.generation(client, found[TELEMETRY], config)
    yield from topics.settings(told, wish.kind, generation.window_days if generation else WINDOW_DAYS)
    yield finding
    if unreadable is not None:
        yield unreadable
    newest = _newest(client, found[TELEMETRY])
    yield from log.clock(newest)
    standings: dict[str, Standing] = {}
    if generation is not None and STATE_TELEMETRY in found:
        markers = _markers(client, TELEMETRY_LOG, found[TELEMETRY], generation)
        yield from log.workers(newest, markers)
        if config is not None:
            count = found[TELEMETRY].partitions
            standings[TELEMETRY] = standing_of(config, generation.id, count, markers)
    for source in LOGS:
        if source is not TELEMETRY_LOG and {source.source, source.state} <= found.keys():
            yield from _other(client, source, found[source.source], config, standings)
    if config is not None and TELEMETRY in standings:
        yield from log.in_force(config, standings)


def _other(
    client: BrokerClient,
    source: Log,
    topic: SeenTopic,
    config: ConfigLog | None,
    standings: dict[str, Standing],
) -> Iterator[Finding]:
    """A log beside the telemetry log: how it begins, and whether it is folded. Adds where the configuration
    stands in it.
    """
    generation, finding = log.generation(client, topic, config)
    yield finding
    if generation is None:
        return
    markers = _markers(client, source, topic, generation)
    yield from log.workers(_newest(client, topic), markers, source.agent)
    if config is not None and TELEMETRY in standings:
        in_force = standings[TELEMETRY].in_force
        standings[source.source] = standing_of(config, generation.id, topic.partitions, markers, in_force)


def _newest(client: BrokerClient, topic: SeenTopic) -> dict[int, log.Newest | None]:
    return {p: log.newest_record(client, topic.name, p) for p in range(topic.partitions)}


def _markers(
    client: BrokerClient, source: Log, topic: SeenTopic, generation: Generation
) -> dict[int, Marker | None]:
    return {p: newest_marker(client, source.state, p, generation.id) for p in range(topic.partitions)}
