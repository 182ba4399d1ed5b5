"""Bodies of tasks and checks, decoded and not trusted: what is out of range quarantines its record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from stream.contract.columns import MAX_DURATION_US, MAX_LABEL, MalformedBatch
from stream.contract.frame import Frame
from stream.contract.judgements import CONTROLS, FINDINGS, RULES, SELECTIONS, VERDICTS
from stream.contract.records import MAX_SMALL, Check, Checks, Task, Tasks, decode_body
from stream.contract.rows import PROBE_LABELS, TASK_LABELS

_MAX_TIME_US: Final = 2**52  #: the year 2112
_MAX_AMOUNT: Final = 2**40  #: of seconds, quantities, tokens of one event: sums of int64 must not overflow
_WORDS: Final = tuple(
    (name, frozenset(words))
    for name, words in (
        ("verdict", ("", *VERDICTS)),
        ("control", ("", *CONTROLS)),
        ("finding", ("", *FINDINGS)),
        ("compliance", ("", *RULES)),
        ("selection", SELECTIONS),
    )
)
_T = TypeVar("_T", Task, Check)


def decode_tasks(frame: Frame) -> Tasks:
    """Raises MalformedBatch, msgspec.DecodeError."""
    body = decode_body(frame.body, Tasks)
    _check_count(body.tasks, frame.events)
    _check_time("accepted_us", body.accepted_us)
    for task in body.tasks:
        _check_hash("task", task.task)
        _check_common(task, TASK_LABELS)
        _check_amount("seconds", task.seconds or 0)
        _check_amount("quantity", task.quantity)
        _check_amount("requests", task.requests)
        _check_within("csat", task.csat, 1, 5)
        _check_within("nps", task.nps, 0, 10)
        for name, words in _WORDS:
            if getattr(task, name) not in words:
                raise MalformedBatch(f"{name}: a word that the contract does not have")
    return body


def decode_checks(frame: Frame) -> Checks:
    """Raises MalformedBatch, msgspec.DecodeError."""
    body = decode_body(frame.body, Checks)
    _check_count(body.checks, frame.events)
    _check_time("accepted_us", body.accepted_us)
    for check in body.checks:
        _check_common(check, PROBE_LABELS)
        _check_within("duration_us", check.duration_us, 0, MAX_DURATION_US)
        _check_amount("tokens", check.tokens)
    return body


def check_labels(labels: Iterable[tuple[str, ...]], expected: Sequence[str]) -> None:
    """Each tuple has one text of admissible length per name. Raises MalformedBatch."""
    for values in labels:
        if len(values) != len(expected):
            raise MalformedBatch(f"labels: {len(values)} values, {len(expected)} expected")
        if max(map(len, values)) > MAX_LABEL:
            raise MalformedBatch(f"labels: a value is longer than {MAX_LABEL} characters")


def _check_common(entry: _T, labels: Sequence[str]) -> None:
    _check_hash("event", entry.event)
    _check_time("time_us", entry.time_us)
    check_labels((entry.labels,), labels)


def _check_count(entries: Sequence[_T], expected: int) -> None:
    if len(entries) != expected or not 0 < expected <= MAX_SMALL:
        raise MalformedBatch(
            f"n: {len(entries)} in the body, {expected} in the frame, 1 to {MAX_SMALL} allowed"
        )


def _check_hash(name: str, value: int) -> None:
    if not 0 <= value < 2**64:
        raise MalformedBatch(f"{name}: {value} is no hash of 64 bits")


def _check_time(name: str, value: int) -> None:
    if not 0 <= value <= _MAX_TIME_US:
        raise MalformedBatch(f"{name}: {value} is no time")


def _check_amount(name: str, value: int) -> None:
    _check_within(name, value, 0, _MAX_AMOUNT)


def _check_within(name: str, value: int | None, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        raise MalformedBatch(f"{name}: {value} is outside {low} to {high}")
