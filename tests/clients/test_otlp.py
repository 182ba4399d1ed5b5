"""OpenAI's client, OpenTelemetry's instrumentation and exporter, unmodified, against the collector."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stream.broker.embedded import EmbeddedBroker
from stream.contract.columns import USAGE_KNOWN, UsageBatch
from stream.contract.identity import request_hash
from stream.contract.leaves import LEAVES, split_usage
from stream.contract.names import LABEL_INDEX, OUTCOMES
from stream.control.topics import create_topics
from tests.support.collector import Logged, RunningCollector, batches, notes, read_log
from tests.support.system import ROOT

_TIMEOUT_S = 60


@dataclass
class Seen:
    """What the program said it asked, what the log holds, and what the program and exporter wrote."""

    asked: list[dict[str, Any]]
    log: list[Logged]
    stderr: str


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    directory = tmp_path_factory.mktemp("otlp")
    with EmbeddedBroker(None, directory) as broker:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, directory) as collector:
            endpoint = str(collector.wait_ready().client.base_url).rstrip("/")
            environment = {
                **{name: value for name, value in os.environ.items() if not name.startswith("OTEL_")},
                "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
                "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
                "OTEL_SERVICE_NAME": "checkout",
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=staging",
                "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
                "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
            }
            command = [sys.executable, "-m", "tests.clients.otlp_calls"]
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            asked = [json.loads(line) for line in done.stdout.splitlines()]
            yield Seen(asked, read_log(broker.bootstrap), done.stderr)


def _held(batch: UsageBatch) -> Iterator[tuple[Any, ...]]:
    for at in range(batch.count):
        labels = batch.dictionary[int(batch.column("label")[at])]
        flags = int(batch.column("flags")[at])
        leaves = {leaf: int(n) for leaf, n in zip(LEAVES, batch.leaves()[at], strict=True) if n}
        yield (
            *(labels[LABEL_INDEX[name]] for name in ("provider", "model", "environment")),
            OUTCOMES[int(batch.column("outcome")[at])],
            json.dumps(leaves, sort_keys=True) if flags & USAGE_KNOWN else None,
        )


def _asked(event: dict[str, Any]) -> tuple[Any, ...]:
    usage = event["usage"]
    leaves = None if usage is None else json.dumps(split_usage(usage), sort_keys=True)
    return ("openai", event["model"], "staging", event["outcome"], leaves)


def test_every_kind_of_call_was_asked_for(seen: Seen) -> None:
    """The comparison below proves nothing about a kind that was never sent."""
    outcomes = Counter(event["outcome"] for event in seen.asked)
    assert outcomes == {"success": 11, "error": 2, "rate_limited": 1, "timeout": 1}
    assert sum(event["stream"] for event in seen.asked) == 3
    assert sum(event["usage"] is None for event in seen.asked) == 3


def test_what_the_client_was_asked_is_what_the_log_holds(seen: Seen) -> None:
    """Each request once, with outcome and tokens, unknown where the client got none; the agent's span and its
    sums nowhere. (The instrumentation does not say which requests were streamed.)
    """
    held = Counter(event for _, batch in batches(seen.log) for event in _held(batch))
    assert held == Counter(_asked(event) for event in seen.asked)
    assert not notes(seen.log)


def test_requests_are_known_by_the_providers_id(seen: Seen) -> None:
    """So that a gateway's report of the same request is its copy."""
    held = {int(identity) for _, batch in batches(seen.log) for identity in batch.column("identity")}
    answered = [event["response_id"] for event in seen.asked if event["response_id"]]
    assert len(answered) == 10
    assert {int(request_hash("", "", answer, cache_hit=False)) for answer in answered} <= held


def test_no_prompt_and_no_answer_is_in_the_log(seen: Seen) -> None:
    """The instrumentation was told to send them in its spans."""
    for record in seen.log:
        assert b"PROMPT" not in record.value
        assert b"ANSWER" not in record.value
