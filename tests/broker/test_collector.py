"""The collector on real brokers: what was answered 2xx is in the log, through kills on either side."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from collectors._sdk.configuration import BatchingPart, LimitsPart, ReceiverPart
from collectors._sdk.configuration_file import Configured
from collectors._sdk.errors import PartitionsChanged
from collectors._sdk.link import LinkTimes
from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.kafka import KafkaBroker
from stream.broker.ports import LOOPBACK, free_port
from stream.contract.frame import Kind, unpack
from stream.contract.identity import event_hash
from stream.contract.topics import TASKS, TELEMETRY, TOPICS
from stream.control.topics import create_topics
from tests.support.collector import RunningCollector, batches, read_log
from tests.unit.collectors.samples import event

ROOT = Path(__file__).resolve().parents[2]
#: 2026-11-03T04:05:06.789Z
CLOCK_US = 1_793_678_706_789_000
QUICK = LinkTimes(delivery_s=3.0, stall_s=1.0, heartbeat_s=0.5, metadata_s=1.0, connect_s=2.0)
KINDS = ["embedded", pytest.param("kafka", marks=pytest.mark.kafka)]


def started(kind: str, directory: Path) -> Broker:
    if kind == "embedded":
        return EmbeddedBroker(None, directory)
    return KafkaBroker(None, directory / "data", directory)


@pytest.fixture(scope="module", params=KINDS)
def own_broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker with a log that has begun; not to be killed."""
    with started(request.param, tmp_path_factory.mktemp("broker")) as broker:
        create_topics(broker.bootstrap, request.param)
        yield broker


def held(bootstrap: str) -> Counter[int]:
    """How often each event is in the log, by its hash."""
    found = batches(read_log(bootstrap))
    return Counter(int(e) for _, batch in found for e in batch.columns["event"])


def post_until_taken(url: str, body: list[dict[str, Any]], until_s: float) -> int:
    """Post as a client does, again and again; how often it was put off."""
    again = 0
    while True:
        try:
            answer = httpx.post(f"{url}/v1/events", json=body, timeout=40)
            if answer.status_code == 202:
                return again
            assert answer.status_code in (429, 503), answer.text
        except httpx.HTTPError:
            pass
        again += 1
        assert time.monotonic() < until_s, "never taken"
        time.sleep(0.1)


