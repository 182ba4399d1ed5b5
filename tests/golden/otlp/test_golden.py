from __future__ import annotations

import json

import pytest

from collectors.otlp.answers import JSON, PROTOBUF
from stream.contract.usage import UsageEvent
from tests.golden.otlp.cases import events_of, load, names
from tests.unit.otlp.spans import to_protobuf


@pytest.mark.parametrize("name", names())
def test_bodies_become_the_events_that_were_looked_at(name: str) -> None:
    """A change of the translation shows as a change of these files, or fails. Both encodings alike."""
    case = load(name)
    assert events_of(json.dumps(case["body"]).encode(), JSON) == case["events"]
    assert events_of(to_protobuf(case["body"]), PROTOBUF) == case["events"]


@pytest.mark.parametrize("name", names())
def test_events_are_public_usage_events(name: str) -> None:
    """What the receiver makes of a span is what every source may send."""
    for event in load(name)["events"]:
        if "refused" not in event:
            UsageEvent.model_validate_json(json.dumps(event), strict=True)


@pytest.mark.parametrize("name", names())
def test_no_text_of_prompt_or_answer_is_in_an_event(name: str) -> None:
    """Prompts say PROMPT, answers ANSWER: neither may go beyond the translation."""
    body, shown = json.dumps(load(name)["body"]), json.dumps(load(name)["events"])
    assert "PROMPT" in body
    assert "PROMPT" not in shown
    assert "ANSWER" not in shown
