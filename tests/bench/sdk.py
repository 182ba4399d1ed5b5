"""How long `tokonomics.emit` keeps the thread that calls it, at 1000 reports a second.

With the real collector on the embedded broker, with nobody at its address, and with nobody there and a queue
full. Goal: 15 µs at the 99th percentile. Beside it what the pause between two reports measures, to tell the
machine's own interruptions. The last line is machine-readable.

    make bench ONLY=sdk
"""

from __future__ import annotations

import logging
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tokonomics
from stream.broker.embedded import EmbeddedBroker
from stream.broker.ports import free_port
from stream.control.topics import create_topics
from tests.support.system import ROOT, TOKONOMICS

REPORTS, PER_SECOND = 10_000, 1000
_READY_S = 60.0


@contextmanager
def collector(directory: Path) -> Iterator[str]:
    """URL of a collector in a process of its own, on a broker of its own."""
    with EmbeddedBroker(None, directory) as broker:
        create_topics(broker.bootstrap, "embedded")
        port = free_port()
        command = [*TOKONOMICS, "collect", "--port", str(port), "--broker", broker.bootstrap]
        command += ["--broker-kind", "embedded"]
        with (directory / "collector.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            _await_health(f"http://127.0.0.1:{port}/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _await_health(url: str) -> None:
    until_s = time.monotonic() + _READY_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.1)


def report(reporter: tokonomics.Reporter, number: int) -> None:
    """A report as programs make them."""
    reporter.emit(
        provider="openai",
        model="gpt-4o-mini",
        usage={"input_tokens": 812 + number % 7, "cache_read_tokens": 64, "output_tokens": 96},
        department="customer service",
        use_case="ticket replies",
        user="ann@example.org",
        duration_seconds=1.4,
        time_to_first_token_seconds=0.3,
    )


def paced_us(work: Callable[[int], None]) -> list[float]:
    """Microseconds that each call took, sorted; begun one after the other at the pace."""
    taken, began = [], time.perf_counter()
    for number in range(REPORTS):
        time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        before = time.perf_counter_ns()
        work(number)
        taken.append((time.perf_counter_ns() - before) / 1000)
    return sorted(taken)


def percentiles(taken: list[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
    return {name: taken[int(share * len(taken))] for name, share in shares.items()}


def measured(title: str, reporter: tokonomics.Reporter) -> dict[str, float]:
    found = percentiles(paced_us(lambda number: report(reporter, number)))
    figures = ", ".join(f"{name} {us:.1f} µs" for name, us in found.items())
    print(f"{title}: {figures}; {reporter.stats()}", flush=True)
    return found


def main() -> int:
    logging.disable()  # the last line is the figures
    with tempfile.TemporaryDirectory(prefix="tokonomics-bench-") as name:
        with collector(Path(name)) as url:
            reporter = tokonomics.Reporter(url=url, exit_s=0)
            up = measured("collector up", reporter)
            assert reporter.flush(60), "not all was taken"
            assert reporter.stats().accepted == REPORTS, reporter.stats()
        nobody = f"http://127.0.0.1:{free_port()}"
        down = measured("nobody there", tokonomics.Reporter(url=nobody, queue_events=2 * REPORTS, exit_s=0))
        full = measured("queue full", tokonomics.Reporter(url=nobody, queue_events=100, exit_s=0))
    idle = percentiles(paced_us(lambda number: None))
    print(f"nothing: p99 {idle['p99']:.1f} µs, p999 {idle['p999']:.1f} µs")
    parts = [
        f"{state}_{name}_us={us:.1f}"
        for state, found in (("up", up), ("down", down), ("full", full))
        for name, us in found.items()
    ]
    print(f"sdk reports_per_second={PER_SECOND} {' '.join(parts)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
