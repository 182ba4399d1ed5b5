"""What every receiver of the host must hold to, on a real broker. Samples of a new one go to samples.py."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors._sdk.configuration import BatchingPart, LimitsPart, ReceiverPart
from collectors._sdk.configuration_file import Configured, load_configuration
from collectors._sdk.receiver import Receiver
from collectors.host import RECEIVERS
from stream.broker.embedded import EmbeddedBroker
from stream.contract.identity import partition_of
from stream.control.topics import create_topics
from tests.contract.logged import LOGS, added, held, read_logs, refusals
from tests.contract.samples import CONTENT, body, refused_in, sample
from tests.support.collector import RunningCollector, notes
from tests.unit.collectors.samples import SECRET


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector on a broker of its own."""
    directory = tmp_path_factory.mktemp("receivers")
    with EmbeddedBroker(None, directory) as broker:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, directory) as collector:
            yield collector.wait_ready()


@pytest.fixture(params=RECEIVERS, ids=lambda receiver: receiver.name)
def receiver(request: pytest.FixtureRequest) -> Receiver:
    found: Receiver = request.param
    return found


def test_2xx_means_that_the_log_holds_every_event(made: RunningCollector, receiver: Receiver) -> None:
    """Each in the partition of its identity, beside refusals and notes of the bad ones."""
    before, topic = read_logs(made), receiver.kind.route.topic
    items = [sample(receiver.name, n) for n in range(50)]
    answer = made.client.post(receiver.path, json=body(receiver, *items, None, 7))
    assert refused_in(receiver, answer) == 2
    log = added(made, before)
    events = held(log)
    assert len({event.key for event in events}) == len(events) == 50
    assert {event.record.topic for event in events} == {topic}
    assert all(event.record.partition == partition_of(event.key, 4) for event in events)
    assert all(dict(event.record.headers)["n"] == str(event.of).encode() for event in events)
    assert [(r.source_key, p.partition) for p, r in refusals(log, topic)] == [
        (receiver.name, partition_of(r.digest, 4)) for _, r in refusals(log, topic)
    ]
    assert len(refusals(log, topic)) == len(notes(log)) == 2
    assert sum(len(refusals(log, name)) for name in LOGS) == 2


def test_a_retry_gives_the_same_identities_and_digests(made: RunningCollector, receiver: Receiver) -> None:
    """So that the fold counts an event once, and a refusal once, however often a body is sent."""
    items = sample(receiver.name, 100), None, sample(receiver.name, 101)
    content = json.dumps(body(receiver, *items)).encode()
    seen = []
    for _ in range(2):
        before = read_logs(made)
        answer = made.client.post(
            receiver.path, content=content, headers={"content-type": "application/json"}
        )
        assert refused_in(receiver, answer) == 1
        log = added(made, before)
        events = {(event.key, event.event) for event in held(log)}
        seen.append((events, {r.digest for _, r in refusals(log, receiver.kind.route.topic)}))
    assert seen[0] == seen[1]
    assert (len(seen[0][0]), len(seen[0][1])) == (2, 1)


