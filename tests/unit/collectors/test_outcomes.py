"""Outcomes: which request they name, which labels they have, and what is refused with field and mend."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from msgspec.structs import astuple

from collectors._sdk.attribution import Attribution
from collectors._sdk.kind import AliasSwitches
from collectors._sdk.tokens import Caller
from collectors.outcomes.receiver import RECEIVER
from stream.contract.identity import event_hash, outcome_hash, request_hash, trace_hash
from stream.contract.judgements import CONTROLS, FINDINGS, RULES, SELECTIONS, VERDICTS
from stream.contract.names import LABELS
from stream.contract.records import Outcome
from tests.unit.collectors.samples import ANSWER, SECRET, admit, edge, event, outcome

TRACE = "5b8efff798038103d269b633813fc60c"
OWN = {"response_id": ..., "department": "sales", "use_case": "quotes"}


def made(**fields: Any) -> Outcome:
    admitted = admit(outcome(**fields), receiver=RECEIVER)
    assert not admitted.refused, admitted.refused
    (record,) = admitted.records
    assert isinstance(record, Outcome)
    return record


@pytest.mark.parametrize(
    ("ids", "target"),
    [
        ({"response_id": ANSWER}, request_hash("", "", ANSWER, cache_hit=False)),
        ({"response_id": ANSWER, "request_event_id": "e1"}, request_hash("", "", ANSWER, cache_hit=False)),
        ({"response_id": "7", "request_event_id": "e1", "trace_id": TRACE}, event_hash("events", "e1")),
        ({"response_id": "7", "trace_id": TRACE}, trace_hash(TRACE)),
        ({"response_id": ..., "trace_id": TRACE}, trace_hash(TRACE)),
        ({"response_id": ..., "request_event_id": "e1", "source": "desk"}, event_hash("desk", "e1")),
        (
            {"response_id": ..., "request_event_id": "e1", "source": "desk", "request_source": "gw"},
            event_hash("gw", "e1"),
        ),
    ],
)
def test_the_first_id_that_can_be_trusted_names_the_request(ids: dict[str, Any], target: int) -> None:
    """The answer's id, else the event's with its source, else the trace's."""
    assert made(**ids).target == target


@pytest.mark.parametrize("ids", list(itertools.product([ANSWER, "17", None], [TRACE, None])))
def test_every_id_of_a_usage_event_finds_it(ids: tuple[str | None, str | None]) -> None:
    """Whatever a usage event has of ids: an outcome that names any of them has its identity or an alias."""
    response_id, trace_id = ids
    (usage,) = admit(event(event_id="e1", response_id=response_id, trace_id=trace_id)).records
    known = {usage.identity, *usage.aliases}
    assert made(response_id=..., request_event_id="e1").target in known
    if trace_id is not None:
        assert made(response_id=..., trace_id=trace_id).target in known
    if response_id == ANSWER:
        assert made(response_id=response_id).target == usage.identity
    assert len(known) == 1 + len(usage.aliases), "an alias that is the identity tells nothing"


def test_aliases_can_be_switched_off() -> None:
    """Each by itself."""
    sent = event(event_id="e1", response_id=ANSWER, trace_id=TRACE)
    found = {
        (by_event, by_trace): admit(sent, at=edge(aliases=AliasSwitches(by_event, by_trace)))
        .records[0]
        .aliases
        for by_event in (False, True)
        for by_trace in (False, True)
    }
    by_event, by_trace = event_hash("events", "e1"), trace_hash(TRACE)
    assert found == {
        (False, False): (),
        (True, False): (by_event,),
        (False, True): (by_trace,),
        (True, True): (by_event, by_trace),
    }


def test_a_trace_means_the_last_attempt_of_a_request() -> None:
    """An attempt that failed gave no output that could be judged, whenever it is reported."""
    sent = [
        event(event_id="a1", trace_id=TRACE, final=False),
        event(event_id="a2", trace_id=TRACE, attempt=2),
    ]
    assert [record.aliases for record in admit(sent).records] == [(), (trace_hash(TRACE),)]


def test_an_alias_names_identity_and_time_of_its_request() -> None:
    """And only of events that are admitted."""
    admitted = admit([event(response_id=ANSWER), event(event_id="plain"), event(response_id=ANSWER, model=7)])
    (record, _) = admitted.records
    assert [astuple(alias) for alias in admitted.aliases] == [(record.event, record.identity, record.time_us)]