def test_records_bear_the_accept_time(own_broker: Broker, tmp_path: Path) -> None:
    """The embedded broker keeps what the collector's clock says; Kafka stamps its own, later, time."""
    with RunningCollector(own_broker.bootstrap, tmp_path, clock=lambda: CLOCK_US) as collector:
        collector.wait_ready()
        events = [event(event_id=f"clock-{n}") for n in range(40)]
        assert collector.client.post("/v1/events", json=[*events, None]).status_code == 202
        producer = collector.host.link.name
    log = read_log(own_broker.bootstrap)
    mine = [(r, batch) for r, batch in batches(log) if batch.producer == producer]
    assert sum(batch.count for _, batch in mine) == 40
    assert {batch.accepted_us for _, batch in mine} == {CLOCK_US}
    stamps = {r.timestamp_ms for r, _ in mine}
    if isinstance(own_broker, EmbeddedBroker):
        assert stamps == {CLOCK_US // 1000}
    else:
        assert all(abs(stamp - time.time() * 1000) < 120_000 for stamp in stamps)


def test_every_partition_gets_heartbeats(own_broker: Broker, tmp_path: Path) -> None:
    """Without traffic too, so that time goes on in every partition."""
    before = len(read_log(own_broker.bootstrap))
    with RunningCollector(own_broker.bootstrap, tmp_path, times=QUICK) as collector:
        collector.wait_ready()
        until = time.monotonic() + 20
        while True:
            log = read_log(own_broker.bootstrap)
            beats = Counter(
                r.partition for r in log if r.topic == TELEMETRY and unpack(r.value).kind is Kind.HEARTBEAT
            )
            if len(log) > before + 8 and all(beats[p] > 1 for p in range(4)):
                return
            assert time.monotonic() < until, beats


def test_bodies_share_batches_and_a_batch_has_its_bound(own_broker: Broker, tmp_path: Path) -> None:
    """Batches hold up to a thousand events, whoever sent them."""
    patient = Configured().file.model_copy(update={"batching": BatchingPart(linger_ms=3000)})
    with RunningCollector(own_broker.bootstrap, tmp_path, configured=Configured(patient)) as collector:
        collector.wait_ready()
        bodies = [[event(event_id=f"b{b}-{n}") for n in range(1500)] for b in range(4)]
        threads = [
            threading.Thread(
                target=post_until_taken, args=(str(collector.client.base_url), b, time.monotonic() + 60)
            )
            for b in bodies
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        producer = collector.host.link.name
    sizes = [
        batch.count for _, batch in batches(read_log(own_broker.bootstrap)) if batch.producer == producer
    ]
    assert sum(sizes) == 6000
    assert max(sizes) == 1000


def test_nothing_is_written_before_the_log_has_begun(tmp_path: Path) -> None:
    """A heartbeat in the place of the generation record would make the log unreadable for ever."""
    with EmbeddedBroker(None, tmp_path) as broker:
        with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
            admin.create_topics([NewTopic(t.name, t.partitions(2), 1) for t in TOPICS])
        with RunningCollector(broker.bootstrap, tmp_path, times=QUICK) as collector:
            collector.wait_ready(503)
            assert collector.client.post("/v1/events", json=event()).status_code == 503
            time.sleep(3 * QUICK.heartbeat_s)  # an absence can only be waited for
            assert "topics create" in collector.client.get("/health").json()["message"]
            assert read_log(broker.bootstrap) == []
            create_topics(broker.bootstrap, "embedded")
            collector.wait_ready()
            assert collector.client.post("/v1/events", json=event()).status_code == 202
        kinds = [unpack(r.value).kind for r in read_log(broker.bootstrap) if r.topic == TELEMETRY]
        assert kinds.count(Kind.GENERATION) == 2


@pytest.mark.kafka
def test_a_broker_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    """Bodies are put off while Kafka is away and taken once it is back on its port: each event is there."""
    with started("kafka", tmp_path) as broker:
        create_topics(broker.bootstrap, "kafka")
        with RunningCollector(broker.bootstrap, tmp_path, times=QUICK) as collector:
            collector.wait_ready()
            url = str(collector.client.base_url)
            put_off: list[int] = []

            def send(sender: int) -> None:
                for body in range(30):
                    events = [event(event_id=f"{sender}-{body}-{n}") for n in range(20)]
                    put_off.append(post_until_taken(url, events, time.monotonic() + 90))

            threads = [threading.Thread(target=send, args=(sender,)) for sender in range(3)]
            for thread in threads:
                thread.start()
            while len(put_off) < 15:
                time.sleep(0.01)
            broker.kill()
            time.sleep(QUICK.wedged_s)  # long enough for the producer to be thrown away
            broker.start()
            for thread in threads:
                thread.join()
            collector.wait_ready()
        assert sum(put_off) > 0
        found = held(broker.bootstrap)
    wanted = {event_hash("events", f"{s}-{b}-{n}") for s in range(3) for b in range(30) for n in range(20)}
    assert set(found) == wanted


def test_a_broker_made_anew_on_its_port_is_used_again(tmp_path: Path) -> None:
    """The embedded broker forgets all: 503 until its topics are made, then on as before."""
    broker = EmbeddedBroker(None, tmp_path).start()
    try:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, tmp_path, times=QUICK) as collector:
            collector.wait_ready()
            broker.kill()
            collector.wait_ready(503)
            assert collector.client.post("/v1/events", json=event()).status_code == 503
            broker.start()
            time.sleep(2 * QUICK.heartbeat_s)
            assert collector.client.get("/health").status_code == 503
            create_topics(broker.bootstrap, "embedded")
            collector.wait_ready()
            assert collector.client.post("/v1/events", json=event(event_id="anew")).status_code == 202
        assert event_hash("events", "anew") in held(broker.bootstrap)
    finally:
        broker.stop()


def test_a_receiver_may_hold_a_request_until_the_broker_is_back(tmp_path: Path) -> None:
    """A client that never sends again (LiteLLM) loses nothing in a short outage."""
    parts = {"events": ReceiverPart(hold_seconds=30)}
    configured = Configured(Configured().file.model_copy(update={"receivers": parts}))
    broker = EmbeddedBroker(None, tmp_path).start()
    try:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, tmp_path, configured=configured, times=QUICK) as collector:
            collector.wait_ready()
            broker.kill()
            answers: list[int] = []
            thread = threading.Thread(
                target=lambda: answers.append(
                    collector.client.post("/v1/events", json=event(event_id="held")).status_code
                )
            )
            thread.start()
            collector.wait_ready(503)
            broker.start()
            create_topics(broker.bootstrap, "embedded")
            thread.join(40)
            assert answers == [202]
        assert event_hash("events", "held") in held(broker.bootstrap)
    finally:
        broker.stop()


