"""Every kind of bad input is refused by itself, with a reason and its field, and loses no neighbour."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collectors._sdk.errors import BodyRefused
from collectors._sdk.refusing import kept_field
from stream.contract.identity import event_hash, request_hash
from stream.contract.judgement_events import OutcomeEvent, TaskEvent
from stream.contract.names import LABELS
from stream.contract.usage import UsageEvent
from tests.unit.collectors.samples import SECRET, admit, event

BAD: list[tuple[str, Any, str, str]] = [
    ("null", None, "null_event", ""),
    ("a number", 7, "invalid_type", ""),
    ("a list", [[]], "invalid_type", ""),
    ("text", "event", "invalid_type", ""),
    ("nothing in it", {}, "missing_field", "event_id"),
    ("no id", event(event_id=...), "missing_field", "event_id"),
    ("an empty id", event(event_id=""), "invalid_value", "event_id"),
    ("an id that is a number", event(event_id=7), "invalid_type", "event_id"),
    ("no model", event(model=...), "missing_field", "model"),
    ("no time", event(time=...), "missing_field", "time"),
    ("the year 1970", event(time="1970-01-01T00:00:00Z"), "invalid_value", "time"),
    ("the year 9999", event(time="9999-12-31T23:59:59Z"), "invalid_value", "time"),
    ("a time without zone", event(time="2026-01-31T12:00:00"), "invalid_value", "time"),
    ("a time that is none", event(time="yesterday"), "invalid_type", "time"),
    ("seconds for a time", event(time=1769860800), "invalid_type", "time"),
    ("an unknown field", event(prompt="what is"), "unknown_field", "prompt"),
    ("an unknown figure", event(usage={"tokens": 1}), "unknown_field", "usage.tokens"),
    ("negative tokens", event(usage={"input_tokens": -5}), "invalid_value", "usage.input_tokens"),
    ("tokens as text", event(usage={"output_tokens": "many"}), "invalid_type", "usage.output_tokens"),
    ("tokens as true", event(usage={"output_tokens": True}), "invalid_type", "usage.output_tokens"),
    ("parts of tokens", event(usage={"output_tokens": 1.5}), "invalid_type", "usage.output_tokens"),
    ("absurd tokens", event(usage={"input_tokens": 10**12}), "invalid_value", "usage.input_tokens"),
    ("tokens of 600 digits", event(usage={"input_tokens": 10**600}), "invalid_value", "usage.input_tokens"),
    (
        "parts that exceed",
        event(usage={"input_tokens": 1, "cache_read_tokens": 2}),
        "negative_leaf",
        "usage.input_tokens",
    ),
    ("an absurd cost", event(cost_usd=1e300), "invalid_value", "cost_usd"),
    ("a negative cost", event(cost_usd=-0.01), "invalid_value", "cost_usd"),
    ("NaN", event(cost_usd=float("nan")), "invalid_value", "cost_usd"),
    ("Infinity", event(duration_seconds=float("inf")), "invalid_value", "duration_seconds"),
    ("a negative duration", event(duration_seconds=-1), "invalid_value", "duration_seconds"),
    ("a duration of a year", event(duration_seconds=3.2e7), "invalid_value", "duration_seconds"),
    ("a wrong outcome", event(outcome="unsure"), "invalid_value", "outcome"),
    ("attempt 0", event(attempt=0), "invalid_value", "attempt"),
    ("final as text", event(final="yes"), "invalid_type", "final"),
    ("a secret as model", event(model=SECRET), "looks_like_secret", "model"),
    ("a secret as source_key", event(source_key=SECRET), "looks_like_secret", "source_key"),
    ("a secret beside another fault", event(outcome=5, model=SECRET), "looks_like_secret", "model"),
    ("quotes in a name", event(department='a"b'), "invalid_value", "department"),
    ("half a surrogate pair", event(department="\ud800"), "invalid_value", "department"),
    ("five dimensions", event(custom=list("abcde")), "invalid_value", "custom"),
]


@pytest.mark.parametrize(("bad", "reason", "field"), [c[1:] for c in BAD], ids=[c[0] for c in BAD])
def test_a_bad_event_is_refused_by_itself(bad: Any, reason: str, field: str) -> None:
    """It gets its reason and field, in its place, and the events around it are admitted."""
    admitted = admit([event(event_id="before"), bad, event(event_id="after")])
    assert [(r.index, r.reason, r.field) for r in admitted.refused] == [(1, reason, field)]
    wanted = [event_hash("events", name) for name in ("before", "after")]
    assert [record.event for record in admitted.records] == wanted


@pytest.mark.parametrize("bad", [c[1] for c in BAD if isinstance(c[1], dict)])
def test_a_refusal_never_repeats_what_was_sent(bad: dict[str, Any]) -> None:
    """Messages go to logs and screens: they name field and mend, no value."""
    (refused,) = admit(bad).refused
    for value in bad.values():
        if isinstance(value, str) and len(value) > 4 and value != event().get("model"):
            assert value not in refused.message


def test_a_field_that_a_source_made_up_is_not_repeated_when_it_is_no_word() -> None:
    """A prompt or a secret sent as a key is not named."""
    for key in ("How do I tell my landlord", SECRET, "x" * 200):
        (refused,) = admit(event(**{key: 1})).refused
        assert (refused.reason, refused.field) == ("unknown_field", "?")
        assert key not in refused.message


def test_a_key_that_stands_twice_is_refused() -> None:
    """Which of two values is meant cannot be known; the neighbour is kept."""
    twice = json.dumps(event()).replace('"model"', '"model" : "gpt-4", "model"')
    admitted = admit(f"[{twice},{json.dumps(event(event_id='good'))}]".encode())
    assert [(r.index, r.reason) for r in admitted.refused] == [(0, "invalid_json")]
    assert len(admitted.records) == 1


def test_colons_in_values_are_no_keys() -> None:
    """Text with quotes and colons passes as what it is."""
    admitted = admit(event(attributes={"note": 'a ":" b', "time": ":"}))
    assert not admitted.refused
    assert len(admitted.records) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  ",
        b"{",
        b'[{"a": ',
        b"hello",
        b"\xff\xfe",
        b"[1,]",
        b"{} {}",
        b"[" * 100_000,
        b'{"a":1}x',
        b"\x00",
    ],
)
def test_what_is_not_json_is_refused_whole(raw: bytes) -> None:
    """400 with the mend; nothing of it is taken."""
    with pytest.raises(BodyRefused) as caught:
        admit(raw)
    assert (caught.value.status, caught.value.reason) == (400, "invalid_json")


def test_an_empty_array_holds_nothing() -> None:
    """No event, no refusal."""
    admitted = admit(b" [ ] ")
    assert (admitted.records, admitted.refused) == ([], [])


def test_too_many_events_are_refused_whole() -> None:
    """413; also where they are so small that holding them would cost more than the body."""
    for raw in (b"[" + b"1," * 20_000 + b"1]", b"[" + b"1," * 1_500_000 + b"1]"):
        with pytest.raises(BodyRefused) as caught:
            admit(raw)
        assert (caught.value.status, caught.value.reason) == (413, "too_large")


def test_a_line_that_is_not_json_loses_no_other() -> None:
    """JSON lines: each by itself."""
    lines = [json.dumps(event(event_id="a")), '{"cut', "", json.dumps(event(event_id="b")), "null"]
    admitted = admit("\n".join(lines).encode(), "application/x-ndjson")
    assert [(r.index, r.reason) for r in admitted.refused] == [(1, "invalid_json"), (3, "null_event")]
    assert len(admitted.records) == 2
    with pytest.raises(BodyRefused):
        admit(b"no\njson\n", "application/x-ndjson")


def test_a_retry_has_the_same_identities_and_digests() -> None:
    """The same body counts once; another body, another place or another account counts for itself."""
    first, again = (admit([None, event(), None]) for _ in range(2))
    assert first == again
    assert len({r.digest for r in first.refused}) == 2
    other = admit([None, event(), None, event(event_id="x")])
    assert not {r.digest for r in first.refused} & {r.digest for r in other.refused}


def test_what_a_record_holds() -> None:
    """Leaves are disjoint, units are whole numbers, the person is a pseudonym, attributes are gone."""
    (record,) = admit(
        event(
            source="gateway",
            source_key="bot",
            response_id="resp_0123456789abcdef",
            user="ann@example.org",
            usage={"input_tokens": 100, "cache_read_tokens": 60, "output_tokens": 9},
            units={"web_searches": 2},
            cost_usd=0.1,
            duration_seconds=1.5,
            attempt=2,
            final=False,
            custom=["one"],
            region="eu-west-1",
        )
    ).records
    assert record.identity == request_hash("gateway", "e1", "resp_0123456789abcdef", cache_hit=False)
    assert record.leaves == {"input": 40, "input_cache_read": 60, "output": 9}
    assert record.units == {"web_searches": 2}
    assert (record.reported_nano_usd, record.duration_us, record.ttft_us) == (100_000_000, 1_500_000, None)
    assert (record.attempt, record.final, record.time_us) == (2, False, 1_769_860_800_000_000)
    assert record.person
    labels = dict(zip(LABELS, record.labels, strict=True))
    assert labels["department"] == labels["use_case"] == "unattributed"
    assert (labels["source_key"], labels["custom_1"], labels["custom_2"]) == ("bot", "one", "")
    assert (labels["environment"], labels["region"], labels["feature"]) == ("production", "eu-west-1", "")


@pytest.mark.parametrize("batch", [False, True])
def test_cloudevents_give_id_and_source(batch: bool) -> None:
    """Structured and batched: the envelope's id and source are the event's."""
    data = event(event_id=..., time=...)
    envelope = {
        "specversion": "1.0",
        "type": "t",
        "id": "c1",
        "source": "/gw",
        "time": "2026-01-31T12:00:00Z",
    }
    sent = {**envelope, "data": data}
    if batch:
        admitted = admit(
            [sent, {**envelope, "id": None, "data": data}, None], "application/cloudevents-batch+json"
        )
        assert [r.reason for r in admitted.refused] == ["missing_field", "null_event"]
    else:
        admitted = admit(sent, "application/cloudevents+json")
    assert [record.event for record in admitted.records] == [event_hash("/gw", "c1")]


def test_binary_cloudevents_have_their_id_in_the_headers() -> None:
    """And two bad ones that differ in their id alone count as two."""
    headers = {"ce_specversion": "1.0", "ce_source": "/gw%20a", "ce_type": "t"}
    (record,) = admit(event(event_id=...), ce_id="c1", **headers).records
    assert record.event == event_hash("/gw a", "c1")
    bad = [admit(event(model=...), ce_id=name, **headers).refused[0].digest for name in ("a", "b", "a")]
    assert bad[0] == bad[2] != bad[1]


def test_a_cloudevent_that_contradicts_itself_is_refused() -> None:
    """An event_id in data that differs from the envelope's id is ambiguous."""
    sent = {"specversion": "1.0", "type": "t", "id": "c1", "source": "gw", "data": event(event_id="other")}
    (refused,) = admit(sent, "application/cloudevents+json").refused
    assert (refused.reason, refused.field) == ("invalid_value", "event_id")


def test_a_note_names_fields_of_its_own_kind() -> None:
    """A refused outcome's note says which field is wrong, though no usage event has it."""
    assert kept_field("verdict", OutcomeEvent) == "verdict"
    assert kept_field("verdict", UsageEvent) == ""
    assert kept_field("request_ids.ann", TaskEvent) == "request_ids"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("usage.input_tokens", "usage.input_tokens"),
        ("units.web_searches", "units.web_searches"),
        ("attributes.ann", "attributes"),
        ("custom.2", "custom"),
        ("usage.ann", "usage"),
        ("model", "model"),
        ("ann", ""),
        ("", ""),
    ],
)
def test_a_note_names_fields_of_the_schema_alone(told: str, kept: str) -> None:
    """A key that a source made up may be a person's name: it is told to the source, and kept nowhere."""
    assert kept_field(told, UsageEvent) == kept
