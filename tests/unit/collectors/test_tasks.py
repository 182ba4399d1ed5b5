"""Tasks: one piece of work, its reports, and figures to the second."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors._sdk.attribution import Attribution
from collectors._sdk.tokens import Caller
from collectors.tasks.receiver import RECEIVER
from stream.contract.identity import task_hash
from stream.contract.records import Task
from stream.contract.rows import TASK_LABELS
from tests.unit.collectors.samples import SECRET, admit, edge, task


def made(**fields: Any) -> Task:
    admitted = admit(task(**fields), receiver=RECEIVER)
    assert not admitted.refused, admitted.refused
    (record,) = admitted.records
    assert isinstance(record, Task)
    return record


def test_a_task_in_full() -> None:
    """Every field has its place; of request ids only how many different ones there are."""
    record = made(
        source="desk",
        source_key="team-a",
        deliverable="ticket",
        quantity=3,
        minutes=7.5,
        csat=5,
        nps=0,
        request_ids=["a", "b", "a"],
        verdict="revised",
        passed_control=False,
        finding="none",
        rules_met=True,
        selection="random",
    )
    assert dict(zip(TASK_LABELS, record.labels, strict=True)) == {
        "department": "customer service",
        "use_case": "ticket replies",
        "deliverable": "ticket",
        "ai": "partly",
        "environment": "production",
        "source_key": "team-a",
    }
    assert (record.seconds, record.quantity, record.csat, record.nps, record.requests) == (450, 3, 5, 0, 2)
    judged = (record.verdict, record.control, record.finding, record.compliance, record.selection)
    assert judged == ("revised", "failed", "none", "met", "random")
    assert record.task == task_hash("desk", "t1")


def test_what_is_unknown_is_not_zero() -> None:
    """No minutes, no marks: none are made up."""
    record = made()
    assert (record.seconds, record.csat, record.nps, record.requests, record.quantity) == (
        None,
        None,
        None,
        0,
        1,
    )
    assert made(minutes=0).seconds == 0


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [(1, 60), (0.325, 20), (0.3249, 19), (0.0083, 0), (0.00834, 1), (1.675, 101), (1_000_000, 60_000_000)],
)
def test_half_a_second_is_rounded_up(minutes: float, seconds: int) -> None:
    """Of the decimal that was sent, not of its binary neighbour."""
    assert made(minutes=minutes).seconds == seconds


def test_a_report_is_told_by_its_id_or_by_its_content() -> None:
    """The same report sent again has the same hash; another content or id, or another task's, has not."""
    first = made()
    assert made(quantity=1, csat=None, request_ids=[], time="2026-01-31T13:30:00+01:00").event == first.event
    others = [
        made(csat=5),
        made(time="2026-01-31T12:30:01Z"),
        made(ai="wholly"),
        made(environment="staging"),
        made(source="desk"),
        made(task_id="t2"),
        made(event_id="a"),
        made(event_id="b"),
    ]
    assert len({first.event, *(other.event for other in others)}) == len(others) + 1
    assert made(event_id="a", csat=5).event == made(event_id="a", csat=1).event
    assert all(other.event != other.task for other in [first, *others])


def test_the_hash_of_a_report_never_changes() -> None:
    """Part of the contract: a report sent again after an upgrade that brings fields still counts once."""
    assert (made().task, made().event) == (8_309_454_662_496_172_789, 268_878_211_986_167_950)


@given(st.permutations(list(task(csat=4, minutes=3.5, verdict="rejected").items())))
def test_the_order_of_fields_tells_nothing(fields: list[tuple[str, Any]]) -> None:
    """JSON objects have none."""
    assert made(**dict(fields)).event == made(csat=4, minutes=3.5, verdict="rejected").event


def test_token_and_defaults_serve_where_a_task_says_nothing() -> None:
    """Source, source_key, and the installation's environment."""
    at = edge(Attribution(defaults={"environment": "staging"}))
    (record,) = admit(task(), receiver=RECEIVER, at=at, caller=Caller("team-a", "desk")).records
    assert record.task == task_hash("desk", "t1")
    assert record.labels[-2:] == ("staging", "team-a")


def test_lines_are_tasks_by_themselves() -> None:
    """JSON lines: a bad one takes no other with it."""
    lines = [json.dumps(task(task_id="a")), "{", json.dumps(task(task_id="b"))]
    admitted = admit("\n".join(lines).encode(), "application/x-ndjson", RECEIVER)
    assert [record.task for record in admitted.records] == [task_hash("tasks", n) for n in "ab"]
    assert [(r.index, r.reason) for r in admitted.refused] == [(1, "invalid_json")]


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"task_id": ...}, "missing_field", "task_id"),
        ({"ai": ...}, "missing_field", "ai"),
        ({"ai": "a lot"}, "invalid_value", "ai"),
        ({"minutes": -1}, "invalid_value", "minutes"),
        ({"minutes": "7"}, "invalid_type", "minutes"),
        ({"csat": 6}, "invalid_value", "csat"),
        ({"nps": 9.5}, "invalid_type", "nps"),
        ({"quantity": True}, "invalid_type", "quantity"),
        ({"department": SECRET}, "looks_like_secret", "department"),
        ({"request_ids": ["a b"]}, "invalid_value", "request_ids.0"),
        ({"model": "gpt-4o"}, "unknown_field", "model"),
    ],
)
def test_a_bad_task_is_refused_by_itself(fields: dict[str, Any], reason: str, field: str) -> None:
    """With reason, field and mend, and its neighbours are admitted."""
    admitted = admit([task(task_id="before"), task(**fields), task(task_id="after")], receiver=RECEIVER)
    assert [(r.index, r.reason, r.field) for r in admitted.refused] == [(1, reason, field)]
    assert [record.task for record in admitted.records] == [
        task_hash("tasks", name) for name in ("before", "after")
    ]
