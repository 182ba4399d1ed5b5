"""The spool on real brokers: LiteLLM never sends a body again, so what it was answered 2xx must be in
the log.
"""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from collectors.litellm.receiver import RECEIVER as LITELLM
from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.ports import LOOPBACK, free_port
from stream.contract.identity import partition_of
from stream.control.topics import create_topics
from tests.broker.test_collector import QUICK, Process, held, started
from tests.contract.samples import sample
from tests.support.collector import RunningCollector, batches, read_log, refusals
from tests.unit.collectors.samples import admit, event

_WAY = "/health?receiver=litellm"
_HEADERS = {"content-type": "application/json"}


class Bodies:
    """Bodies as LiteLLM posts them, each with one item that is refused; which events the log must hold."""

    def __init__(self, events: int = 20) -> None:
        self._events, self._made, self._lock = events, 0, threading.Lock()
        self.wanted: set[int] = set()

    def make(self) -> tuple[bytes, set[int]]:
        """A body, and the hashes of its events."""
        with self._lock:
            first = self._made * self._events
            self._made += 1
        items = [*(sample("litellm", first + n) for n in range(self._events)), {"id": first}]
        raw = json.dumps(items).encode()
        return raw, {record.event for record in admit(raw, receiver=LITELLM).records}

    def post(self, url: str, timeout_s: float = 40) -> int:
        """The status of one body; 0 when there was no answer."""
        raw, hashes = self.make()
        try:
            status = httpx.post(
                f"{url}/v1/litellm", content=raw, headers=_HEADERS, timeout=timeout_s
            ).status_code
        except httpx.HTTPError:
            return 0
        if status == 202:
            with self._lock:
                self.wanted |= hashes
        return status


def metric(url: str, name: str) -> float:
    """A metric without labels."""
    for line in httpx.get(f"{url}/metrics").text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.rpartition(" ")[2])
    raise AssertionError(f"{name} is not on /metrics")


def wait_for(true: Callable[[], bool], what: str, within_s: float = 40) -> None:
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def wait_replayed(url: str, within_s: float = 40) -> None:
    """Until the broker acknowledges and the spool is empty."""
    wait_for(lambda: httpx.get(f"{url}/health").status_code == 200, "the broker is not back", within_s)
    wait_for(lambda: metric(url, "llm_collector_spool_events") == 0, "not replayed", within_s)


def end(process: Process) -> None:
    process.process.kill()
    process.process.wait()


def test_what_is_posted_while_the_broker_is_away_is_in_the_log_afterwards(tmp_path: Path) -> None:
    """Each event and each refusal once, in the partition of its identity, with the time of its answer; other
    receivers are put off meanwhile, and the disk is empty in the end.
    """
    bodies = Bodies()
    broker = EmbeddedBroker(None, tmp_path).start()
    try:
        create_topics(broker.bootstrap, "embedded", 3)
        with RunningCollector(broker.bootstrap, tmp_path, times=QUICK) as collector:
            url = str(collector.client.base_url)
            collector.wait_ready()
            broker.kill()
            collector.wait_ready(503)
            assert [bodies.post(url) for _ in range(10)] == [202] * 10
            assert collector.client.post("/v1/events", json=event()).status_code == 503
            said = collector.client.get("/health").json()
            assert (said["status"], said["receivers"], said["spooled_events"]) == (
                "spooling",
                ["litellm"],
                210,
            )
            assert collector.client.get(_WAY).status_code == 200
            assert collector.metric("llm_collector_spooled_events_total", receiver="litellm") == 210
            assert collector.metric("llm_collector_spool_oldest_age_seconds") > 0
            assert list((tmp_path / "spool").glob("*/*.seg"))
            back_us = time.time_ns() // 1000
            broker.start()
            create_topics(broker.bootstrap, "embedded", 3)
            wait_replayed(url)
            assert collector.metric("llm_collector_spool_replayed_events_total") == 210
        log = read_log(broker.bootstrap)
        assert held(broker.bootstrap) == Counter(dict.fromkeys(bodies.wanted, 1))
        assert len({refusal.digest for _, refusal in refusals(log)}) == len(refusals(log)) == 10
        for record, batch in batches(log):
            assert batch.accepted_us < back_us <= record.timestamp_ms * 1000 + 1000
            identities = batch.columns["identity"].tolist()
            assert {partition_of(i, 3) for i in identities} == {record.partition}
        assert not list((tmp_path / "spool").glob("*/*.seg"))
    finally:
        broker.stop()


def test_what_a_killed_collector_spooled_its_successor_sends(tmp_path: Path) -> None:
    """It never saw a broker, was killed twice, and its last body was torn."""
    bodies, port = Bodies(), free_port()
    for _ in range(2):
        collect = Process(f"{LOOPBACK}:{port}", tmp_path, _WAY)
        try:
            assert [bodies.post(collect.url) for _ in range(5)] == [202] * 5
        finally:
            end(collect)
        *_, newest = sorted((tmp_path / ".tokonomics/spool/00").glob("*.seg"))
        newest.write_bytes(newest.read_bytes() + newest.read_bytes()[:200])
    with EmbeddedBroker(port, tmp_path) as broker:
        create_topics(broker.bootstrap, "embedded")
        collect = Process(broker.bootstrap, tmp_path)
        try:
            wait_replayed(collect.url)
            assert metric(collect.url, "llm_collector_spool_damaged_total") == 0
        finally:
            end(collect)
        assert held(broker.bootstrap) == Counter(dict.fromkeys(bodies.wanted, 1))
        assert len(bodies.wanted) == 200


