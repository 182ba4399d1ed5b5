"""LiteLLM, unmodified, against the whole product: what it was asked is what the ledger holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest

from stream.broker.embedded import EmbeddedBroker
from tests.clients.litellm_calls import DEPARTMENT
from tests.support.books import differences
from tests.support.oracle import Oracle
from tests.support.system import ROOT, TOKONOMICS, Options, System

_TOKENS = {"gateway": "token-of-the-gateway", "application": "token-of-the-application"}
_CONFIGURATION = {
    "tokens": [{"token": token, "source_key": key} for key, token in _TOKENS.items()],
    "attribution": {
        "rules": [{"match": {"attributes.team_alias": "payments"}, "set": {"department": DEPARTMENT}}]
    },
}
_TIMEOUT_S = 120


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The product on a broker of its own, with a token for the gateway and one for an application."""
    directory = tmp_path_factory.mktemp("litellm")
    file = directory / "collector.json"  # JSON is YAML
    file.write_text(json.dumps(_CONFIGURATION))
    options = Options(workers=1, partitions=2, collector=(*TOKONOMICS, "collect", "--config", str(file)))
    with EmbeddedBroker(None, directory) as broker, System(broker, directory / "system", options) as system:
        yield system


@dataclass
class Asked:
    """What LiteLLM was asked, told from the caller's side, in the public form and by group."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    nulls: int = 0

    def of(self, group: str) -> list[dict[str, Any]]:
        return [event for name, event in self.events if name == group]


def ask(url: str, token: str) -> Asked:
    """Run the program that asks LiteLLM; its callback posts to ``url``."""
    command = [sys.executable, "-m", "tests.clients.litellm_calls", url, token]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    asked, number = Asked(), count()
    for line in done.stdout.splitlines():
        told = json.loads(line)
        asked.nulls += told["event"] is None
        for event in (*told["attempts"], told["event"]):
            if event is not None:
                asked.events.append((told["group"], {"event_id": f"asked-{next(number)}", **event}))
    return asked


@pytest.fixture(scope="module")
def asked(system: System) -> Asked:
    return ask(f"{system.collector_url}/v1/litellm", _TOKENS["gateway"])


@pytest.fixture(scope="module")
def truth(asked: Asked) -> Oracle:
    oracle = Oracle()
    oracle.add_all(event for _, event in asked.events)
    return oracle


def test_every_kind_of_call_was_asked_for(asked: Asked) -> None:
    """The figures below prove nothing about a kind that was never sent."""
    assert {group for group, _ in asked.events} == {"plain", "errors", "router", "cache"}
    outcomes = {event.get("outcome", "success") for _, event in asked.events}
    assert outcomes == {"success", "error", "timeout", "rate_limited", "content_filtered"}
    assert sum(event.get("stream", False) for _, event in asked.events) == 3
    assert sum(event.get("cache_hit", False) for _, event in asked.events) == 3
    assert [event.get("final", True) for event in asked.of("router")] == [False, False, True, False, True]


def test_what_litellm_was_asked_is_what_the_ledger_holds(system: System, asked: Asked, truth: Oracle) -> None:
    """Requests, attempts, outcomes, tokens and nano-USD of each series, streams and failures included."""
    books = system.await_books(lambda books: differences(truth.series, books.series))
    assert books.duplicates == 0
    assert books.counted == len(asked.events)
    assert books.cost_nano_usd > 0


def test_null_in_the_array_is_refused_alone(system: System, asked: Asked, truth: Oracle) -> None:
    """Of a call that LiteLLM cannot describe it sends null: its neighbours are counted, it is shown."""
    assert asked.nulls == 1
    books = system.await_books(lambda books: differences(truth.series, books.series))
    assert books.refused == {("gateway", "null_event"): asked.nulls}


def test_the_same_requests_sent_as_json_events_are_counted_once(
    system: System, asked: Asked, truth: Oracle
) -> None:
    """An application reports what its gateway reported already: copies, not requests, and no conflict."""
    answered = [event for _, event in asked.events if "response_id" in event and not event.get("cache_hit")]
    copies = [{**event, "source": "application", "event_id": f"copy-{n}"} for n, event in enumerate(answered)]
    reply = httpx.post(
        f"{system.collector_url}/v1/events",
        json=copies,
        headers={"Authorization": f"Bearer {_TOKENS['application']}"},
        timeout=30,
    )
    assert reply.is_success, reply.text
    truth.add_all(copies)
    books = system.await_books(lambda books: differences(truth.series, books.series))
    assert books.duplicates == len(copies) > 0
    assert books.conflicts == 0
    assert books.counted == len(asked.events)
