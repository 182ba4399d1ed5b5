"""The HTTP side: what scrapers get, and that slow, silent and lost clients cost the others nothing."""

from __future__ import annotations

import gzip
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge

from stream.broker.ports import LOOPBACK, free_port
from stream.ledger.figures import View
from stream.metrics.endpoint import Endpoint, Reply, accepts_gzip, plain
from stream.metrics.page import Page, Unready
from stream.metrics.routes import routes
from tests.unit.metrics.expected import make_view

CLAIMS = ("production", "claims", "triage", "openai", "gpt-4o")
CONNECTION_S = 0.5
BIG = b"x" * 20_000_000  # more than the buffers of a socket hold


class Ledger:
    """A served page whose view a test sets."""

    def __init__(self) -> None:
        self.found: View | str = make_view({CLAIMS: {"cache_hits": 3}})
        registry = CollectorRegistry()
        Gauge("tokonomics_ledger_behind_shards", "Behind.", registry=registry)
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        paths = dict(routes(Page(self._source, registry)))
        paths["/big"] = lambda _: Reply(200, "text/plain", BIG)
        paths["/broken"] = lambda _: plain(200, str({}["no such key"]))
        self.endpoint = Endpoint(LOOPBACK, self.port, paths, connections=4, connection_s=CONNECTION_S)

    def _source(self) -> View:
        if isinstance(self.found, str):
            raise Unready(self.found)
        return self.found

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=10)

    def connect(self, said: bytes = b"") -> socket.socket:
        """A client of our own, with small buffers so that it can be slow."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(10)
        client.connect((LOOPBACK, self.port))
        client.sendall(said)
        return client


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    found = Ledger()
    with found.endpoint:
        yield found


def wait_until(done: Callable[[], bool], timeout_s: float = 10) -> None:
    until = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_scraper_gets_text_with_its_version(ledger: Ledger) -> None:
    """Prometheus 3 refuses what does not say its format; the process's figures follow on the same page."""
    reply = ledger.get("/metrics?x=1", **{"Accept-Encoding": "identity"})
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "Content-Encoding" not in reply.headers
    assert 'llm_cache_hits_total{department="claims",' in reply.text
    assert reply.text.endswith("tokonomics_ledger_behind_shards 0.0\n")


def test_gzip_when_asked(ledger: Ledger) -> None:
    """The packed page is the page."""
    with httpx.stream("GET", f"{ledger.url}/metrics", headers={"Accept-Encoding": "gzip"}) as reply:
        raw = b"".join(reply.iter_raw())
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == ledger.get("/metrics", **{"Accept-Encoding": "identity"}).content


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("GZIP", True),
        ("", False),
        ("gzip;q=0", False),
        ("br", False),
    ],
)
def test_accept_encoding(header: str, wanted: bool) -> None:
    """Nobody gets gzip who did not ask for it."""
    assert accepts_gzip(header) is wanted


@pytest.mark.parametrize("path", ["/metrics", "/health"])
def test_503_with_the_reason_in_one_line(ledger: Ledger, path: str) -> None:
    """While there are no figures nobody reads any, and whoever looks is told why."""
    ledger.found = "starting: the log is being read"
    reply = ledger.get(path)
    assert reply.status_code == 503
    assert "starting: the log is being read" in reply.text
    assert reply.text.count("\n") == 1
    ledger.found = View([], make_view({}).values, make_view({}).values, behind=1)
    assert ledger.get(path).status_code == 503
    assert "behind" in ledger.get(path).text
    assert ledger.get("/metrics/process").status_code == 200


def test_health_when_all_is_well(ledger: Ledger) -> None:
    """The same condition as that of /metrics."""
    assert ledger.get("/health").json() == {"status": "ok", "series": 1, "accepted_us": 0}


def test_unknown_paths_and_heads(ledger: Ledger) -> None:
    """A wrong path names the right ones; HEAD has no body."""
    assert "/metrics/process" in ledger.get("/").text
    assert ledger.get("/").status_code == 404
    head = httpx.head(f"{ledger.url}/metrics")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0


def test_a_fault_of_ours_is_one_line(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """A client never sees a stack trace, and the server goes on."""
    with caplog.at_level(logging.CRITICAL):
        reply = ledger.get("/broken")
    assert (reply.status_code, reply.text.count("\n")) == (500, 1)
    assert ledger.get("/health").status_code == 200


def test_slow_readers_block_nobody_and_are_cut(ledger: Ledger) -> None:
    """Clients that read nothing fill every place; a scrape still answers, and in the end all are gone."""
    slow = [ledger.connect(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(4)]
    began = time.monotonic()
    assert ledger.get("/metrics").status_code == 200
    assert time.monotonic() - began < CONNECTION_S
    wait_until(lambda: ledger.endpoint.open_connections == 0)
    for client in slow:
        client.close()


def test_a_trickle_of_a_request_is_cut(ledger: Ledger) -> None:
    """A header line that never ends holds a place for ``connection_s``, however often a byte of it comes."""
    client = ledger.connect(b"GET /metrics HTTP/1.1\r\nX: ")
    began = time.monotonic()
    with pytest.raises(OSError):
        while time.monotonic() - began < 20 * CONNECTION_S:
            client.sendall(b"a")
            time.sleep(CONNECTION_S / 10)
    client.close()
    wait_until(lambda: ledger.endpoint.open_connections == 0)


def test_more_connections_than_places(ledger: Ledger) -> None:
    """Silent connections beyond the bound push out the oldest: the number of threads stays bounded."""
    others = threading.active_count()
    silent = [ledger.connect() for _ in range(40)]
    assert ledger.get("/metrics").status_code == 200
    assert ledger.endpoint.open_connections <= 4
    assert silent[0].recv(1) == b""
    for client in silent:
        client.close()
    wait_until(lambda: threading.active_count() <= others + 4)


def test_aborted_scrapes_say_nothing(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    """A scraper that goes away in the middle leaves no stack trace and no open connection."""
    for _ in range(20):
        client = ledger.connect(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(10)
        client.close()
    wait_until(lambda: ledger.endpoint.open_connections == 0)
    assert ledger.get("/metrics").status_code == 200
    assert capfd.readouterr().err == ""


def test_a_taken_port_is_an_error() -> None:
    """Two ledgers on one port: the second one says so instead of answering for the first."""
    with Endpoint(LOOPBACK, free_port(), {}) as first, pytest.raises(OSError, match="in use"):
        Endpoint(LOOPBACK, first.server_address[1], {})
