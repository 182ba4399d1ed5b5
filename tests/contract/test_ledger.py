"""From the receivers to the ledger: outcomes find their requests, tasks and people are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine

from stream.broker.embedded import EmbeddedBroker
from stream.contract.judgements import DELIVERY, VERDICT
from stream.contract.rows import OUTCOME
from stream.ledger import queries
from tests.contract.samples import now_text
from tests.support.system import TOKONOMICS, Options, System
from tests.unit.collectors.samples import ANSWER, event, outcome, task


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The product on a broker of its own, with a directory of one person."""
    directory = tmp_path_factory.mktemp("contract-ledger")
    (directory / "people.csv").write_text("person,department\nann@example.org,sales\n")
    file = directory / "collector.yaml"
    file.write_text("directory: {file: people.csv}\n")
    options = Options(workers=1, collector=(*TOKONOMICS, "collect", "--config", str(file)))
    with EmbeddedBroker(None, directory) as broker, System(broker, directory / "system", options) as system:
        yield system


def post(system: System, path: str, body: list[dict[str, Any]], refused: int = 0) -> None:
    answer = httpx.post(f"{system.collector_url}{path}", json=body, timeout=60)
    assert (answer.status_code, answer.json()["refused_total"]) == (202, refused), answer.text


def counted(engine: Engine, aspect: str, by: str) -> Counter[tuple[str, str, str]]:
    """(label, from, to) -> events."""
    found: Counter[tuple[str, str, str]] = Counter()
    for figures in queries.transitions(engine, OUTCOME, (by,)):
        if figures.aspect == aspect:
            found[figures.labels[0], figures.from_value, figures.to_value] += figures.events
    return found


def test_what_is_posted_is_what_the_ledger_holds(system: System) -> None:
    """An outcome before its request, by each id, one without request, one sent again, refused ones; a task
    that a second report completes; people of the target population and outside.
    """
    now = now_text()

    def named(number: int, **fields: Any) -> dict[str, Any]:
        return outcome(**{"event_id": f"o{number}", "time": now, "response_id": ..., **fields})

    sent = [
        named(1, response_id=f"{ANSWER}1", verdict="used_as_is"),
        named(2, request_event_id="e2", verdict="minor_edit"),
        named(3, trace_id="trace-3", verdict="revised"),
        named(4, trace_id="nowhere", verdict="rejected"),
        named(5, department="finance", use_case="u", verdict="rejected"),
    ]
    users = ["ann@example.org", "ben@example.org"]
    usage = [
        event(
            event_id=f"e{n}", time=now, response_id=f"{ANSWER}{n}", trace_id=f"trace-{n}", user=users[n % 2]
        )
        for n in range(10)
    ]
    post(system, "/v1/outcomes", [named(0, trace_id="trace-0", verdict="rejected")])
    post(system, "/v1/events", usage)
    post(system, "/v1/outcomes", [*sent, {}], refused=1)
    post(system, "/v1/outcomes", sent[:1])
    post(system, "/v1/tasks", [task(time=now, minutes=7.5), task(time=now, csat=5), {}], refused=1)

    engine = create_engine(system.database)
    verdicts = {
        ("sales", "", "rejected"): 1,
        ("unattributed", "", "used_as_is"): 1,
        ("sales", "", "minor_edit"): 1,
        ("unattributed", "", "revised"): 1,
        ("finance", "", "rejected"): 1,
    }
    system.wait(lambda: counted(engine, VERDICT, "department") == verdicts, "every verdict under its labels")

    def standing() -> Counter[str]:
        """Net deliveries, and refusals."""
        found: Counter[str] = Counter()
        for (_, before, after), events in counted(engine, DELIVERY, "source_key").items():
            found[after] += events
            found[before] -= events
        for refusal in queries.refusals(engine):
            if refusal.source_key == "outcomes":
                found["refused"] += refusal.events
        accounts = ("joined", "own", "waiting", "unjoined", "redelivered", "refused")
        return Counter({name: found[name] for name in accounts if found[name]})

    accounts = Counter(joined=4, own=1, waiting=1, redelivered=1, refused=1)
    system.wait(lambda: standing() == accounts, "the account of eight outcomes that were sent")

    def work() -> dict[str, int]:
        (figures,) = queries.tasks(engine, ("department", "ai")) or (None,)
        return {} if figures is None else dict(figures.measures)

    wanted = {
        "tasks": 1,
        "tasks_timed": 1,
        "seconds": 450,
        "csat_answers": 1,
        "csat_satisfied": 1,
        "duplicates": 1,
    }
    system.wait(lambda: wanted.items() <= work().items(), "one task of two reports")

    def people() -> set[tuple[int, int, int]]:
        found = queries.people(engine, since_day=0, until_day=10**6)
        return {(f.people, f.outside, f.unlisted) for f in found if not f.department and not f.use_case}

    system.wait(lambda: people() == {(2, 1, 0)}, "two people, one of them outside")
    engine.dispose()
