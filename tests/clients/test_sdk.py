"""The SDK against the real collector on a real broker: what a program reports is in the log, once."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.responses import Response

import tokonomics
from collectors._sdk.configuration_file import load_configuration
from stream.broker.embedded import EmbeddedBroker
from stream.broker.ports import free_port
from stream.contract.identity import event_hash
from stream.contract.judgement_events import OutcomeEvent, TaskEvent
from stream.contract.topics import TASKS, TELEMETRY
from stream.contract.usage import UsageEvent
from stream.control.topics import create_topics
from tests.clients.openai_stand_in import stand_in
from tests.contract.logged import held
from tests.support.collector import RunningCollector, batches, read_log

ROOT = Path(__file__).resolve().parents[2]
LEAST: dict[str, Any] = {"provider": "openai", "model": "gpt-4o-mini"}
_PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector on a broker of its own."""
    directory = tmp_path_factory.mktemp("sdk")
    with EmbeddedBroker(None, directory) as broker:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, directory) as collector:
            yield collector.wait_ready()


def reporter_to(collector: RunningCollector, **settings: Any) -> tokonomics.Reporter:
    return tokonomics.Reporter(url=str(collector.client.base_url), **settings)


def logged_events(bootstrap: str) -> Counter[int]:
    """How often each usage event is in the log, by its hash."""
    found = batches(read_log(bootstrap))
    return Counter(int(event) for _, batch in found for event in batch.columns["event"])


def until(holds: Callable[[], bool], what: str) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < until_s, what
        time.sleep(0.05)


def test_reports_of_all_kinds_are_in_the_logs_once(made: RunningCollector) -> None:
    """What emit, outcome and task were told, with ids that the SDK made, is acknowledged by the broker."""
    bootstrap = made.host.settings.broker
    before = len(held(read_log(bootstrap, (TELEMETRY, TASKS))))
    reporter = reporter_to(made, source="shop", department="support", use_case="replies")
    ids = [reporter.emit(**LEAST, usage={"input_tokens": n}) for n in range(450)]
    reporter.outcome(request_event_id=ids[0], verdict="minor_edit")
    reporter.task(ai="partly", minutes=7.5, request_ids=ids[:3])
    assert reporter.flush(_PATIENCE_S)
    assert reporter.stats() == tokonomics.Stats(452, 452, 0, 0, 0, {})
    counted = logged_events(bootstrap)
    assert [counted[event_hash("shop", name)] for name in ids] == [1] * 450
    assert len(held(read_log(bootstrap, (TELEMETRY, TASKS)))) - before == 452


def test_a_bad_report_takes_no_good_one_with_it(made: RunningCollector) -> None:
    """The collector keeps the good ones; the SDK's counts say how many were refused, and why."""
    reporter = reporter_to(made)
    good = [reporter.emit(**LEAST) for _ in range(20)]
    reporter.emit(model="gpt-4o-mini")
    reporter.emit(**LEAST, prompt="what was asked")
    reporter.emit(**LEAST, usage={"input_tokens": 1, "cache_read_tokens": 2})
    reporter.emit(**LEAST, usage={"input_tokens": float("nan")})
    reporter.outcome(response_id="x" * 20)
    good.append(reporter.emit(**LEAST))
    assert reporter.flush(_PATIENCE_S)
    told = reporter.stats()
    assert (told.accepted, told.refused, told.dropped) == (21, 5, 0)
    reasons = ("missing_field", "unknown_field", "negative_leaf", "invalid_value", "not_json")
    assert told.reasons == dict.fromkeys(reasons, 1)
    counted = logged_events(made.host.settings.broker)
    assert [counted[event_hash("events", name)] for name in good] == [1] * 21


def test_reports_wait_for_a_collector_that_is_away_or_cannot_take_them(tmp_path: Path) -> None:
    """First nobody listens, then the log has not begun and it answers 503: all arrive once in the end."""
    with EmbeddedBroker(None, tmp_path) as broker:
        port = free_port()
        reporter = tokonomics.Reporter(url=f"http://127.0.0.1:{port}")
        ids = [reporter.emit(**LEAST) for _ in range(300)]
        assert not reporter.flush(0.5)
        with RunningCollector(broker.bootstrap, tmp_path) as collector:
            collector.wait_ready(503)
            reporter.configure(url=str(collector.client.base_url))
            until(lambda: collector.metric("llm_collector_put_off_total") > 0, "never answered 503")
            ids += [reporter.emit(**LEAST) for _ in range(300)]
            assert reporter.stats().accepted == 0
            create_topics(broker.bootstrap, "embedded")
            assert reporter.flush(_PATIENCE_S)
        counted = logged_events(broker.bootstrap)
    assert reporter.stats() == tokonomics.Stats(600, 600, 0, 0, 0, {})
    assert [counted[event_hash("events", name)] for name in ids] == [1] * 600


