"""The real Prometheus that tests scrape with."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stream.broker import ports
from stream.broker.errors import BrokerError, BrokerReason
from tests.support.prometheus import Prometheus, Scrape

pytestmark = pytest.mark.prometheus


class _Exposition(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"# TYPE llm_harness_total counter\nllm_harness_total 42\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error."""


@pytest.fixture
def target() -> Iterator[str]:
    """A page with one counter, as ``host:port``."""
    server = http.server.ThreadingHTTPServer((ports.LOOPBACK, ports.free_port()), _Exposition)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"{ports.LOOPBACK}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_prometheus_scrapes_and_answers(target: str, tmp_path: Path) -> None:
    """Instant, range and raw queries return what the target exposed; after stop nothing is left."""
    started = time.time()
    with Prometheus([Scrape("harness", (target,), interval_s=0.2)], tmp_path) as prometheus:
        (series,) = prometheus.wait_for("llm_harness_total")
        assert series.value == 42
        assert series.labels["job"] == "harness"
        prometheus.wait_for("count_over_time(llm_harness_total[1m]) >= 3")
        (raw,) = prometheus.query("llm_harness_total[1m]")
        assert len(raw.samples) >= 3
        (over_time,) = prometheus.query_range("llm_harness_total", started, time.time(), 0.2)
        assert {value for _, value in over_time.samples} == {42.0}
        with pytest.raises(ValueError, match="parse error"):
            prometheus.query("not a query(")
        pid = prometheus.pid
    assert not psutil.pid_exists(pid)
    assert ports.is_free(prometheus.port)


def test_a_refused_configuration_is_one_clear_line(tmp_path: Path) -> None:
    """A Prometheus that does not start says why."""
    with pytest.raises(BrokerError) as caught:
        Prometheus([], tmp_path, flags=["--no-such-flag"]).start()
    assert caught.value.reason is BrokerReason.DOES_NOT_START
    assert "no-such-flag" in str(caught.value)
