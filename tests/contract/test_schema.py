"""The published JSON Schemas are those that are enforced, and the READMEs' examples hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from collectors._sdk.errors import Refused
from collectors._sdk.receiver import Receiver
from collectors.events.receiver import RECEIVER as EVENTS
from collectors.outcomes.receiver import RECEIVER as OUTCOMES
from collectors.tasks.receiver import RECEIVER as TASKS
from tests.unit.collectors.samples import admit, event, outcome, task

COLLECTORS = Path(__file__).resolve().parents[2] / "collectors"
FILES = {
    EVENTS: "usage-event.schema.json",
    OUTCOMES: "outcome-event.schema.json",
    TASKS: "task-event.schema.json",
}


def validator(receiver: Receiver) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        json.loads((COLLECTORS / receiver.name / FILES[receiver]).read_text())
    )


@pytest.mark.parametrize("receiver", FILES, ids=lambda receiver: receiver.name)
def test_the_file_is_what_the_code_says(receiver: Receiver) -> None:
    """A change of the event is a change of the file, in the same commit."""
    assert receiver.kind.schema() == validator(receiver).schema


def examples(receiver: Receiver, kind: str) -> list[Any]:
    text = (COLLECTORS / receiver.name / "README.md").read_text()
    return [json.loads(block) for block in re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("receiver", FILES, ids=lambda receiver: receiver.name)
def test_the_examples_are_valid(receiver: Receiver) -> None:
    """Every event of the README passes the schema and is admitted; one shows all fields but own labels."""
    found = examples(receiver, "json")
    assert len(found) >= 2
    for example in found:
        validator(receiver).validate(example)
        assert not admit(example, receiver=receiver).refused
    shown = {name for example in found for name in example}
    assert set(receiver.kind.model.model_fields) - shown <= {"feature", "environment"}


def test_the_example_of_a_cloudevent_is_valid() -> None:
    """It is admitted as it stands."""
    (example,) = examples(EVENTS, "json cloudevent")
    assert not admit(example, "application/cloudevents+json").refused


@pytest.mark.parametrize(
    ("receiver", "body"),
    [
        (EVENTS, [event(), event(usage={"input_tokens": -5}), event(event_id="e2")]),
        (OUTCOMES, [outcome(), outcome(event_id="o2", response_id=...)]),
    ],
    ids=["events", "outcomes"],
)
def test_the_examples_of_answers_are_what_is_answered(receiver: Receiver, body: list[Any]) -> None:
    """Letter by letter, for the mistake that the README shows."""
    (shown,) = examples(receiver, "json answer")
    admitted = admit(body, receiver=receiver)
    refused = [
        {"index": r.index, "field": r.field, "reason": r.reason, "message": r.message}
        for r in admitted.refused
    ]
    assert shown == {"accepted": len(admitted.records), "refused_total": len(refused), "refused": refused}


SAMPLES = [
    event(),
    event(cost_usd=0.1),
    event(cost_usd="0.1"),
    event(cost_usd=1),
    event(usage=None),
    event(usage={}),
    event(usage={"input_tokens": 0}),
    event(units={"web_searches": 3}),
    event(units=None),
    event(duration_seconds=1, time_to_first_token_seconds=0.25),
    event(time="2026-01-31T12:00:00.123456+02:00"),
    event(final=False, stream=True, cache_hit=True),
    event(attempt=255),
    event(custom=["a", "b", "c", "d"]),
    event(attributes={"team": "x"}),
    event(user="ann", region="eu-west-1", service_tier="flex"),
    event(source=None, source_key=None, response_id=None, request_group=None),
    *(event(outcome=name) for name in ("error", "timeout", "rate_limited", "cancelled", "content_filtered")),
]
OUTCOME_SAMPLES = [
    outcome(),
    outcome(passed_control=False, finding="none", rules_met=True, selection="all"),
    outcome(response_id=None, trace_id="t", verdict=None, finding="error"),
    outcome(response_id=..., department="d", use_case="u", model="m", environment="test"),
]
TASK_SAMPLES = [
    task(),
    task(minutes=1, quantity=0, csat=1, nps=10, request_ids=["a"]),
    task(minutes=0.5, deliverable=None, verdict="rejected", event_id="r"),
]
OUTCOME_REFUSED = [
    outcome(verdict="good"),
    outcome(passed_control=1),
    outcome(prompt="x"),
    outcome(event_id=...),
    outcome(time=1769860800),
]
TASK_REFUSED = [
    task(ai="some"),
    task(minutes="1"),
    task(csat=0),
    task(nps=11),
    task(quantity=1.5),
    task(department=...),
    task(model="m"),
]
REFUSED = [
    event(final="true"),
    event(final=1),
    event(attempt="1"),
    event(attempt=True),
    event(duration_seconds="1"),
    event(time=1769860800),
    event(usage={"input_tokens": "1"}),
    event(usage={"input_tokens": -1}),
    event(usage={"tokens": 1}),
    event(outcome="x"),
    event(custom=list("abcde")),
    event(prompt="x"),
    event(event_id=...),
    event(cost_usd=-1),
]


@pytest.mark.parametrize(
    ("receiver", "sample"),
    [(EVENTS, s) for s in SAMPLES]
    + [(OUTCOMES, s) for s in OUTCOME_SAMPLES]
    + [(TASKS, s) for s in TASK_SAMPLES],
)
def test_what_is_admitted_fits_the_schema(receiver: Receiver, sample: dict[str, Any]) -> None:
    """A client that checks by the schema loses nothing that the collector would take."""
    assert not admit(sample, receiver=receiver).refused
    validator(receiver).validate(sample)


@pytest.mark.parametrize(
    ("receiver", "sample"),
    [(EVENTS, s) for s in REFUSED]
    + [(OUTCOMES, s) for s in OUTCOME_REFUSED]
    + [(TASKS, s) for s in TASK_REFUSED],
)
def test_what_the_schema_refuses_is_refused(receiver: Receiver, sample: dict[str, Any]) -> None:
    """No type is bent to fit: text is no number, 1 is not true."""
    assert not validator(receiver).is_valid(sample)
    assert len(admit(sample, receiver=receiver).refused) == 1


@pytest.mark.parametrize("item", [None, 1, "x", [], True])
@pytest.mark.parametrize("receiver", FILES, ids=lambda receiver: receiver.name)
def test_only_objects_are_events(receiver: Receiver, item: object) -> None:
    """Whatever JSON can say."""
    with pytest.raises(Refused):
        receiver.translate(item)
