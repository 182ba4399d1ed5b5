"""What a real Prometheus scrapes while the product's processes are killed under it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.broker.kafka import KafkaBroker
from stream.broker.ports import LOOPBACK
from tests.e2e.chaos import Chaos
from tests.e2e.checking import await_truth
from tests.e2e.quick import quick_ledger
from tests.e2e.scraped import SCRAPE_S, Scraped
from tests.e2e.sending import Sending
from tests.support.oracle import Oracle
from tests.support.prometheus import Prometheus, Scrape
from tests.support.statelog import StateLog
from tests.support.system import LEDGER, Options, System, worker
from tests.support.traces import AZURE

pytestmark = [pytest.mark.prometheus, pytest.mark.kafka, pytest.mark.traces]
_HOLD_S = 4.0


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """On a Kafka of its own, with a worker in reserve and a short hold at zero."""
    options = Options(spares=1, ledger=quick_ledger(_HOLD_S))
    with (
        KafkaBroker(None, tmp_path / "kafka", tmp_path) as broker,
        System(broker, tmp_path / "system", options) as system,
    ):
        yield system


def test_scraped_counters_never_fall_and_miss_nothing(system: System, tmp_path: Path) -> None:
    """Through kills and a rebalance no sample falls, and each series rises from 0 by exactly the truth."""
    target = Scrape("ledger", (f"{LOOPBACK}:{system.ports[LEDGER]}",), interval_s=SCRAPE_S)
    began = time.time()
    with (
        Prometheus([target], tmp_path / "prometheus") as prometheus,
        StateLog(system.broker.bootstrap, system.partitions) as log,
        Sending(AZURE, system.collector_url, per_second=4000, name="scraped") as sending,
    ):
        system.wait(lambda: sending.sent >= AZURE.requests, "every series has begun", 30.0)
        sending.slow_down(300)
        chaos = Chaos(system, sending, log)
        chaos.kill_all([worker(0), LEDGER])
        system.start(worker(2))
        system.await_ready(worker(2))  # it holds partitions: there was a rebalance
        chaos.kill(worker(2))
        sending.finish(sending.sent * 10 // 9 + 1, hurry=True)
        print(chaos.report("kills while Prometheus scrapes", tmp_path / "kills.txt"))
        truth = Oracle()
        truth.add_all(sending.events())
        await_truth(system, truth)
        scraped = Scraped.after_next_scrape(prometheus, began)
    assert scraped.falls() == []
    assert scraped.missed(truth) == []
    assert scraped.increase_errors(truth) == []
