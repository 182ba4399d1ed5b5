"""Ten kills of workers and more, for minutes, over an arrival day's end and a compaction: all stays exact."""

from __future__ import annotations

import faulthandler
import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.kafka import KafkaBroker
from stream.broker.ports import LOOPBACK
from stream.contract import topics
from stream.contract.names import US_PER_DAY
from tests.e2e.chaos import Chaos
from tests.e2e.checking import await_truth
from tests.e2e.conftest import KINDS
from tests.e2e.quick import quick_ledger, shifted_collector
from tests.e2e.scraped import SCRAPE_S, Scraped
from tests.e2e.sending import Sending
from tests.e2e.shifted_collector import set_clock
from tests.support.oracle import Oracle
from tests.support.prometheus import Prometheus, Scrape
from tests.support.statelog import StateLog, closed_days, compacted_away
from tests.support.system import BROKER, COLLECTOR, LEDGER, Options, System, worker
from tests.support.traces import AZURE

pytestmark = [pytest.mark.long, pytest.mark.traces, pytest.mark.prometheus]
_LEAST_S = 190.0
_PER_SECOND = 400
_HOLD_S = 4.0
_PARTITIONS = 4
_DAY_S = 86_400
#: The cleaner looks every second, and finds something after a few of the state's segments of five seconds.
_QUICK_CLEANER = {"log.cleaner.backoff.ms": "1000", "log.cleaner.delete.retention.ms": "1000"}
_QUICK_COMPACTION = {
    "cleanup.policy": "compact",
    "segment.ms": "5000",
    "segment.bytes": str(1024 * 1024),
    "min.compaction.lag.ms": "0",
    "min.cleanable.dirty.ratio": "0.01",
    "max.message.bytes": str(8 * 1024 * 1024),
}


def make_kafka_topics(bootstrap: str) -> None:
    """The log with the collector's times, so that a test moves the day; a state that is compacted at once."""
    telemetry = next(topic for topic in topics.TOPICS if topic.name == topics.TELEMETRY)
    moved = {"message.timestamp.type": "CreateTime", "message.timestamp.after.max.ms": str(7 * _DAY_S * 1000)}
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.create_topics(
            [
                NewTopic(topics.TELEMETRY, _PARTITIONS, 1, topic_configs={**telemetry.settings, **moved}),
                NewTopic(topics.STATE_TELEMETRY, _PARTITIONS, 1, topic_configs=_QUICK_COMPACTION),
            ]
        )


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    if request.param == "embedded":
        with EmbeddedBroker(None, tmp_path) as embedded:
            yield embedded
        return
    with KafkaBroker(None, tmp_path / "kafka", tmp_path, settings=_QUICK_CLEANER) as kafka:
        make_kafka_topics(kafka.bootstrap)
        yield kafka


def order(kafka: bool) -> list[str]:
    """Whom to kill: ten times a worker, between them collector, ledger, and a broker that keeps its data."""
    dice = random.Random(11)
    others = [COLLECTOR, LEDGER, COLLECTOR, LEDGER, *([BROKER] if kafka else [])]
    targets = [worker(number % 2) for number in range(10)] + others
    dice.shuffle(targets)
    return targets


def test_fifteen_kills_change_nothing(broker: Broker, tmp_path: Path) -> None:
    """Every series and its cost are exact, and so is what Prometheus scraped, after all of it."""
    faulthandler.cancel_dump_traceback_later()  # it takes more than the three minutes that a test may
    kafka = isinstance(broker, KafkaBroker)
    clock = tmp_path / "clock"
    set_clock(clock, 0)
    options = Options(
        partitions=_PARTITIONS, collector=shifted_collector(clock), ledger=quick_ledger(_HOLD_S)
    )
    targets = order(kafka)
    began = time.time()
    with System(broker, tmp_path / "system", options) as system:
        scrape = Scrape("ledger", (f"{LOOPBACK}:{system.ports[LEDGER]}",), interval_s=SCRAPE_S)
        with (
            Prometheus([scrape], tmp_path / "prometheus") as prometheus,
            StateLog(broker.bootstrap, _PARTITIONS) as log,
            Sending(AZURE, system.collector_url, per_second=2000, name="long") as sending,
        ):
            system.wait(lambda: sending.sent >= AZURE.requests, "every series has begun", 60.0)
            sending.slow_down(_PER_SECOND)
            chaos = Chaos(system, sending, log)
            chaos.kill_all(targets[:6])
            first_days = log.days()
            set_clock(clock, _DAY_S)
            chaos.kill_all(targets[6:10])
            system.wait(lambda: log.days() > first_days, "the next arrival day", 60.0)
            if kafka:
                system.wait(
                    lambda: all(compacted_away(broker.bootstrap, _PARTITIONS)),
                    "the state is compacted",
                    120.0,
                )
            chaos.kill_all(targets[10:])
            sending.send_first_again()
            rest = max(sending.sent // 9 + 1, int((_LEAST_S - sending.seconds) * _PER_SECOND))
            sending.finish(sending.sent + rest)
            report = chaos.report(f"kills on {broker.name}", tmp_path / "kills.txt")
            truth = Oracle()
            truth.add_all(sending.events())
            books = await_truth(system, truth)
            scraped = Scraped.after_next_scrape(prometheus, began)
        gone = compacted_away(broker.bootstrap, _PARTITIONS)
        ended = closed_days(broker.bootstrap, _PARTITIONS)
    report += (
        f"arrival days ended: {ended}; records compacted away of each state partition: {gone}\n"
        f"counted {books.counted}, duplicates {books.duplicates}, redelivered {books.redelivered} (in no"
        f" balance), {books.cost_nano_usd} nano-USD in {len(books.series)} series\n"
    )
    print(report)
    (tmp_path / "kills.txt").write_text(report)
    assert books.counted == sending.sent and books.duplicates == 0 and not books.refused
    assert books.redelivered >= sending.sent_again > 0
    assert all(kill.amid_folding and kill.sent <= 0.9 * sending.sent for kill in chaos.kills)
    assert sending.seconds >= 180
    today = began * 1_000_000 // US_PER_DAY
    assert all(days and max(days) >= today for days in ended)
    assert all(gone) or not kafka
    assert scraped.falls() == []
    assert scraped.missed(truth) == []
    assert scraped.increase_errors(truth) == []
