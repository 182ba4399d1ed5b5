"""A worker counts every event exactly once, whatever happens to it. On both brokers, with real processes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stream.broker.base import Broker
from stream.contract.frame import VERSION
from tests.broker.fleet import Fleet

MakeFleet = Callable[..., Fleet]


@pytest.fixture
def make_fleet(broker: Broker, tmp_path: Path) -> Iterator[MakeFleet]:
    fleets: list[Fleet] = []

    def make(**settings: Any) -> Fleet:
        agents = settings.pop("agents", {"a": 4})
        fleets.append(Fleet(broker, tmp_path, agents, flush_interval_s=0.3, **settings))
        return fleets[-1]

    yield make
    for fleet in fleets:
        fleet.__exit__()


def test_a_killed_worker_counts_on_exactly(make_fleet: MakeFleet) -> None:
    """kill -9 while folding loses nothing and counts nothing twice; SIGTERM leaves all committed."""
    fleet = make_fleet()
    source = fleet.sources["a"]
    fleet.start(0)
    with source.stream(200):
        fleet.wait_beyond("a", [2] * 4)
        fleet.kill(0)
        fleet.start(0)
        fleet.wait_beyond("a", fleet.durable("a"))
    fleet.wait_counted()
    fleet.signal(0, signal.SIGTERM)
    assert fleet.wait_exit(0) == 0
    assert fleet.committed("a") == {p: upto + 1 for p, upto in enumerate(fleet.durable("a"))}


def test_an_unknown_record_version_stops_the_worker(make_fleet: MakeFleet) -> None:
    """A record of a later release ends the worker with exit code 70, with nothing acknowledged beyond it."""
    fleet = make_fleet(agents={"a": 1})
    source = fleet.sources["a"]
    source.send(5)
    source.producer.send(source.topic, bytes([VERSION + 1, 0, 0, 0, 0, 0]), partition=0).get(10)
    poison = fleet_end = source.producer.send(source.topic, b"", partition=0).get(10).offset - 1
    fleet.start(0)
    assert fleet.wait_exit(0) == 70
    assert "reason=unknown_version" in fleet.log(0)
    assert fleet.committed("a").get(0, 0) <= poison
    assert fleet.durable("a")[0] < fleet_end
