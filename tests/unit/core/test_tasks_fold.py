"""Tasks: what a further report of a piece of work may bring, and what says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from stream.contract.frame import Kind, pack
from stream.contract.records import Task, Tasks, encode_record
from stream.contract.rows import REFUSAL, TASK, TASK_JUDGEMENT
from stream.contract.topics import TASKS_LOG
from stream.core.tasks_fold import TasksState
from tests.unit.core.folding import DAY, HOUR, NOW_US, Folding

LABELS = ("care", "answers", "ticket", "wholly", "production", "desk")


def task(event: int, **fields: Any) -> bytes:
    return encode_record(Tasks(NOW_US, [Task(1, event, **{"time_us": NOW_US, "labels": LABELS, **fields})]))


def fold(*values: bytes) -> Folding:
    folding = Folding(TasksState, TASKS_LOG.window_days or 0)
    for value in values:
        folding.take(value)
    return folding


def measures(folding: Folding) -> dict[str, int]:
    return {key[3]: amount for key, amount in folding.rows.items() if key[0] == TASK}


def test_a_customer_answers_later() -> None:
    """What is missing is brought once, at the row of the first report; what is known stands."""
    first, answer, other = task(1), task(2, csat=4, nps=9, seconds=60), task(3, csat=1, nps=0, seconds=60)
    assert measures(fold(first, answer, other)) == {
        "tasks": 1,
        "quantity": 1,
        "duplicates": 2,
        "seconds": 60,
        "tasks_timed": 1,
        "csat_answers": 1,
        "csat_satisfied": 1,
        "nps_answers": 1,
        "nps_promoters": 1,
    }


@pytest.mark.parametrize(
    ("fields", "conflicts"),
    [
        ({}, 0),
        ({"seconds": None, "quantity": 1}, 0),
        ({"labels": ("care", "answers", "", "wholly", "production", "quality desk")}, 0),
        ({"labels": ("care", "answers", "ticket", "partly", "production", "desk")}, 1),
        ({"seconds": 61}, 1),
        ({"quantity": 4}, 1),
    ],
)
def test_what_is_left_out_is_no_conflict(fields: dict[str, Any], conflicts: int) -> None:
    """A further report that judges alone disagrees with nothing; one with other figures does, and the first
    report's stand.
    """
    found = measures(
        fold(task(1, seconds=60, quantity=3), task(2, **{"seconds": 60, "quantity": 3} | fields))
    )
    assert found.pop("conflicts", 0) == conflicts
    assert found == {"tasks": 1, "quantity": 3, "seconds": 60, "tasks_timed": 1, "duplicates": 1}


def test_a_later_judgement_lies_at_the_first_report() -> None:
    """Transitions have the hour and labels of the task's first report, whoever judges and when."""
    hour_us = 3_600_000_000
    folding = fold(task(1, time_us=NOW_US - 5 * hour_us), task(2, control="passed", selection="all"))
    folding.take(task(3, finding="error", selection="random", labels=(*LABELS[:5], "audit")))
    judged = {key[1:3]: amount for key, amount in folding.rows.items() if key[0] == TASK_JUDGEMENT}
    assert judged == {
        (HOUR - 5, (*LABELS, "control", "", "passed", "all")): 1,
        (HOUR - 5, (*LABELS, "finding", "", "error", "random")): 1,
    }


def test_the_event_id_of_another_task_is_another_report() -> None:
    """A source that numbers its reports per task loses none."""
    tasks = [Task(number, event, NOW_US, LABELS) for number, event in ((1, 7), (2, 8), (2, 7))]
    found = measures(fold(encode_record(Tasks(NOW_US, tasks))))
    assert found == {"tasks": 2, "quantity": 2, "duplicates": 1}


@pytest.mark.parametrize(
    ("days", "reason"), [(-90.1, "too_old"), (-89.9, None), (0.006, None), (0.008, "too_early")]
)
def test_the_window_is_the_logs(days: float, reason: str | None) -> None:
    """Reports up to 90 days back and 10 minutes ahead are admitted; what is refused counts once."""
    value = task(1, time_us=NOW_US + int(days * 86_400_000_000))
    folding = fold(value, value)
    refused = {key[2]: amount for key, amount in folding.rows.items() if key[0] == REFUSAL}
    assert refused == ({} if reason is None else {("desk", reason): 1})
    assert len(folding.written) == len(refused)


BAD: list[dict[str, Any]] = [
    {"task": -1},
    {"event": -(2**63)},
    {"time_us": -1},
    {"time_us": 2**60},
    {"labels": LABELS[:5]},
    {"labels": (*LABELS[:5], "x" * 151)},
    {"seconds": -1},
    {"quantity": 2**50},
    {"requests": -1},
    {"csat": 6},
    {"nps": 11},
    {"verdict": "splendid"},
    {"selection": ""},
]


@pytest.mark.parametrize("fields", BAD, ids="-".join)
def test_a_record_that_lies_is_quarantined_whole(fields: dict[str, Any]) -> None:
    """Nothing of a record with a value out of range is taken; it counts by its frame, once."""
    good = Task(1, 1, NOW_US, LABELS)
    known = {name: getattr(good, name) for name in good.__struct_fields__}
    bad = encode_record(Tasks(NOW_US, [good, Task(**(known | fields))]))
    folding = fold(bad, bad)
    assert folding.rows == {(REFUSAL, HOUR, ("unknown", "malformed_batch"), "events"): 2}
    folding.take(encode_record(Tasks(NOW_US, [good])))
    assert measures(folding) == {"tasks": 1, "quantity": 1}


def test_a_frame_that_counts_wrongly_is_quarantined() -> None:
    """The number of events in the frame is the number in the body."""
    body = encode_record(Tasks(NOW_US, [Task(1, 1, NOW_US, LABELS)]))[6:]
    folding = fold(pack(Kind.TASKS, 3, body))
    assert folding.rows == {(REFUSAL, HOUR, ("unknown", "malformed_batch"), "events"): 3}
    assert folding.state.history.day == DAY
