"""The same guarantee under everything that happens to a fleet: minutes, on both brokers."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest
from kafka import KafkaProducer

from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.kafka import KafkaBroker
from tests.broker.fleet import Fleet
from tests.broker.toy_partition import encode_events

pytestmark = pytest.mark.long
FAULTS = 12
LONGER_THAN_SESSION_S = 8.0


def settle(fleet: Fleet, agent: str = "a") -> None:
    """Wait until every partition is folded live: the next fault must not fall into a recovery."""
    fleet.wait_beyond(agent, fleet.durable(agent), timeout_s=60.0)


def test_join_pause_and_leave(broker: Broker, tmp_path: Path) -> None:
    """A worker joins; the first is paused beyond its session and wakes as a former owner; one leaves."""
    with Fleet(broker, tmp_path, {"a": 4}, flush_interval_s=0.3) as fleet:
        with fleet.sources["a"].stream(200):
            fleet.start(0)
            settle(fleet)
            fleet.start(1)
            fleet.wait_log(1, "assigned partitions=")
            settle(fleet)
            fleet.signal(0, signal.SIGSTOP)
            time.sleep(LONGER_THAN_SESSION_S)
            settle(fleet)
            fleet.signal(0, signal.SIGCONT)
            time.sleep(2)
            settle(fleet)
            fleet.signal(1, signal.SIGTERM)
            assert fleet.wait_exit(1) == 0
            settle(fleet)
        fleet.wait_counted()
        assert fleet.exited(0) is None


def test_many_faults(broker: Broker, tmp_path: Path) -> None:
    """Two workers, kill -9, SIGTERM, SIGSTOP short and long, in random order: exact after all of it."""
    dice = random.Random(7)
    with Fleet(broker, tmp_path, {"a": 4}, flush_interval_s=0.3) as fleet:
        with fleet.sources["a"].stream(150):
            for slot in (0, 1):
                fleet.start(slot)
            for _ in range(FAULTS):
                settle(fleet)
                slot, fault = dice.randrange(2), dice.choice(["kill", "kill", "term", "stop", "long stop"])
                if fault == "kill":
                    fleet.kill(slot)
                    fleet.start(slot)
                elif fault == "term":
                    fleet.signal(slot, signal.SIGTERM)
                    assert fleet.wait_exit(slot) == 0
                    fleet.start(slot)
                else:
                    fleet.signal(slot, signal.SIGSTOP)
                    time.sleep(2.0 if fault == "stop" else LONGER_THAN_SESSION_S)
                    fleet.signal(slot, signal.SIGCONT)
            settle(fleet)
        fleet.wait_counted(90)


def test_several_agents_in_one_app(broker: Broker, tmp_path: Path) -> None:
    """Agents with topics of different sizes share one app, and each is exact through kills."""
    with Fleet(broker, tmp_path, {"a": 4, "b": 2, "c": 8}, flush_interval_s=0.3) as fleet:
        a, b, c = fleet.sources.values()
        with a.stream(100), b.stream(40), c.stream(80):
            fleet.start(0)
            for name in fleet.agents:
                settle(fleet, name)
            fleet.start(1)
            time.sleep(10)
            for slot in (0, 1, 0):
                for name in fleet.agents:
                    settle(fleet, name)
                fleet.kill(slot)
                fleet.start(slot)
            for name in fleet.agents:
                settle(fleet, name)
        fleet.wait_counted(90)


def test_a_rebalance_cuts_a_rebuild_short(broker: Broker, tmp_path: Path) -> None:
    """A worker joins while another folds the log again: what was cut off is thrown away."""
    with Fleet(broker, tmp_path, {"a": 4}, flush_interval_s=0.3) as fleet:
        source = fleet.sources["a"]
        source.send(1200)
        fleet.start(0)
        fleet.wait_counted()
        fleet.kill(0)
        slow = ("tests.broker.slow_rebuild_worker",)
        fleet.start(0, slow)
        time.sleep(10)
        fleet.start(1, slow)
        with source.stream(60):
            settle(fleet)
        fleet.wait_counted(90)


def test_a_small_log_does_not_wait_for_the_rebuild_of_a_large_one(
    kafka_broker: KafkaBroker, tmp_path: Path
) -> None:
    """One agent folds its log again for long; another in the same worker counts meanwhile."""
    with Fleet(kafka_broker, tmp_path, {"large": 3, "small": 1}, flush_interval_s=0.3) as fleet:
        for name, records in (("large", 2400), ("small", 20)):
            fleet.sources[name].send(records)
        fleet.start(0)
        fleet.wait_counted()
        fleet.kill(0)
        fleet.start(0, ("tests.broker.slow_rebuild_worker",))
        with fleet.sources["small"].stream(20):
            settle(fleet, "small")
            assert "rebuilt agent=small" in fleet.log(0) and "rebuilt agent=large" not in fleet.log(0)
        with fleet.sources["large"].stream(20):
            settle(fleet, "large")
        fleet.wait_counted(90)


def test_records_lost_on_the_way_are_read_again(broker: Broker, tmp_path: Path) -> None:
    """Records that Faust loses under load leave a hole: it is noticed, sought and closed amid traffic."""
    with Fleet(broker, tmp_path, {"a": 4}, flush_interval_s=0.3, hole_wait_s=1.0) as fleet:
        fleet.start(0, ("tests.broker.lossy_worker",))
        with fleet.sources["a"].stream(300):
            settle(fleet)
            time.sleep(10)
            fleet.wait_log(0, "finding=present")
            settle(fleet)
        fleet.wait_counted(60)
        assert fleet.exited(0) is None


def test_a_log_made_anew_ends_the_worker(tmp_path: Path) -> None:
    """The embedded broker forgets all when killed: a worker that lived through it mixes no two logs."""
    broker = EmbeddedBroker(None, tmp_path)
    with broker, Fleet(broker, tmp_path, {"a": 2}, flush_interval_s=0.3) as fleet:
        fleet.start(0)
        fleet.sources["a"].send(50)
        fleet.wait_counted()
        broker.kill()
        broker.start()
        fleet.make_anew()
        fleet.sources["a"].send(80)
        fleet.wait_ended_or_counted(0)
        if fleet.exited(0) is not None:
            assert fleet.exited(0) == 70
            fleet.start(0)
        fleet.wait_counted(60)


def test_the_broker_is_killed(tmp_path: Path) -> None:
    """kill -9 of the broker under two workers, and again while it hangs: exact when it is back."""
    broker = KafkaBroker(None, tmp_path / "data", tmp_path)
    with broker, Fleet(broker, tmp_path, {"a": 4}, flush_interval_s=0.3) as fleet:
        source = fleet.sources["a"]
        for slot in (0, 1):
            fleet.start(slot)
        source.send(200)
        fleet.wait_counted()
        source.send(2000)
        broker.kill()
        broker.start()
        for slot in (0, 1):
            if fleet.exited(slot) is not None:
                assert fleet.exited(slot) == 70
                fleet.start(slot)
        source.send(200)
        fleet.wait_counted(90)


def test_transactions_in_the_log(kafka_broker: KafkaBroker, tmp_path: Path) -> None:
    """Offsets of control records hold nothing: they are stepped over, and counted as such."""
    with Fleet(kafka_broker, tmp_path, {"a": 1}, flush_interval_s=0.3, hole_wait_s=1.0) as fleet:
        source = fleet.sources["a"]
        fleet.start(0)
        source.send(10)
        fleet.wait_counted()
        foreign = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap, transactional_id=fleet.prefix)
        foreign.init_transactions()
        for number in range(3):
            foreign.begin_transaction()
            foreign.send(source.topic, encode_events([(-1 - number, "foreign", 5)]), partition=0).get(10)
            foreign.commit_transaction()
        foreign.close()
        source.truth["foreign"] = [3, 15]
        source.send(10)
        fleet.wait_counted(60)
        assert "finding=control_only" in fleet.log(0)
        fleet.kill(0)
        source.send(10)
        fleet.start(0)
        fleet.wait_counted(60)
