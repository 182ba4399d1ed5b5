"""Topics that change under the ledger, on Apache Kafka: trimmed, deleted and made again."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition

from stream.broker.kafka import KafkaBroker
from stream.ledger.database import open_ledger
from tests.broker.ledger_log import StateTopics, wait_until
from tests.broker.test_ledger_follower import following, shown
from tests.unit.ledger.records import DAY, shard, usage_row


def test_a_trimmed_log_goes_on_at_its_beginning(
    kafka_broker: KafkaBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What retention took is said and not waited for; what is left counts."""
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    topics = StateTopics(kafka_broker.bootstrap)
    topics.write(shard([usage_row("sales", 1)], 1), closing=True)
    with following(engine, topics) as follower:
        wait_until(lambda: shown(follower) == {"sales": 1}, "the first is held")
    topics.write(*(shard([usage_row("sales", 1)], 9, day=DAY + n) for n in (1, 2, 3)), closing=True)
    with closing(KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)) as admin:
        admin.delete_records({TopicPartition(topics.names[1], 0): 3})
    with caplog.at_level(logging.WARNING), following(engine, topics) as follower:
        wait_until(lambda: shown(follower) == {"sales": 2}, "the rest is held")
    assert "offsets_lost" in caplog.text
    assert "count=2" in caplog.text
    topics.close()


def test_topics_deleted_and_made_again_under_it(kafka_broker: KafkaBroker, tmp_path: Path) -> None:
    """The new topics are read from offset 0, beyond which the old ones had been read."""
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    topics = StateTopics(kafka_broker.bootstrap)
    topics.write(*(shard([usage_row("sales", n)], n) for n in range(1, 6)))
    with following(engine, topics) as follower:
        wait_until(lambda: shown(follower) == {"sales": 5}, "the old log")
        topics.close()
        with closing(KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)) as admin:
            admin.delete_topics(list(topics.names))
            wait_until(lambda: not set(topics.names) & set(admin.list_topics()), "deleted")
        again = StateTopics(kafka_broker.bootstrap, name=topics.names[0].removeprefix("state-"))
        again.write(*(shard([usage_row("sales", n)], n, generation="h") for n in range(1, 9)))
        wait_until(lambda: shown(follower) == {"sales": 13}, "the new log, from its first record", 40)
        again.close()