def test_a_drain_spools_what_a_hanging_broker_does_not_take(tmp_path: Path) -> None:
    """SIGTERM while bodies wait for a broker that hangs: they are answered 202, and nothing of them is
    lost.
    """
    bodies = Bodies()
    with EmbeddedBroker(None, tmp_path) as broker:
        create_topics(broker.bootstrap, "embedded")
        collect = Process(broker.bootstrap, tmp_path)
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(bodies.post(collect.url))) for _ in range(4)
        ]
        broker.pause()
        try:
            for thread in threads:
                thread.start()
            wait_for(lambda: metric(collect.url, "llm_collector_queued_events") == 84, "bodies wait")
            collect.process.send_signal(signal.SIGTERM)
            assert collect.process.wait(40) == 0, (tmp_path / "collect.log").read_text()
            for thread in threads:
                thread.join()
        finally:
            end(collect)
            broker.resume()
        assert answers == [202] * 4
        collect = Process(broker.bootstrap, tmp_path)
        try:
            wait_replayed(collect.url)
        finally:
            end(collect)
        assert set(held(broker.bootstrap)) == bodies.wanted


@pytest.mark.long
def test_memory_is_bounded_while_the_broker_hangs(tmp_path: Path) -> None:
    """Under load on both kinds of receivers, until queue and spool are full and long after: bodies are
    put off with their reasons, and the process does not grow.
    """
    most_mib = 64
    (tmp_path / "collector.yaml").write_text(
        "spool: {max_mib: 1}\nlimits: {queued_events: 5000, in_flight_mib: 16}\n"
        "receivers: {litellm: {hold_seconds: 0}}\n"
    )
    with EmbeddedBroker(None, tmp_path) as broker, pytest.MonkeyPatch.context() as patch:
        create_topics(broker.bootstrap, "embedded")
        patch.setenv("TOKONOMICS_COLLECTOR_CONFIG", str(tmp_path / "collector.yaml"))
        collect = Process(broker.bootstrap, tmp_path)
        answers: Counter[tuple[str, int]] = Counter()
        stop, lock = threading.Event(), threading.Lock()

        def load(path: str, template: bytes, sender: int) -> None:
            number = 0
            with httpx.Client(base_url=collect.url, timeout=60) as client:
                while not stop.is_set():
                    number += 1
                    raw = template.replace(b"NAME", f"{sender}-{number}".encode())
                    status = client.post(path, content=raw, headers=_HEADERS).status_code
                    with lock:
                        answers[path, status] += 1

        kept = json.dumps([{**sample("litellm", 1), "id": f"NAME-{n}"} for n in range(400)]).encode()
        usage = json.dumps([event(event_id=f"NAME-{n}") for n in range(400)]).encode()
        threads = [threading.Thread(target=load, args=("/v1/litellm", kept, n)) for n in range(3)]
        threads += [threading.Thread(target=load, args=("/v1/events", usage, 3))]
        try:
            assert Bodies().post(collect.url) == 202
            process = psutil.Process(collect.process.pid)
            before = process.memory_info().rss
            broker.pause()
            for thread in threads:
                thread.start()
            wait_for(lambda: answers["/v1/litellm", 503] > 20, "the spool never fills")
            wait_for(lambda: answers["/v1/events", 503] > 20, "the queue never fills")
            grown = process.memory_info().rss - before
            assert metric(collect.url, "llm_collector_spool_bytes") <= 1024 * 1024
            assert answers["/v1/litellm", 202] > 10
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            broker.resume()
            end(collect)
    assert grown < most_mib * 1024 * 1024, f"{grown / 1024 / 1024:.0f} MiB more"


def broker_and_log(kind: str, directory: Path) -> Broker:
    broker = started(kind, directory).start()
    create_topics(broker.bootstrap, kind)
    return broker


@pytest.mark.long
@pytest.mark.kafka
def test_collector_and_broker_are_killed_again_and_again(tmp_path: Path) -> None:
    """Apache Kafka and the collector, in any order, under load: the log holds every event that was
    answered 2xx, and after the last restart the spool runs empty.
    """
    chance = random.Random(7)
    bodies, stop = Bodies(), threading.Event()
    broker = broker_and_log("kafka", tmp_path)
    collect = [Process(broker.bootstrap, tmp_path)]
    statuses: Counter[int] = Counter()

    def send() -> None:
        while not stop.is_set():
            statuses[bodies.post(collect[0].url)] += 1

    threads = [threading.Thread(target=send) for _ in range(3)]
    try:
        for thread in threads:
            thread.start()
        for _ in range(6):
            time.sleep(chance.uniform(1, 6))
            if chance.random() < 0.5:
                broker.kill()
                time.sleep(chance.uniform(0.5, 8))
                end(collect[0])
                collect[0] = Process(broker.bootstrap, tmp_path, _WAY)
                time.sleep(chance.uniform(0, 5))
                broker.start()
            else:
                broker.pause()
                time.sleep(chance.uniform(1, 15))
                end(collect[0])
                broker.resume()
                collect[0] = Process(broker.bootstrap, tmp_path, _WAY)
        stop.set()
        for thread in threads:
            thread.join()
        wait_replayed(collect[0].url, 120)
        assert set(statuses) <= {0, 202, 503}
        missing = bodies.wanted - set(held(broker.bootstrap))
        assert len(bodies.wanted) > 1000
        assert missing == set()
    finally:
        stop.set()
        end(collect[0])
        broker.stop()
