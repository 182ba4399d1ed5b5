"""The fold of llm.tasks.v1: pieces of work, each counted once, and how they are judged.

A task is known while one of its reports, admitted before, fell on a day at or after the horizon. Its first
report counts it, under its own labels and hour. Later reports may bring what is still missing, judge it, or
disagree; the first stands. They can do so only while the first report's day is at or after the horizon, so
that what they decide lies within the part of the log that is folded again (ARCHITECTURE.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from stream.contract.frame import Frame, Kind
from stream.contract.judgements import COMPLIANCE, CONTROL, FINDING, VERDICT
from stream.contract.names import US_PER_DAY, US_PER_HOUR
from stream.contract.records import Task
from stream.contract.rows import LIVE, TASK, TASK_JUDGEMENT, TASK_LABELS
from stream.core.effects import Effects
from stream.core.judgement import Judgement, apply
from stream.core.log_state import Bounded, LogState
from stream.core.moment import Moment
from stream.core.small_bodies import decode_tasks

_MIX: Final = 0x9E3779B97F4A7C15
_SOURCE: Final = TASK_LABELS.index("source_key")
_COMPARED: Final = tuple(i for i in range(len(TASK_LABELS)) if i != _SOURCE)


@dataclass(slots=True)
class _Known:
    """A task as its first report counted it: ``hour``, ``labels`` (bounded), ``raw`` (as reported), figures,
    None where no report has brought them; ``last_day``: newest day on which a report of it fell.
    """

    last_day: int
    hour: int
    labels: tuple[str, ...]
    raw: tuple[str, ...]
    seconds: int | None
    quantity: int
    csat: int | None
    nps: int | None
    judgement: Judgement | None = None


class TasksState(LogState[Bounded]):
    """What decides in one partition of the tasks log."""

    LABELS: ClassVar[Sequence[str]] = TASK_LABELS

    def _prepare(self) -> None:
        self._tasks: dict[int, _Known] = {}
        self._raw: dict[tuple[str, ...], tuple[str, ...]] = {}

    def _on_day(self, day: int) -> None:
        horizon = self.horizon
        self._tasks = {task: known for task, known in self._tasks.items() if known.last_day >= horizon}
        self._raw = {known.raw: known.raw for known in self._tasks.values()}

    def _fold_events(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        if frame.kind is not Kind.TASKS:
            return super()._fold_events(frame, moment, rows=rows)
        body = decode_tasks(frame)
        self.configuration(moment)
        self.accept(body.accepted_us)
        effects = Effects()
        # Of the whole record: which values are admitted must not depend on what is known, which a fold that
        # begins later learns later.
        ids, _ = self.labels.ids([task.labels for task in body.tasks], moment.offset)
        timely = [
            i
            for i, task in enumerate(body.tasks)
            if self.admit(effects, task.time_us, task.labels[_SOURCE], _report(task), moment)
        ]
        new = self._remember([body.tasks[i] for i in timely])
        for i, is_new in zip(timely, new.tolist(), strict=True):
            self._fold_task(body.tasks[i], self.labels.tuples[ids[i]], is_new, moment, effects)
        return effects

    def _remember(self, tasks: Sequence[Task]) -> NDArray[np.bool_]:
        """Which reports come for the first time (K,)."""
        reports = np.array([_report(task) for task in tasks], np.uint64)
        days = np.array([task.time_us // US_PER_DAY for task in tasks], np.int64)
        return self.table.remember(reports, days)[1]

    def _fold_task(
        self, task: Task, labels: tuple[str, ...], is_new: bool, moment: Moment, effects: Effects
    ) -> None:
        day, hour = task.time_us // US_PER_DAY, task.time_us // US_PER_HOUR
        known = self._tasks.get(task.task)
        if known is None:
            raw = self._raw.setdefault(task.labels, task.labels)
            known = _Known(day, hour, labels, raw, task.seconds, task.quantity, task.csat, task.nps)
            self._tasks[task.task] = known
            _count(known, task, effects)
            _judge(known, task, effects)
            return
        known.last_day = max(known.last_day, day)
        held = known.hour // 24 >= self.horizon
        if not is_new:
            at = (known.hour, known.labels) if held else (hour, labels)
            effects.add(TASK, *at, redelivered=1)
        elif not held:
            self.refuse(effects, task.labels[_SOURCE], "too_old", _report(task), moment)
        else:
            _count_again(known, task, effects)
            _judge(known, task, effects)


def _report(task: Task) -> int:
    """Key of one report: the same event id in reports of two tasks are two reports."""
    return task.event ^ (task.task * _MIX & 0xFFFF_FFFF_FFFF_FFFF)


def _count(known: _Known, task: Task, effects: Effects) -> None:
    effects.add(TASK, known.hour, known.labels, tasks=1, quantity=task.quantity, requests=task.requests)
    _bring(known, effects, task.seconds, task.csat, task.nps)


def _count_again(known: _Known, task: Task, effects: Effects) -> None:
    """A further report: it may bring what is missing, or disagree."""
    conflict = _differs(known, task)
    effects.add(TASK, known.hour, known.labels, duplicates=1, conflicts=int(conflict))
    seconds = task.seconds if known.seconds is None else None
    csat = task.csat if known.csat is None else None
    nps = task.nps if known.nps is None else None
    _bring(known, effects, seconds, csat, nps)
    known.seconds = seconds if known.seconds is None else known.seconds
    known.csat = csat if known.csat is None else known.csat
    known.nps = nps if known.nps is None else known.nps


def _bring(known: _Known, effects: Effects, seconds: int | None, csat: int | None, nps: int | None) -> None:
    """Count figures that are known now and were not before; None: nothing is brought."""
    if seconds is not None:
        effects.add(TASK, known.hour, known.labels, tasks_timed=1, seconds=seconds)
    if csat is not None:
        effects.add(TASK, known.hour, known.labels, csat_answers=1, csat_satisfied=int(csat >= 4))
    if nps is not None:
        promoter, detractor = int(nps >= 9), int(nps <= 6)
        effects.add(
            TASK, known.hour, known.labels, nps_answers=1, nps_promoters=promoter, nps_detractors=detractor
        )


def _differs(known: _Known, task: Task) -> bool:
    """Whether a further report disagrees with the first. What it leaves out ("" labels, no seconds, the
    quantity 1 that stands where none is given) says nothing; another source may report.
    """
    pairs = ((task.labels[i], known.raw[i]) for i in _COMPARED)
    labels = any(mine and first and mine != first for mine, first in pairs)
    seconds = None not in (task.seconds, known.seconds) and task.seconds != known.seconds
    return labels or seconds or task.quantity not in (1, known.quantity)


def _judge(known: _Known, task: Task, effects: Effects) -> None:
    if not (task.verdict or task.control or task.finding or task.compliance):
        return
    values = {
        VERDICT: task.verdict,
        CONTROL: task.control,
        FINDING: task.finding,
        COMPLIANCE: task.compliance,
    }
    known.judgement, found = apply(known.judgement, task.time_us, task.event, values, task.selection)
    for transition in found:
        effects.counts[(TASK_JUDGEMENT, LIVE, known.hour, (*known.labels, *transition))] += 1
