"""The whole ledger process, from the log to Prometheus, killed on the way; and how it ends."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedBroker
from stream.broker.ports import LOOPBACK, free_port
from stream.metrics.hold import HOLD_US
from stream.settings import LedgerSettings
from tests.prometheus.growing import falls, key, moved, wait, wait_until
from tests.prometheus.ledger_process import LedgerUnderTest
from tests.prometheus.shard_writer import ShardWriter
from tests.support.prometheus import Prometheus, Scrape

SCRAPE_S = 0.25
HOLD_S = 6.0  # longer than a restart takes
COUNTERS = '{__name__=~"llm_.*_total"}'


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A broker of its own: the product's topics have one name each."""
    with EmbeddedBroker(None, tmp_path / "broker") as started:
        yield started


@pytest.fixture
def writer(broker: EmbeddedBroker) -> Iterator[ShardWriter]:
    made = ShardWriter(broker.bootstrap, 5)
    yield made
    made.close()


@pytest.fixture
def ledger(broker: EmbeddedBroker, tmp_path: Path) -> Iterator[LedgerUnderTest]:
    made = LedgerUnderTest(broker.bootstrap, tmp_path, HOLD_S)
    yield made
    made.process.kill()


@pytest.mark.prometheus
def test_a_ledger_killed_under_prometheus_counts_exactly(
    writer: ShardWriter, ledger: LedgerUnderTest, tmp_path: Path
) -> None:
    """Through two kill -9, a day that ends and a restart in order: no sample of any series falls, each begins
    at 0, last minus first is exactly what was written, and increase() over the run is right.
    """
    scrape = Scrape("ledger", (f"{LOOPBACK}:{ledger.port}",), SCRAPE_S)
    with Prometheus([scrape], tmp_path / "prometheus") as prometheus:
        ledger.start()
        prometheus.wait_for("up == 1")
        ledger.process.kill()
        with writer.running(0.05):
            for _ in range(2):
                ledger.start()
                wait(1.5)
                ledger.process.kill()
            ledger.start()
        for partition in (0, 1):
            writer.end_day(partition)
        ledger.process.stop()
        assert ledger.process.exit_code == 0
        with writer.running(0.05):
            ledger.start()
            wait(1.0)
        truth = writer.truth()
        final = {sample: float(amount) for sample, amount in truth.items()}
        wait_until(
            lambda: {key(s): s.value for s in prometheus.query(COUNTERS)} == final, "the end is scraped", 30
        )
        ended = time.time()
        found = prometheus.query(f"{COUNTERS}[10m]", ended)
        window_ms = round((ended - min(series.samples[0][0] for series in found)) * 1000) + 10
        grew = {
            (name, key(series)[1]): Decimal(series.value)
            for name in {name for name, _ in truth}
            for series in prometheus.query(f"increase({name}[{window_ms}ms])", ended)
        }
    assert falls(found) == []
    assert {series.samples[0][1] for series in found} == {0}
    assert {key(series): moved(series) for series in found} == truth
    for series in found:
        right, lived_s = truth[key(series)], series.samples[-1][0] - series.samples[0][0]
        assert abs(grew[key(series)] - right) <= right * Decimal(2 * SCRAPE_S / lived_s)
    assert ledger.errors() == []


def test_the_process_says_what_it_does(writer: ShardWriter, ledger: LedgerUnderTest) -> None:
    """Its own figures stand below the business families, under a prefix of their own."""
    writer.flush()
    ledger.start()
    status, text = ledger.get("/metrics")
    assert status == 200, text
    figure = dict(re.findall(r"^(tokonomics_ledger_\w+) (\S+)$", text, re.MULTILINE))
    assert float(figure["tokonomics_ledger_commit_seconds_count"]) >= 1
    assert float(figure["tokonomics_ledger_written_rows_total"]) >= 6
    assert figure["tokonomics_ledger_behind_shards"] == "0.0"
    assert figure["tokonomics_ledger_ignored_shards"] == "0.0"
    assert float(figure["tokonomics_ledger_accepted_age_seconds"]) > 0
    assert text.index("llm_ledger_series") < text.index("tokonomics_ledger_")


def test_a_contradiction_in_the_log_ends_it(writer: ShardWriter, ledger: LedgerUnderTest) -> None:
    """An equal stamp with another value: one line, exit code 70, and after a restart the same again."""
    writer.flush()
    ledger.start()
    writer.contradict()
    wait_until(lambda: not ledger.process.running, "it ends")
    assert ledger.process.exit_code == 70
    (line,) = ledger.errors()
    assert re.fullmatch(r"error: two writes of one row .*", line)
    ledger.process.start()
    wait_until(lambda: not ledger.process.running, "it ends again")
    assert ledger.process.exit_code == 70


def test_two_ledgers_on_one_database(writer: ShardWriter, ledger: LedgerUnderTest, tmp_path: Path) -> None:
    """The second one ends with a line that names the first; on a taken port, with one that names the port."""
    ledger.start()
    for port, says in (
        (free_port(), f"process {ledger.process.pid}"),
        (ledger.port, f":{ledger.port}: Address"),
    ):
        directory = tmp_path / "second"
        second = LedgerUnderTest(ledger.settings.broker, directory, HOLD_S, port)
        settings = second.settings.model_copy(update={"database": ledger.settings.database})
        second.process._command[-1] = settings.model_dump_json()
        second.process.start()
        wait_until(lambda second=second: not second.process.running, "the second ends")
        assert second.process.exit_code == 1
        (line,) = second.errors()
        assert line.startswith("error: ")
        assert says in line
    assert ledger.get("/health")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_waits_for_a_broker_and_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """Without a broker it answers 503 and its own figures, and leaves within seconds when told to."""
    ledger = LedgerUnderTest(f"{LOOPBACK}:{free_port()}", tmp_path, HOLD_S)
    ledger.process.start()
    try:
        wait_until(lambda: ledger.get("/health")[0] == 503, "it answers")
        status, text = ledger.get("/metrics")
        assert (status, text.count("\n")) == (503, 1)
        assert ledger.get("/metrics/process")[0] == 200
        ledger.process.signal(number)
        assert ledger.process.wait(8)
        assert ledger.process.exit_code == 0
        assert ledger.errors() == []
    finally:
        ledger.process.kill()


def test_the_default_hold_is_the_one_of_the_exposition() -> None:
    """150 s are written in the settings and in the exposition; they are one figure."""
    assert LedgerSettings().zero_hold_s * 1_000_000 == HOLD_US