def test_a_token_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's; with a wrong one the reports are refused, counted and not repeated."""
    file = tmp_path / "collector.yaml"
    file.write_text("tokens: [{token: the-right-one, source_key: shop}]\n")
    configured = load_configuration(file, None)
    with EmbeddedBroker(None, tmp_path) as broker:
        create_topics(broker.bootstrap, "embedded")
        with RunningCollector(broker.bootstrap, tmp_path, configured=configured) as collector:
            collector.wait_ready()
            reporter = reporter_to(collector)
            for token in ("the-wrong-one", "the-right-one"):
                monkeypatch.setenv("TOKONOMICS_TOKEN", token)
                reporter.emit(**LEAST)
                assert reporter.flush(_PATIENCE_S)
    assert reporter.stats() == tokonomics.Stats(2, 1, 1, 0, 0, {"401": 1})


def test_what_openai_answers_is_read(made: RunningCollector) -> None:
    """Chat completions, streams and embeddings of the real client; every event is one the collector takes."""
    reporter = reporter_to(made)
    with stand_in() as url, openai.OpenAI(base_url=url, api_key="none") as client:
        ask: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "PROMPT"}]}
        chat = client.chat.completions.create(**ask)
        (*_, last) = client.chat.completions.create(
            **ask, stream=True, stream_options={"include_usage": True}
        )
        vectors = client.embeddings.create(model="text-embedding-3-small", input="PROMPT")
    read = tokonomics.from_openai(chat, department="support")
    assert chat.usage is not None
    assert read == {
        "provider": "openai",
        "model": chat.model,
        "response_id": chat.id,
        "service_tier": None,
        "department": "support",
        "usage": {
            "input_tokens": chat.usage.prompt_tokens,
            "cache_read_tokens": 64,
            "input_audio_tokens": 0,
            "output_tokens": chat.usage.completion_tokens,
            "output_reasoning_tokens": 8,
            "output_audio_tokens": 0,
        },
    }
    assert tokonomics.from_openai(last)["usage"]["output_tokens"] == last.usage.completion_tokens
    assert tokonomics.from_openai(vectors)["usage"] == {"input_tokens": 8}
    assert tokonomics.from_openai(chat.model_dump(), department="support") == read
    for answer in (chat, last, vectors):
        reporter.emit(**tokonomics.from_openai(answer))
    assert reporter.flush(_PATIENCE_S)
    assert reporter.stats() == tokonomics.Stats(3, 3, 0, 0, 0, {})


def test_a_response_of_openai_is_read() -> None:
    """The responses API's names for the same; unknown usage stays unknown."""
    usage = {
        "input_tokens": 90,
        "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 10},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 110,
    }
    response = Response.model_validate(
        {
            "id": "resp_1",
            "object": "response",
            "created_at": 1_790_000_000,
            "model": "gpt-4o-mini",
            "output": [],
            "parallel_tool_calls": False,
            "tool_choice": "auto",
            "tools": [],
            "service_tier": "flex",
            "usage": usage,
        }
    )
    read = tokonomics.from_openai(response, model="mine")
    assert (read["model"], read["response_id"], read["service_tier"]) == ("mine", "resp_1", "flex")
    assert read["usage"] == {
        "input_tokens": 90,
        "cache_read_tokens": 30,
        "cache_write_tokens": 10,
        "output_tokens": 20,
        "output_reasoning_tokens": 5,
    }
    assert tokonomics.from_openai(response.model_copy(update={"usage": None}))["usage"] is None
    assert tokonomics.from_openai(object())["usage"] is None


def test_the_examples_of_the_page_run(made: RunningCollector, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/sdk.md, block after block in one program: everything it reports is taken."""
    page = (ROOT / "docs" / "sdk.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 4
    program: dict[str, Any] = {}
    before = tokonomics.stats()
    with stand_in() as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        monkeypatch.setenv("TOKONOMICS_COLLECTOR_URL", str(made.client.base_url))
        try:
            for block in blocks:
                exec(compile(block, "docs/sdk.md", "exec"), program)
            assert tokonomics.flush(_PATIENCE_S)
        finally:
            tokonomics.configure()
    after = tokonomics.stats()
    assert after.accepted - before.accepted == after.sent - before.sent >= 4
    for model in (UsageEvent, OutcomeEvent, TaskEvent):
        for name in model.model_fields:
            assert f"`{name}`" in page, f"the page does not name {name}"
