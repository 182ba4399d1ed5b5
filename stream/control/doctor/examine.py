"""The whole examination, in the order in which one thing needs another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.contract.topics import CONFIG, STATE_TELEMETRY, TELEMETRY, TOPICS, WINDOW_DAYS
from stream.control.broker_client import BrokerClient
from stream.control.doctor import log, services, topics
from stream.control.doctor.findings import Finding, fail, unchecked
from stream.control.doctor.machine import machine
from stream.control.errors import ControlError
from stream.control.markers import newest_marker
from stream.control.standing import standing_of
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
    count = found[TELEMETRY].partitions
    config, unreadable = log.configuration(client) if CONFIG in found else (None, None)
    generation, finding = log.generation(client, found[TELEMETRY], config)
    yield from topics.settings(told, wish.kind, generation.window_days if generation else WINDOW_DAYS)
    yield finding
    if unreadable is not None:
        yield unreadable
    newest = {partition: log.newest_record(client, partition) for partition in range(count)}
    yield from log.clock(newest)
    if generation is None or STATE_TELEMETRY not in found:
        return
    markers = {partition: newest_marker(client, partition, generation.id) for partition in range(count)}
    if config is not None:
        yield from log.in_force(config, standing_of(config, generation.id, count, markers))
    yield from log.workers(newest, markers)
