"""Outcomes, work, people and probes beside usage, through kills of every process: all of it exact."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from collectors.replay.generator import SOURCES, Plan
from collectors.replay.organisation import RATES
from collectors.replay.programme import directory
from stream.broker import ports
from stream.broker.base import Broker
from stream.broker.process import ServerProcess
from stream.contract.frame import Kind, unpack
from stream.contract.records import Checks, decode_body
from stream.contract.rows import PROBE_LABELS
from stream.contract.topics import PROBES
from stream.demo.accounts import SourceAccount, differences
from stream.demo.parts import STAND_IN
from stream.ledger.database import read_ledger
from stream.ledger.queries import people, probes
from tests.e2e.card import Cell, DayFeeding
from tests.e2e.chaos import Chaos
from tests.e2e.checking import as_demo_books
from tests.e2e.quick import quick_ledger
from tests.support.statelog import StateLog
from tests.support.system import COLLECTOR, LEDGER, ROOT, TOKONOMICS, Options, System, worker

_TOKENS = {source: f"token-of-{source}" for source in SOURCES}
_KILLS = (worker(0), COLLECTOR, worker(1), LEDGER)
_AHEAD_DAYS = 60


@pytest.fixture
def system(own_broker: Broker, tmp_path: Path) -> Iterator[System]:
    """Collector with tokens, people and a probe, two workers and ledger."""
    service = ports.free_port()
    (tmp_path / "people.csv").write_text(directory(time.time_ns() // 1000))
    probe = {"name": "assistant", "check": "openai", "url": f"http://127.0.0.1:{service}/v1"}
    collector = {
        "tokens": [{"token": _TOKENS[key], "source_key": key} for key in SOURCES],
        "directory": {"file": str(tmp_path / "people.csv"), "attribute_department": False},
        "probes": [{**probe, "model": "demo", "every_seconds": 5}],
    }
    file = tmp_path / "collector.json"  # JSON is YAML
    file.write_text(json.dumps(collector))
    command = (*TOKONOMICS, "collect", "--config", str(file))
    stand_in = ServerProcess(
        "service", [*STAND_IN, "--port", str(service)], tmp_path / "service.log", {"PYTHONPATH": str(ROOT)}
    )
    stand_in.start()
    try:
        options = Options(collector=command, ledger=quick_ledger(1.0))
        with System(own_broker, tmp_path / "system", options) as system:
            yield system
    finally:
        stand_in.stop()


def test_kills_change_nothing_of_the_whole_card(system: System, tmp_path: Path) -> None:
    """Every series of usage, each output's and task's judgements, people of every as-of day against sets
    made apart, and each check of the log once: exact, though each process was killed while it worked.
    """
    rates = replace(RATES, not_json=0.0)  # a collector that is killed forgets what it refused whole
    plan = Plan(seed=11, start_us=time.time_ns() // 1000, per_second=150, rates=rates)
    with (
        StateLog(system.broker.bootstrap, system.partitions) as log,
        DayFeeding(plan, system.collector_url, _TOKENS) as feeding,
    ):
        chaos = Chaos(system, feeding, log)
        chaos.kill_all(_KILLS)
        feeding.finish()
    print(chaos.report(f"kills on {system.broker.name}", tmp_path / "kills.txt"))
    account = SourceAccount.from_json(feeding.account.to_json())
    await_nothing(system, lambda: differences(account, as_demo_books(system, system.read_books(), {})))
    truth = feeding.account.people()
    await_nothing(system, lambda: people_differences(truth, held_people(system)))
    assert len(truth) > 500 and max(outside for _, outside in truth.values()) > 0
    await_nothing(system, lambda: [] if held_checks(system) == logged_checks(system) else ["checks differ"])
    assert held_checks(system).total() > 2
    print(as_demo_books(system, system.read_books(), {}).line(account))


def await_nothing(system: System, differ: object) -> None:
    """Wait until nothing differs; fails with what does."""
    assert callable(differ)
    try:
        system.wait(lambda: not differ(), "nothing differs", 60.0)
    except AssertionError:
        assert not differ()
        raise


def held_people(system: System) -> dict[Cell, tuple[int, int]]:
    today = time.time_ns() // 86_400_000_000_000
    engine = read_ledger(system.database)
    try:
        found = people(engine, since_day=today - _AHEAD_DAYS, until_day=today + _AHEAD_DAYS)
    finally:
        engine.dispose()
    return {(one.day, one.department, one.use_case, one.window): (one.people, one.outside) for one in found}


def people_differences(truth: dict[Cell, tuple[int, int]], held: dict[Cell, tuple[int, int]]) -> list[str]:
    return [
        f"{cell}: {truth.get(cell)} in truth, {held.get(cell)} held"
        for cell in sorted(truth.keys() | held.keys())
        if truth.get(cell) != held.get(cell)
    ]


def held_checks(system: System) -> Counter[tuple[str, ...]]:
    engine = read_ledger(system.database)
    try:
        return Counter({one.labels: one.measures["checks"] for one in probes(engine, PROBE_LABELS)})
    finally:
        engine.dispose()


def logged_checks(system: System) -> Counter[tuple[str, ...]]:
    """Checks that the log holds, each once however often it was written."""
    checks: dict[int, tuple[str, ...]] = {}
    places = [TopicPartition(PROBES, number) for number in range(system.partitions)]
    with closing(KafkaConsumer(bootstrap_servers=system.broker.bootstrap, group_id=None)) as consumer:
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        while found := consumer.poll(500):
            for record in (record for records in found.values() for record in records):
                frame = unpack(record.value)
                if frame.kind is Kind.PROBES:
                    checks |= {one.event: one.labels for one in decode_body(frame.body, Checks).checks}
    return Counter(checks.values())