def test_a_token_says_whose_outcomes_and_requests_these_are() -> None:
    """The token's source serves for the outcome's id and for the request's."""
    sent = outcome(response_id=..., request_event_id="e1")
    (record,) = admit(sent, receiver=RECEIVER, caller=Caller("team-a", "gw")).records
    assert (record.event, record.target) == (outcome_hash("gw", "o1"), event_hash("gw", "e1"))
    assert record.source_key == "team-a"
    (record,) = admit(sent | {"source_key": "bot"}, receiver=RECEIVER, caller=Caller("team-a")).records
    assert (record.event, record.source_key) == (outcome_hash("outcomes", "o1"), "bot")


def test_own_labels_stand_in_their_order() -> None:
    """Environment and source_key filled; the partition is then that of the outcome itself."""
    record = made(**OWN, feature="draft", model="gpt-4o", provider="openai", source_key="bot")
    found = dict(zip(LABELS, record.labels, strict=True))
    assert {name: value for name, value in found.items() if value} == {
        "department": "sales",
        "use_case": "quotes",
        "feature": "draft",
        "provider": "openai",
        "model": "gpt-4o",
        "environment": "production",
        "source_key": "bot",
    }
    assert record.target == record.event == outcome_hash("outcomes", "o1")
    assert made().labels == ()


def test_the_environment_of_the_installation_serves_where_none_is_said() -> None:
    """As for usage events: the default of a test installation must not become production."""
    at = edge(Attribution(defaults={"environment": "staging"}))
    found = [
        admit(outcome(**OWN, **said), receiver=RECEIVER, at=at).records[0].labels[LABELS.index("environment")]
        for said in ({}, {"environment": "production"})
    ]
    assert found == ["staging", "production"]


def test_every_word_of_the_contract_can_be_said() -> None:
    """And nothing said is nothing recorded."""
    assert [made(verdict=word).verdict for word in VERDICTS] == list(VERDICTS)
    assert [made(finding=word).finding for word in FINDINGS] == list(FINDINGS)
    assert [made(selection=word).selection for word in SELECTIONS] == list(SELECTIONS)
    assert [made(passed_control=word).control for word in (True, False)] == list(CONTROLS)
    assert [made(rules_met=word).compliance for word in (True, False)] == list(RULES)
    bare = made()
    assert (bare.control, bare.finding, bare.compliance, bare.selection) == ("", "", "", "unknown")


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"verdict": ...}, "invalid_value", "verdict"),
        ({"verdict": "fine"}, "invalid_value", "verdict"),
        ({"passed_control": "yes"}, "invalid_type", "passed_control"),
        ({"event_id": ...}, "missing_field", "event_id"),
        ({"time": "2100-01-01T00:00:00Z"}, "invalid_value", "time"),
        ({"response_id": ...}, "invalid_value", "response_id"),
        ({"response_id": "42"}, "invalid_value", "response_id"),
        ({"response_id": "a" * 40}, "invalid_value", "response_id"),
        ({"department": "sales"}, "invalid_value", "department"),
        ({"use_case": "quotes", "trace_id": TRACE}, "invalid_value", "use_case"),
        ({"response_id": ..., "department": "sales"}, "invalid_value", "use_case"),
        ({"response_id": ..., "use_case": "quotes"}, "invalid_value", "department"),
        ({"response_id": ..., "model": "gpt-4o"}, "invalid_value", "department"),
        ({**OWN, "finding": "error"}, "invalid_value", "finding"),
        ({**OWN, "finding": "error", "passed_control": False}, "invalid_value", "finding"),
        ({"model": SECRET}, "looks_like_secret", "model"),
        ({"answer": "Dear landlord"}, "unknown_field", "answer"),
    ],
)
def test_a_bad_outcome_is_refused_by_itself(fields: dict[str, Any], reason: str, field: str) -> None:
    """With reason, field and mend, and its neighbours are admitted."""
    sent = [outcome(event_id="before"), outcome(**fields), outcome(event_id="after")]
    admitted = admit(sent, receiver=RECEIVER)
    assert [(r.index, r.reason, r.field) for r in admitted.refused] == [(1, reason, field)]
    assert admitted.refused[0].message.startswith(f"{field}: ")
    assert [record.event for record in admitted.records] == [
        outcome_hash("outcomes", name) for name in ("before", "after")
    ]


@pytest.mark.parametrize("item", [None, 7, "text", [], True])
def test_only_objects_are_outcomes(item: object) -> None:
    """Whatever JSON can say; messages call it an outcome."""
    (refused,) = admit([item], receiver=RECEIVER).refused
    assert refused.reason in ("null_event", "invalid_type")
    assert "usage event" not in refused.message
