"""What goes in by HTTP comes out of the ledger and of /metrics, exactly, on both brokers."""

from __future__ import annotations

import json
import signal
import time
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from collectors.replay.generator import SOURCES
from stream.broker.process import ServerProcess
from stream.demo import accounts
from stream.demo.parts import SOURCE
from tests.e2e import replayed
from tests.e2e.chaos import Chaos
from tests.e2e.checking import as_demo_books, await_truth
from tests.e2e.conftest import TOKENS
from tests.e2e.sending import KEPT_EVENTS, Sending
from tests.support import exposition
from tests.support.books import Books, gained
from tests.support.oracle import Oracle
from tests.support.statelog import StateLog
from tests.support.system import COLLECTOR, LEDGER, ROOT, System, worker
from tests.support.traces import AZURE, TRACES, Trace

pytestmark = pytest.mark.traces
_KILLS = (worker(0), COLLECTOR, worker(1), LEDGER)
TOKEN = TOKENS["replay"]
_FEED_S = 7.0


def replay(system: System, trace: Trace, *options: str) -> dict[str, Any]:
    """``tokonomics replay`` as fast as possible; what it says."""
    said: dict[str, Any] = json.loads(
        system.command(
            *("replay", "--trace", str(trace.path), "--to", system.collector_url),
            *("--as-fast-as-possible", "--json", "--token", TOKEN, *options),
        )
    )
    return said


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name.partition("_")[0].partition("LLM")[0])
def test_a_trace_is_counted_and_priced_exactly(system: System, truth: Oracle, trace: Trace) -> None:
    """A replayed trace has its publisher's totals, and each series the cost of its events one by one."""
    before = system.read_books()
    start_us = time.time_ns() // 1000
    said = replay(system, trace)
    truth.add_all(replayed.events(trace, start_us))
    books = await_truth(system, truth)
    assert books.counted - before.counted == trace.requests == said["requests"]
    read = books.tokens("input_cache_read") - before.tokens("input_cache_read")
    assert read == trace.cache_read_tokens
    assert books.tokens("input") - before.tokens("input") + read == trace.input_tokens
    assert books.tokens("output") - before.tokens("output") == trace.output_tokens
    assert books.duplicates == 0 and not books.refused


def test_a_trace_sent_twice_is_counted_once(system: System, truth: Oracle) -> None:
    """The same batch of a trace, sent again later, changes nothing: it is redelivered, in no balance."""
    before = system.read_books().redelivered
    start_us = time.time_ns() // 1000
    for _ in range(2):
        replay(system, AZURE, "--batch", "twice", "--limit", "1000")
    truth.add_all(islice(replayed.events(AZURE, start_us, batch="twice"), 1000))
    system.wait(lambda: system.read_books().redelivered - before >= 1000, "all is redelivered")
    await_truth(system, truth)


def test_kills_change_nothing(system: System, truth: Oracle, tmp_path: Path) -> None:
    """Workers, collector and ledger are killed while they work: every series and its cost are exact."""
    with (
        StateLog(system.broker.bootstrap, system.partitions) as log,
        Sending(AZURE, system.collector_url, per_second=2000, name="kills", token=TOKEN) as sending,
    ):
        system.wait(lambda: sending.accepted >= KEPT_EVENTS, "the first bodies are accepted")
        sending.slow_down(300)
        chaos = Chaos(system, sending, log)
        chaos.kill_all(_KILLS)
        sending.send_first_again()
        sending.finish(max(AZURE.requests, sending.sent * 10 // 9 + 1), hurry=True)
    print(chaos.report(f"kills on {system.broker.name}", tmp_path / "kills.txt"))
    truth.add_all(sending.events())
    books = await_truth(system, truth)
    assert books.duplicates == 0 and not books.refused
    assert books.redelivered >= sending.sent_again > 0
    assert all(kill.amid_folding and kill.sent <= 0.9 * sending.sent for kill in chaos.kills)


def test_bad_input_beside_good_balances(system: System, tmp_path: Path) -> None:
    """sent = counted + duplicates + quarantined + dropped, by series and source, and through a kill."""
    before, dropped_before = system.read_books(), _dropped(system)
    file = tmp_path / "account.json"
    tokens = [part for source in SOURCES for part in ("--token", f"{source}={TOKENS[source]}")]
    command = [*SOURCE, "--to", system.collector_url, "--account", str(file), *tokens]
    source = ServerProcess("source", command, tmp_path / "source.log", {"PYTHONPATH": str(ROOT)})
    source.start()
    try:
        assert not source.wait(_FEED_S / 2), source.failure("ended by itself")
        if system.kind == "kafka":  # where a killed worker counts again within seconds
            system.kill(worker(1))
            system.start(worker(1))
        assert not source.wait(_FEED_S / 2), source.failure("ended by itself")
        source.signal(signal.SIGTERM)
        assert source.wait(30.0)
        assert source.exit_code == 0, source.failure("failed")
    finally:
        source.kill()
    account = accounts.SourceAccount.from_json(file.read_bytes())

    def differ(books: Books) -> list[str]:
        dropped = {key: _dropped(system)[key] - dropped_before[key] for key in SOURCES}
        return accounts.differences(account, as_demo_books(system, gained(books, before), dropped))

    found = gained(system.await_books(differ), before)
    print(as_demo_books(system, found, account.dropped).line(account))
    assert found.duplicates and found.refused and sum(account.dropped.values())
    assert {source for source, _ in found.refused} == set(account.all_quarantined)


def test_every_process_ends_in_order(system: System) -> None:
    """SIGTERM ends each with 0, after all that was done to it, and no log holds a stack trace."""
    names = (COLLECTOR, LEDGER, worker(0), worker(1))
    assert {name: system.stop(name) for name in names} == dict.fromkeys(names, 0)
    logs = {path.name: path.read_text(errors="replace") for path in system.directory.glob("*.log")}
    assert len(logs) == len(names)
    assert {name: log for name, log in logs.items() if "Traceback" in log} == {}


def _dropped(system: System) -> dict[str, int]:
    """Bodies that the collector says it refused whole, by source key."""
    text = system.get(f"{system.collector_url}/metrics")
    assert text is not None
    return {
        key: int(exposition.total(text, "llm_collector_dropped_total", source_key=key)) for key in SOURCES
    }
