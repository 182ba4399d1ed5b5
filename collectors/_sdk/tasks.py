"""The kind of event that reports a piece of work, done with, partly or without AI. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from typing import Final

from collectors._sdk.kind import Edge, Kind, Route, Sender, Stamp
from collectors._sdk.outcomes import environment, judgement
from collectors._sdk.times import microseconds
from stream.contract.identity import report_hash, task_hash
from stream.contract.judgement_events import TaskEvent, task_json_schema
from stream.contract.records import Task, Tasks, encode_record
from stream.contract.rows import TASK_LABELS
from stream.contract.topics import TASKS

_SECONDS: Final = 60


def task_record(event: TaskEvent, sender: Sender, edge: Edge) -> Task:
    """``requests``: distinct ones, so that one that is named twice counts once."""
    source_key = event.source_key or sender.source_key
    task = task_hash(event.source or sender.source, event.task_id)
    time_us = microseconds(event.time)
    said = {
        "department": event.department,
        "use_case": event.use_case,
        "deliverable": event.deliverable or "",
        "ai": event.ai,
        "environment": environment(event, edge),
        "source_key": source_key,
    }
    return Task(
        task=task,
        event=report_hash(task, _report(event, time_us)),
        time_us=time_us,
        labels=tuple(said[label] for label in TASK_LABELS),
        seconds=None if event.minutes is None else _seconds(event.minutes),
        quantity=event.quantity,
        csat=event.csat,
        nps=event.nps,
        requests=len(set(event.request_ids)),
        **judgement(event),
    )


def _report(event: TaskEvent, time_us: int) -> str:
    """The report's own id, else all that it says: the same whether a default is written out or left out."""
    if event.event_id is not None:
        return f"id\x1f{event.event_id}"
    said = event.model_dump_json(exclude={"task_id", "event_id", "time", "source"}, exclude_defaults=True)
    return f"said\x1f{time_us}\x1f{said}"


def _seconds(minutes: float) -> int:
    """Whole seconds of the decimal that was sent, half a second rounded up."""
    return int((Decimal(repr(minutes)) * _SECONDS).to_integral_value(ROUND_HALF_UP))


def _encode(tasks: Sequence[Task], stamp: Stamp) -> bytes:
    return encode_record(Tasks(stamp.accepted_us, list(tasks)))


TASK: Final = Kind[TaskEvent, Task](
    noun="task",
    model=TaskEvent,
    stored=Task,
    schema=task_json_schema,
    schema_path="/v1/tasks/schema",
    record=task_record,
    route=Route(TASKS, attrgetter("task"), _encode),
)
