"""What the collector writes beside and beyond usage, on a real broker: aliases, outcomes, people, checks."""

from __future__ import annotations

import asyncio
import re
import shlex
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from collectors._sdk.checks import deliver_checks
from collectors._sdk.configuration import BatchingPart
from collectors._sdk.configuration_file import Configured, load_configuration
from collectors._sdk.errors import NotNow
from collectors.host import RECEIVERS
from stream.broker.embedded import EmbeddedBroker
from stream.contract.columns import POPULATIONS
from stream.contract.frame import Kind, unpack
from stream.contract.identity import check_hash, event_hash, hash_text, partition_of, request_hash, trace_hash
from stream.contract.names import LABEL_INDEX
from stream.contract.records import Check, Checks, Outcomes, decode_body
from stream.contract.topics import PROBES
from stream.control.topics import create_topics
from tests.contract.logged import added, aliases, held, read_logs
from tests.support.collector import RunningCollector, batches, notes, read_log
from tests.unit.collectors.samples import ANSWER, event, outcome, task

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector on a broker of its own."""
    directory = tmp_path_factory.mktemp("logs")
    with EmbeddedBroker(None, directory) as broker:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, directory) as collector:
            yield collector.wait_ready()


def test_2xx_means_that_the_log_holds_every_alias(made: RunningCollector) -> None:
    """Each in the partition of the alias, with the request's identity and time, and no event of its own."""
    before = read_logs(made)
    sent = [event(event_id=f"a{n}", response_id=f"{ANSWER}{n}", trace_id=f"trace-{n}") for n in range(40)]
    assert made.client.post("/v1/events", json=[*sent, event(event_id="plain"), None]).status_code == 202
    log = added(made, before)
    wanted = {}
    for n in range(40):
        identity = request_hash("", "", f"{ANSWER}{n}", cache_hit=False)
        wanted[int(event_hash("events", f"a{n}"))] = wanted[int(trace_hash(f"trace-{n}"))] = identity
    found = aliases(log)
    assert {alias: identity for _, alias, identity, _ in found} == wanted
    assert len(found) == 80
    assert {time_us for *_, time_us in found} == {1_769_860_800_000_000}
    assert all(record.partition == partition_of(alias, 4) for record, alias, *_ in found)
    assert not any(record.headers for record, *_ in found)
    assert len({record.partition for record, *_ in found}) == len({id(record) for record, *_ in found}) == 4


def test_a_body_waits_for_its_aliases(made: RunningCollector, tmp_path: Path) -> None:
    """Answered only once they are acknowledged, even where the usage batch went out at once."""
    file = Configured().file.model_copy(update={"batching": BatchingPart(max_events=2, linger_ms=1500)})
    broker = made.host.settings.broker
    # two events of one identity fill its batch; the traces lie in partitions of their own and linger
    traces = {partition_of(trace_hash(f"t{n}"), 4): f"t{n}" for n in range(64)}
    sent = [event(event_id="same", trace_id=trace) for trace in list(traces.values())[:2]]
    with RunningCollector(broker, tmp_path, configured=Configured(file)) as collector:
        collector.wait_ready()
        before = read_logs(made)
        answers: list[httpx.Response] = []
        poster = threading.Thread(
            target=lambda: answers.append(collector.client.post("/v1/events", json=sent))
        )
        poster.start()
        until = time.monotonic() + 1.2
        while not held(added(made, before)) and time.monotonic() < until:
            time.sleep(0.01)
        assert not answers
        poster.join()
        assert answers[0].status_code == 202
        assert len(aliases(added(made, before))) == 2


def test_an_outcome_lies_where_its_request_or_its_alias_does(made: RunningCollector) -> None:
    """Named by the answer's id beside the usage, by event or trace beside the alias: one log, one order."""
    before = read_logs(made)
    usage = event(event_id="joined", response_id=f"{ANSWER}x", trace_id="trace-x")
    assert made.client.post("/v1/events", json=usage).status_code == 202
    names = [{"response_id": f"{ANSWER}x"}, {"request_event_id": "joined"}, {"trace_id": "trace-x"}]
    sent = [outcome(**{"event_id": f"j{n}", "response_id": ..., **name}) for n, name in enumerate(names)]
    answer = made.client.post("/v1/outcomes", json=sent)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 3), answer.text
    log = added(made, before)
    ((usage_record, batch),) = batches(log)
    places = {int(batch.columns["identity"][0]): usage_record.partition}
    places |= {alias: record.partition for record, alias, *_ in aliases(log)}
    found = {}
    for record in log:
        frame = unpack(record.value) if record.topic.startswith("llm.telemetry") else None
        if frame is not None and frame.kind is Kind.OUTCOMES:
            found |= {o.target: record.partition for o in decode_body(frame.body, Outcomes).outcomes}
    assert found == places