def test_a_producer_wedged_by_a_hanging_broker_is_built_anew(tmp_path: Path) -> None:
    """A broker that hangs longer than the delivery time-out: 503 meanwhile, 202 once it goes on."""
    with EmbeddedBroker(None, tmp_path) as broker:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, tmp_path, times=QUICK) as collector:
            collector.wait_ready()
            broker.pause()
            try:
                assert collector.client.post("/v1/events", json=event(event_id="hang")).status_code == 503
                until = time.monotonic() + 30
                while collector.metric("llm_collector_producers_ended_total") == 0:
                    assert time.monotonic() < until
                    time.sleep(0.1)
            finally:
                broker.resume()
            collector.wait_ready()
            assert collector.client.post("/v1/events", json=event(event_id="after")).status_code == 202


def test_what_a_hanging_broker_holds_back_stays_counted(tmp_path: Path) -> None:
    """A body that was put off still takes memory until the producer is done with it: the queue's bound holds
    however often bodies are sent again.
    """
    limits = {"limits": LimitsPart(queued_events=100, ack_seconds=0.5)}
    configured = Configured(Configured().file.model_copy(update=limits))
    patient = LinkTimes(delivery_s=60.0, stall_s=30.0)
    with EmbeddedBroker(None, tmp_path) as broker:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, tmp_path, configured=configured, times=patient) as collector:
            collector.wait_ready()
            events = [event(event_id=f"held-back-{n}") for n in range(60)]
            broker.pause()
            try:
                answers = [collector.client.post("/v1/events", json=events) for _ in range(3)]
                assert [a.json()["reason"] for a in answers] == ["not_acknowledged", *["queue_full"] * 2]
                assert collector.metric("llm_collector_queued_events") == 60
            finally:
                broker.resume()
            post_until_taken(str(collector.client.base_url), events, time.monotonic() + 30)
            assert collector.metric("llm_collector_queued_events") == 0


@pytest.mark.kafka
def test_another_number_of_partitions_stops_the_collector(tmp_path: Path) -> None:
    """Copies of a request would go to two partitions and be counted twice."""
    with started("kafka", tmp_path) as broker:
        create_topics(broker.bootstrap, "kafka", 2)
        with RunningCollector(broker.bootstrap, tmp_path, times=QUICK) as collector:
            collector.wait_ready()
            with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
                admin.create_partitions({TASKS: 3})
            collector._thread.join(30)
            assert isinstance(collector.error, PartitionsChanged) and TASKS in str(collector.error)


