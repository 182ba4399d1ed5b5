"""The published JSON Schema is the one that is enforced."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from collectors._sdk.errors import Refused
from collectors.events.translate import translate
from stream.contract.usage import json_schema
from tests.unit.collectors.samples import admit, event

EVENTS = Path(__file__).resolve().parents[2] / "collectors" / "events"
SCHEMA = json.loads((EVENTS / "usage-event.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_file_is_what_the_code_says() -> None:
    """A change of the event is a change of the file, in the same commit."""
    assert json_schema() == SCHEMA


def examples(kind: str) -> list[Any]:
    text = (EVENTS / "README.md").read_text()
    return [json.loads(block) for block in re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)]


def test_the_examples_are_valid() -> None:
    """Every event and CloudEvent of the README passes the schema and is admitted."""
    found = examples("json")
    assert len(found) == 2
    for example in found:
        VALIDATOR.validate(example)
        assert not admit(example).refused
    for example in examples("json cloudevent"):
        assert not admit(example, "application/cloudevents+json").refused


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


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_is_admitted_fits_the_schema(sample: dict[str, Any]) -> None:
    """A client that checks by the schema loses nothing that the collector would take."""
    assert not admit(sample).refused
    VALIDATOR.validate(sample)


@pytest.mark.parametrize("sample", REFUSED)
def test_what_the_schema_refuses_is_refused(sample: dict[str, Any]) -> None:
    """No type is bent to fit: text is no number, 1 is not true."""
    assert not VALIDATOR.is_valid(sample)
    assert len(admit(sample).refused) == 1


@pytest.mark.parametrize("item", [None, 1, "x", [], True])
def test_only_objects_are_events(item: object) -> None:
    """Whatever JSON can say."""
    with pytest.raises(Refused):
        translate(item)