def test_a_directory_marks_people_and_gives_departments(made: RunningCollector, tmp_path: Path) -> None:
    """From the configuration file to the columns; no name of it reaches log, notes or metrics."""
    (tmp_path / "people.csv").write_text("person,department\nann@example.org,sales\n")
    path = tmp_path / "collector.yaml"
    path.write_text("directory: {file: people.csv}\naliases: {event_id: false}\n")
    configured = load_configuration(path, [r.name for r in RECEIVERS])
    with RunningCollector(made.host.settings.broker, tmp_path, configured=configured) as collector:
        collector.wait_ready()
        before = read_logs(made)
        users = ["ann@example.org", "ben@example.org", None]
        sent = [event(event_id=f"d{n}", user=u, response_id=f"{ANSWER}d{n}") for n, u in enumerate(users)]
        assert collector.client.post("/v1/events", json=sent).status_code == 202
        said = collector.client.get("/metrics").text
    log = added(made, before)
    found = {}
    for _, batch in batches(log):
        columns = (batch.column(name).tolist() for name in ("event", "population", "label"))
        for hashed, population, label in zip(*columns, strict=True):
            department = batch.dictionary[label][LABEL_INDEX["department"]]
            found[hashed] = POPULATIONS[population], department
    marks = [("member", "sales"), ("outside", "unattributed"), ("unknown", "unattributed")]
    assert found == {event_hash("events", f"d{n}"): mark for n, mark in enumerate(marks)}
    assert not aliases(log)
    assert "ann@" not in said + "".join(note.decode() for note in notes(log))


def _check(probe: str, due_us: int) -> Check:
    labels = (probe, "openai", "http://127.0.0.1", "openai", "gpt-4o", "", "success")
    return Check(check_hash(probe, due_us), due_us, labels, 1000, 12)


def test_checks_are_acknowledged_before_their_delivery_returns(made: RunningCollector) -> None:
    """In llm.probes.v1, all of a probe in one partition; while the broker is away the caller is told."""
    sent = [_check(f"probe-{n % 3}", 1_793_678_706_789_000 + n) for n in range(30)]
    future = asyncio.run_coroutine_threadsafe(deliver_checks(made.host.batcher, sent), made._loop)
    future.result(30)
    found = []
    for record in read_log(made.host.settings.broker, [PROBES]):
        frame = unpack(record.value)
        if frame.kind is Kind.PROBES:
            checks = decode_body(frame.body, Checks).checks
            assert dict(record.headers)["n"] == str(len(checks)).encode()
            assert {partition_of(hash_text(check.labels[0]), 4) for check in checks} == {record.partition}
            found += checks
    assert sorted(found, key=lambda check: check.time_us) == sent


def test_checks_are_put_off_while_the_broker_is_away(tmp_path: Path) -> None:
    """So that they are delivered again, and none is lost without a word."""
    with RunningCollector("127.0.0.1:9", tmp_path) as collector:
        collector.wait_ready(503)
        waiting = deliver_checks(collector.host.batcher, [_check("p", 1)])
        with pytest.raises(NotNow):
            asyncio.run_coroutine_threadsafe(waiting, collector._loop).result(30)


def test_the_readmes_requests_are_taken(made: RunningCollector) -> None:
    """Every curl of it, as it stands, is answered 202 and refuses nothing; the outcome finds the request."""
    before = read_logs(made)
    text = (ROOT / "collectors" / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    paths = []
    for call in (call for block in blocks for call in re.split(r"(?m)^curl ", block)[1:]):
        (_, header, url, _, content) = shlex.split(call)
        paths.append(url.removeprefix("http://127.0.0.1:4318"))
        answer = made.client.post(paths[-1], content=content, headers=[tuple(header.split(": "))])
        assert (answer.status_code, answer.json()["refused_total"]) == (202, 0), answer.text
    assert paths == ["/v1/events", "/v1/outcomes", "/v1/tasks"]
    usage, judged, _ = held(added(made, before))
    assert usage.key == judged.key


@pytest.mark.parametrize("name", ["events", "outcomes", "tasks"])
def test_schemas_are_served(made: RunningCollector, name: str) -> None:
    """Where the refusals of unknown fields point to."""
    answer = made.client.get(f"/v1/{name}/schema")
    (receiver,) = (r for r in RECEIVERS if r.name == name)
    sample = {"events": event, "outcomes": outcome, "tasks": task}[name]()
    assert answer.json() == receiver.kind.schema()
    (refused,) = made.client.post(f"/v1/{name}", json={"nonsense": 1} | sample).json()["refused"]
    assert f"GET /v1/{name}/schema" in refused["message"]
