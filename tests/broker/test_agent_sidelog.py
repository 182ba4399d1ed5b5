"""Reading beside Faust: exact offsets, on both brokers; control records on Apache Kafka."""

from __future__ import annotations

import threading
import uuid
from contextlib import closing

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from stream.agents.configs import ConfigStore
from stream.agents.holes import Answer, Finding, judge
from stream.agents.sidelog import SideLog
from stream.agents.stopping import ConfigurationMissing, OffsetsLost
from stream.broker.base import Broker
from stream.broker.kafka import KafkaBroker


def new_topic(broker: Broker) -> str:
    topic = f"side-{uuid.uuid4().hex[:8]}"
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
        admin.create_topics([NewTopic(topic, 1, 1)])
    return topic


def produce(broker: Broker, topic: str, values: list[bytes], **settings: object) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=False, **settings)
    with closing(producer):
        for value in values:
            producer.send(topic, value, key=value, partition=0)
        producer.flush()


def read(log: SideLog, topic: str, start: int, stop: int) -> list[tuple[int, bytes | None]]:
    return [(entry.offset, entry.value) for entry in log.read(topic, 0, start, stop, threading.Event())]


def test_a_log_is_read_exactly(broker: Broker) -> None:
    """Head, single offsets and ranges are what was written, although end offsets cannot be trusted."""
    topic, log = new_topic(broker), SideLog(broker.bootstrap, patience_s=0.5)
    assert log.head(topic, 0).first is None
    produce(broker, topic, [b"%d" % number for number in range(50)])
    head = log.head(topic, 0)
    assert (head.first_offset, head.first and head.first.value) == (0, b"0")
    assert read(log, topic, 7, 50) == [(number, b"%d" % number) for number in range(7, 50)]
    assert log.ask(topic, 0, 49) == Answer(0, 49)
    assert judge(50, log.ask(topic, 0, 50)) is Finding.NOTHING_YET


def test_a_cancelled_read_ends(broker: Broker) -> None:
    """A rebalance in the midst of a rebuild ends its reading, also where nothing more would ever come."""
    topic, log = new_topic(broker), SideLog(broker.bootstrap)
    cancelled = threading.Event()
    timer = threading.Timer(0.5, cancelled.set)
    timer.start()
    assert list(log.read(topic, 0, 0, 10, cancelled)) == []
    timer.join()


def test_a_configuration_is_found_or_named(broker: Broker) -> None:
    """A configuration comes by its digest, once it is there; one that is not is named."""
    topic = new_topic(broker)
    store = ConfigStore(SideLog(broker.bootstrap), topic, lambda digest, value: (digest, value), 1.0)
    produce(broker, topic, [b"one", b"two"])
    assert not store.held("two")
    assert store.load("two") == ("two", b"two")
    assert store.held("two")
    with pytest.raises(ConfigurationMissing, match="three"):
        store.load("three")
    late = threading.Timer(0.3, produce, (broker, topic, [b"four"]))
    late.start()
    assert store.load("four") == ("four", b"four")
    late.join()


def test_control_records_are_stepped_over(kafka_broker: KafkaBroker) -> None:
    """The offset of a transaction's end holds no record: the broker answers with a later one."""
    topic, log = new_topic(kafka_broker), SideLog(kafka_broker.bootstrap, patience_s=2.0)
    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap, transactional_id=topic)
    with closing(producer):
        producer.init_transactions()
        for value in (b"a", b"b"):
            producer.begin_transaction()
            producer.send(topic, value, partition=0).get(10)
            producer.commit_transaction()
    assert read(log, topic, 0, 4) == [(0, b"a"), (2, b"b")]
    assert judge(1, log.ask(topic, 0, 1)) is Finding.CONTROL_ONLY


def test_a_trimmed_log_is_told_from_a_gap(kafka_broker: KafkaBroker) -> None:
    """Records that were removed before they were folded are a loss, never a gap to step over."""
    topic, log = new_topic(kafka_broker), SideLog(kafka_broker.bootstrap, patience_s=2.0)
    produce(kafka_broker, topic, [b"%d" % number for number in range(10)])
    with closing(KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)) as admin:
        admin.delete_records({TopicPartition(topic, 0): 6})
    assert judge(5, log.ask(topic, 0, 5)) is Finding.TRIMMED
    assert judge(6, log.ask(topic, 0, 6)) is Finding.PRESENT
    with pytest.raises(OffsetsLost):
        read(log, topic, 3, 10)
