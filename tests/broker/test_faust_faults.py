"""The faults of Faust that lose records: each is there in the version we use, each work-around mends it.

When a test of the stock behaviour fails, Faust has mended it: the work-around can go.
"""

from __future__ import annotations

import time
from pathlib import Path

import faust
import pytest
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP

from stream.agents.faults import MendedConsumer, MendedTransport, check_version
from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from tests.broker.fleet import Fleet

PARTITION = TP("source", 0)


def drained_while_paused(transport: type[Transport]) -> Consumer:
    """Faust's own consumer after: queue full, rebalance pauses the partition, the queue drains."""
    app = faust.App("faults", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    app.transport = transport(app.conf.broker_consumer, app)
    consumer = app.consumer
    assert isinstance(consumer, Consumer)
    consumer._set_active_tps({PARTITION})
    consumer.on_buffer_full(PARTITION)
    consumer.pause_partitions({PARTITION})
    consumer.on_buffer_drop(PARTITION)
    return consumer


def test_the_version_is_one_whose_faults_were_looked_at() -> None:
    """Another version of Faust is refused at start until its faults have been looked at."""
    check_version()


def test_a_paused_partition_stays_paused_when_its_queue_drains() -> None:
    """A partition paused for a replay is not fetched from, whatever its queue does; resumed, it is again."""
    consumer = drained_while_paused(MendedTransport)
    assert isinstance(consumer, MendedConsumer)
    assert PARTITION not in consumer._get_active_partitions()
    consumer.resume_partitions({PARTITION})
    assert PARTITION in consumer._get_active_partitions()


def test_a_full_queue_that_drains_is_fetched_again() -> None:
    """The work-around leaves Faust's back-pressure as it is."""
    consumer = drained_while_paused(MendedTransport)
    consumer.resume_partitions({PARTITION})
    consumer.on_buffer_full(PARTITION)
    assert PARTITION not in consumer._get_active_partitions()
    consumer.on_buffer_drop(PARTITION)
    assert PARTITION in consumer._get_active_partitions()


def test_stock_faust_wakes_a_paused_partition() -> None:
    """The fault itself: without the work-around the paused partition is fetched from."""
    assert PARTITION in drained_while_paused(Transport)._get_active_partitions()


def start_with_backlog(broker: Broker, directory: Path, variant: str) -> str:
    """Log of a worker with some state, started in front of a backlog, whose seek takes its time."""
    with Fleet(broker, directory, {"a": 1}, flush_interval_s=0.2, hole_wait_s=1.0) as fleet:
        source = fleet.sources["a"]
        source.send_plain(1)
        fleet.seed_state("a", source.last)
        source.send_plain(300)
        fleet.start(0, ("tests.broker.slow_seek_worker", variant))
        fleet.wait_counted()
        return fleet.log(0)


def test_no_record_vanishes_between_seek_and_resume(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    """However long Faust takes between its seek and emptying its queues, no record is fetched in between."""
    log = start_with_backlog(embedded_broker, tmp_path, "mended")
    assert " hole " not in log


@pytest.mark.long
def test_stock_faust_loses_records_between_seek_and_resume(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """The fault itself: without the work-around records vanish, and only the offset check finds them."""
    log = start_with_backlog(embedded_broker, tmp_path, "stock")
    assert " hole " in log


def start_with_lost_replay(broker: Broker, directory: Path, variant: str, wait_s: float) -> str:
    """Log of a worker with some state, whose first replay fetches the changelog and loses it."""
    with Fleet(broker, directory, {"a": 1}, flush_interval_s=0.2) as fleet:
        source = fleet.sources["a"]
        source.send_plain(1)
        fleet.seed_state("a", source.last)
        source.send_plain(20)
        fleet.start(0, ("tests.broker.lost_replay_worker", variant))
        until = time.monotonic() + wait_s
        while " assigned " not in fleet.log(0) and time.monotonic() < until:
            time.sleep(0.1)
        if " assigned " in fleet.log(0):
            fleet.wait_counted()
        return fleet.log(0)


@pytest.mark.kafka
def test_a_replay_that_lost_what_it_fetched_reads_it_again(kafka_broker: Broker, tmp_path: Path) -> None:
    """Changelog records that were fetched and never came are sought again: the worker counts in seconds."""
    log = start_with_lost_replay(kafka_broker, tmp_path, "mended", 45.0)
    assert "replay_stalled" in log and " assigned " in log


@pytest.mark.kafka
@pytest.mark.long
def test_without_it_the_replay_waits_for_ever(kafka_broker: Broker, tmp_path: Path) -> None:
    """The fault itself: nothing but the worker's watchdog ends the wait."""
    assert " assigned " not in start_with_lost_replay(kafka_broker, tmp_path, "stock", 30.0)