@pytest.mark.parametrize(
    ("content", "headers", "status", "reason"),
    [
        (b'[{"a": ', {}, 400, "invalid_json"),
        (b"", {}, 400, "invalid_json"),
        (b"[]", {"content-type": "text/csv"}, 415, "unsupported_type"),
        (b"[]", {"content-type": "application/json; charset=utf-16"}, 415, "unsupported_type"),
        (b"[]", {"content-encoding": "br"}, 415, "unsupported_encoding"),
        (b"[]", {"content-encoding": "gzip"}, 400, "broken_encoding"),
    ],
)
def test_a_body_refused_whole_leaves_nothing(
    made: RunningCollector,
    receiver: Receiver,
    content: bytes,
    headers: dict[str, str],
    status: int,
    reason: str,
) -> None:
    """4xx that says why, one more on the counter of dropped bodies, nothing in the log."""
    before = read_logs(made)
    labels = {"source_key": receiver.name, "receiver": receiver.name, "reason": reason}
    dropped = made.metric("llm_collector_dropped_total", **labels)
    answer = made.client.post(
        receiver.path, content=content, headers={"content-type": "application/json"} | headers
    )
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert made.metric("llm_collector_dropped_total", **labels) == dropped + 1
    log = added(made, before)
    assert not held(log)
    assert not [found for topic in LOGS for found in refusals(log, topic)]
    assert not notes(log)


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_beyond_its_bound_is_never_held(
    made: RunningCollector, receiver: Receiver, packed: bool
) -> None:
    """200 MB, or what unpacks to it: 413, and the next body is taken."""

    def chunks() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 1_000_000

    most = 0.0
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.01):
            most = max(most, made.metric("llm_collector_in_flight_bytes"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    headers = {"content-type": "application/json"} | ({"content-encoding": "gzip"} if packed else {})
    content = gzip.compress(b" " * 200_000_000, 1) if packed else chunks()
    answer = made.client.post(receiver.path, content=content, headers=headers)
    over.set()
    watcher.join()
    assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")
    assert most <= receiver.max_decompressed_bytes
    assert made.client.post(receiver.path, json=body(receiver, sample(receiver.name, 300))).is_success
    assert made.metric("llm_collector_in_flight_bytes") == 0


def test_neither_secret_nor_content_nor_name_reaches_the_log(
    made: RunningCollector, receiver: Receiver
) -> None:
    """Whatever a source puts where: no record, no note, no metric and no answer holds it."""
    items = [
        sample(receiver.name, 200),
        sample(receiver.name, 201, model=SECRET),
        sample(receiver.name, 202) | {"prompt": CONTENT, CONTENT: CONTENT},
        {"messages": [CONTENT], "model": CONTENT},
        CONTENT,
    ]
    answer = made.client.post(receiver.path, json=body(receiver, *items))
    assert 1 <= refused_in(receiver, answer) < len(items)
    log = b"".join((r.key or b"") + r.value + repr(r.headers).encode() for r in read_logs(made))
    for text in (log.decode("utf-8", "replace"), answer.text, made.client.get("/metrics").text):
        for never in (CONTENT, "landlord", SECRET, SECRET[3:], "ann@", "example.org"):
            assert never not in text


def test_without_a_broker_nothing_is_taken(tmp_path: Path, receiver: Receiver) -> None:
    """503 with Retry-After, /health says why, nothing is counted as dropped: the client has its body."""
    parts = {receiver.name: ReceiverPart(hold_seconds=0, spool=False)}
    file = Configured().file.model_copy(update={"receivers": parts})
    with RunningCollector("127.0.0.1:9", tmp_path, configured=Configured(file)) as collector:
        collector.wait_ready(503)
        answer = collector.client.post(receiver.path, json=body(receiver, sample(receiver.name, 1)))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert collector.metric("llm_collector_dropped_total", receiver=receiver.name) == 0


def test_tokens_say_whose_events_these_are(
    made: RunningCollector, receiver: Receiver, tmp_path: Path
) -> None:
    """401 without one; with one, events, refusals and drops are its source_key's."""
    path = tmp_path / "collector.yaml"
    path.write_text("tokens:\n- {token: correct-horse, source_key: team-a, source: gw}\n")
    configured = load_configuration(path, [r.name for r in RECEIVERS])
    broker = made.host.settings.broker
    with RunningCollector(broker, tmp_path, configured=configured) as collector:
        collector.wait_ready()
        before = read_logs(made)
        post = collector.client.post
        sent = body(receiver, sample(receiver.name, 400), None)
        assert post(receiver.path, json=sent).status_code == 401
        assert post(receiver.path, json=sent, headers={"authorization": "Bearer no"}).status_code == 401
        assert not held(added(made, before))
        headers = {"authorization": "Bearer correct-horse"}
        assert refused_in(receiver, post(receiver.path, json=sent, headers=headers)) == 1
        assert post(receiver.path, content=b"{", headers=headers).status_code == 400
        log = added(made, before)
        assert [event.source_key for event in held(log)] == ["team-a"]
        assert [r.source_key for _, r in refusals(log, receiver.kind.route.topic)] == ["team-a"]
        assert (
            collector.metric("llm_collector_dropped_total", source_key="team-a", reason="invalid_json") == 1
        )


def test_a_full_queue_is_429(made: RunningCollector, tmp_path: Path) -> None:
    """With Retry-After; the body is taken once there is room."""
    slow = {"limits": LimitsPart(queued_events=1), "batching": BatchingPart(linger_ms=1000)}
    file = Configured().file.model_copy(update=slow)
    broker = made.host.settings.broker
    with RunningCollector(broker, tmp_path, configured=Configured(file)) as collector:
        collector.wait_ready()
        first = threading.Thread(
            target=lambda: collector.client.post("/v1/events", json=sample("events", 500))
        )
        first.start()
        until = time.monotonic() + 5
        while collector.metric("llm_collector_queued_events") == 0:
            assert time.monotonic() < until
        answer = collector.client.post("/v1/events", json=sample("events", 501))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        first.join()
        assert collector.client.post("/v1/events", json=sample("events", 501)).status_code == 202


@pytest.mark.parametrize(("path", "status"), [("/v1/events", 429), ("/v1/litellm", 503)])
def test_no_memory_left_is_said_so_that_the_client_comes_back(
    made: RunningCollector, tmp_path: Path, path: str, status: int
) -> None:
    """A body beyond what may be held at once is put off; LiteLLM takes any 4xx for final and is told 503."""
    file = Configured().file.model_copy(update={"limits": LimitsPart(in_flight_mib=1)})
    broker = made.host.settings.broker
    with RunningCollector(broker, tmp_path, configured=Configured(file)) as collector:
        collector.wait_ready()
        answer = collector.client.post(path, content=b" " * 2 * 1024 * 1024)
        assert (answer.status_code, answer.headers["retry-after"]) == (status, "1")
        assert answer.json()["reason"] == "bytes_full"
