"""The doctor's judgements that need no broker: clocks, workers, replicas, this machine, the services."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from stream.broker.ports import free_port
from stream.contract.records import Heartbeat, encode_record
from stream.contract.rows import GenerationBegin, Marker
from stream.contract.topics import TELEMETRY, TOPICS
from stream.control.broker_client import SeenTopic
from stream.control.doctor import log, machine, services, topics
from stream.control.doctor.findings import Finding, Status, closing, fail, failed, ok, table, unchecked, warn

ROOT = Path(__file__).resolve().parents[3]
NOW = 1_800_000_000.0


def statuses(findings: Iterator[Finding]) -> dict[str, Status]:
    return {finding.check: finding.status for finding in findings}


def newest(age_s: float, skew_s: float | None = None, offset: int = 9) -> log.Newest:
    return log.Newest(offset, NOW - age_s, skew_s)


@pytest.mark.parametrize(
    ("record", "clock", "records"),
    [
        (newest(3, 0.2), Status.OK, Status.OK),
        (newest(-3), Status.OK, Status.OK),
        (newest(-6), Status.FAIL, Status.OK),
        (newest(3, 30.0), Status.FAIL, Status.OK),
        (newest(3, -30.0), Status.FAIL, Status.OK),
        (newest(90), Status.OK, Status.WARN),
        (newest(200_000), Status.OK, Status.FAIL),
    ],
)
def test_clocks_and_silence(record: log.Newest, clock: Status, records: Status) -> None:
    """Records from the future, a collector whose clock is off, and a log that nobody writes to are found."""
    assert statuses(log.clock({0: record, 1: None}, NOW)) == {"clock": clock, "records": records}


def test_an_empty_log_tells_no_time() -> None:
    """Nothing to compare: not checked, and no fault."""
    assert statuses(log.clock({0: None}, NOW)) == {"clock": Status.UNCHECKED}


def test_a_heartbeat_tells_its_writers_time() -> None:
    """The collector's clock is read from a heartbeat alone, and never from what is not ours."""
    assert log._accepted_s(encode_record(Heartbeat("c", 5_000_000))) == 5.0
    assert log._accepted_s(b"somebody else's") is None and log._accepted_s(None) is None


def marker(upto: int, time_s: float) -> Marker:
    born = GenerationBegin(0, "g", 0, 2, 14)
    return Marker("g", 0, upto, 20_000, [], [born], [], [], [], 0, round(time_s * 1000))


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (marker(9, NOW - 5000), Status.OK),  # all that is there
        (marker(8, NOW - 30), Status.OK),  # a moment behind
        (marker(8, NOW - 90), Status.WARN),
        (marker(8, NOW - 7200), Status.FAIL),
        (None, Status.WARN),
    ],
)
def test_workers_behind(found: Marker | None, status: Status) -> None:
    """How far the newest marker is behind the newest record, by the log's own time."""
    assert statuses(log.workers({0: newest(0)}, {0: found})) == {"workers": status}


def seen(replication: int) -> dict[str, SeenTopic]:
    return {topic.name: SeenTopic(topic.name, "id", topic.partitions(4), replication) for topic in TOPICS}


@pytest.mark.parametrize(
    ("replication", "least", "brokers", "said"),
    [
        (1, "1", 1, "1, as 1 broker(s) allow"),
        (3, "2", 3, "3, as 3 broker(s) allow"),
        (1, "1", 3, "3 wanted with 3 brokers"),
        (3, "1", 3, "min.insync.replicas is 1"),
        (1, "2", 1, "nothing can be written"),
    ],
)
def test_replicas(replication: int, least: str, brokers: int, said: str) -> None:
    """As many replicas as the cluster can have, and an acknowledgement that outlives one broker."""
    settings = {topic.name: {"min.insync.replicas": least} for topic in TOPICS}
    assert said in next(topics.replicas(seen(replication), settings, brokers)).said


def test_what_a_broker_does_not_tell_is_no_fault() -> None:
    """Settings that are not told are not judged."""
    for kind in ("kafka", "embedded"):
        assert statuses(topics.settings({TELEMETRY: {}}, kind, 14)) == {"settings": Status.UNCHECKED}


def test_the_tested_versions_are_the_locked_ones() -> None:
    """What the doctor compares with is what `make test` ran with."""
    lock = dict(
        re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE)
    )
    assert {name: lock.get(name) for name in machine.TESTED} == machine.TESTED


def test_another_version_is_a_warning_and_a_missing_library_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Untested is not wrong; absent is."""
    installed = {**machine.TESTED, "cramjam": "2", "crc32c": "2", "msgspec": "0.1"}
    monkeypatch.setattr(machine, "_version", installed.get)
    found = {finding.status: finding for finding in machine.libraries() if finding.check == "libraries"}
    assert found.keys() == {Status.WARN} and "msgspec 0.1, not" in found[Status.WARN].said
    del installed["cramjam"]
    assert any(f.status is Status.FAIL and "lz4 and zstd" in f.said for f in machine.libraries())


@pytest.mark.parametrize(
    ("version", "status"), [((3, 10), Status.FAIL), ((3, 11), Status.OK), ((3, 15), Status.FAIL)]
)
def test_python(version: tuple[int, int], status: Status) -> None:
    """The Pythons that are tested."""
    assert machine.python(version).status is status


@pytest.mark.parametrize(("free", "status"), [(1e8, "fail"), (1e9, "warn"), (1e10, "ok")])
def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, status: str) -> None:
    """Free space of the place that will be made, too."""
    usage = type("Usage", (), {"free": int(free)})
    monkeypatch.setattr("stream.control.doctor.machine.shutil.disk_usage", lambda path: usage)
    assert machine.disk(tmp_path / "yet" / "to be made").status == status


@contextmanager
def answering(code: int, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code if self.path == "/health" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_collector_is_asked_for_its_health() -> None:
    """Well, unwell, or not there: with what it said."""
    with answering(200, b"ok") as url:
        assert services.collector(url).status is Status.OK
        assert services.collector(f"{url}/").status is Status.OK
    with answering(503, b"the broker is away") as url:
        found = services.collector(url)
    assert found.status is Status.FAIL and "503 the broker is away" in found.said
    for url in (f"http://127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", "http://[", "http://x:port"):
        found = services.collector(url)
        assert found.status is Status.FAIL and url in found.said


def test_a_ledger_that_is_not_there(tmp_path: Path) -> None:
    """No database, or no URL at all: one line and its mend."""
    for url in (f"sqlite:///{tmp_path / 'none.sqlite'}", "nonsense"):
        found = services.ledger(url)
        assert found.status is Status.FAIL and found.mend and "\n" not in found.said


def test_the_table_is_aligned_and_counted() -> None:
    """Status, check and what is said stand below each other, the mend below that; the end counts them."""
    findings = [
        ok("a", "well"),
        warn("long name", "so so", "look"),
        fail("b", "broken", "mend it"),
        unchecked("c", "-"),
    ]
    lines = [line for _, line in table(findings)]
    assert lines[0].index("well") == lines[1].index("so so") == lines[2].index("broken")
    assert lines[2].splitlines()[1].strip() == "→ mend it"
    assert failed(findings) and not failed(findings[:2])
    assert closing(findings) == "1 to mend, 1 to look at, 1 well"
    assert closing(findings[:1]) == "all is well: 1 checks"