class Process:
    """``tokonomics collect`` as a process of its own. ``health``: what answers 200 once it may be used."""

    def __init__(self, bootstrap: str, directory: Path, health: str = "/health") -> None:
        self.url = f"http://{LOOPBACK}:{(port := free_port())}"
        command = [sys.executable, "-c", "from stream.cli import main; main()", "collect"]
        command += ["--port", str(port), "--broker", bootstrap]
        with (directory / "collect.log").open("ab") as out:
            env = {**os.environ, "PYTHONPATH": str(ROOT)}
            self.process = subprocess.Popen(command, cwd=directory, stdout=out, stderr=out, env=env)
        until = time.monotonic() + 30
        while True:
            try:
                if httpx.get(f"{self.url}{health}").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            assert time.monotonic() < until, (directory / "collect.log").read_text()
            time.sleep(0.05)

    def post_forever(self, name: str, taken: list[str], stop: threading.Event) -> None:
        """Small bodies one after the other; ``taken`` gets the event ids of each that was answered 202."""
        number = 0
        with httpx.Client(base_url=self.url, timeout=40) as client:
            while not stop.is_set():
                ids = [f"{name}-{number}-{n}" for n in range(5)]
                number += 1
                try:
                    answer = client.post("/v1/events", json=[event(event_id=i) for i in ids])
                except httpx.HTTPError:
                    continue
                if answer.status_code == 202:
                    taken += ids


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGINT, 0)])
def test_what_was_answered_2xx_is_there_when_the_collector_ends(
    own_broker: Broker, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """Killed or drained under load; a drain ends with 0."""
    collect = Process(own_broker.bootstrap, tmp_path)
    taken: list[str] = []
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=collect.post_forever, args=(f"{number.name}-{code}-{time.time_ns()}", taken, stop)
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    try:
        until = time.monotonic() + 30
        while len(taken) < 200 and time.monotonic() < until:
            time.sleep(0.01)
        collect.process.send_signal(number)
        assert collect.process.wait(40) == code, (tmp_path / "collect.log").read_text()
    finally:
        stop.set()
        collect.process.kill()
        collect.process.wait()
        for thread in threads:
            thread.join()
    assert len(taken) >= 200
    found = held(own_broker.bootstrap)
    assert {i for i in taken if event_hash("events", i) not in found} == set()


def test_a_drain_answers_what_is_under_way(own_broker: Broker, tmp_path: Path) -> None:
    """A body that came before SIGTERM is answered 202, although its batch still gathers."""
    (tmp_path / "collector.yaml").write_text("batching: {linger_ms: 1500}\n")
    os.environ["TOKONOMICS_COLLECTOR_CONFIG"] = str(tmp_path / "collector.yaml")
    try:
        collect = Process(own_broker.bootstrap, tmp_path)
    finally:
        del os.environ["TOKONOMICS_COLLECTOR_CONFIG"]
    answers: list[httpx.Response] = []
    body = json.dumps([event(event_id="drained"), None])
    headers = {"content-type": "application/json"}
    thread = threading.Thread(
        target=lambda: answers.append(
            httpx.post(f"{collect.url}/v1/events", content=body, headers=headers, timeout=40)
        )
    )
    try:
        thread.start()
        until = time.monotonic() + 10
        while "queued_events 2.0" not in httpx.get(f"{collect.url}/metrics").text:
            assert time.monotonic() < until
        collect.process.send_signal(signal.SIGTERM)
        assert collect.process.wait(40) == 0, (tmp_path / "collect.log").read_text()
        thread.join()
    finally:
        collect.process.kill()
        collect.process.wait()
    assert [answer.status_code for answer in answers] == [202]
    assert event_hash("events", "drained") in held(own_broker.bootstrap)


def test_a_port_that_is_taken_is_one_line(own_broker: Broker, tmp_path: Path) -> None:
    """No stack trace: what, and the mend."""
    command = [sys.executable, "-c", "from stream.cli import main; main()", "collect"]
    command += ["--port", own_broker.bootstrap.rpartition(":")[2], "--broker", own_broker.bootstrap]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, env=env
    )
    assert done.returncode != 0
    assert done.stderr.startswith("error: --port: ")
    assert len(done.stderr.splitlines()) == 1
