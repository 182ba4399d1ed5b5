"""What the figures of tasks must be: by definition, report by report, over all that was sent before.

Shares no code with the fold: no table, no state of a judgement, nothing is ever forgotten.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from stream.contract.records import Task, Tasks, encode_record
from stream.contract.rows import TASK, TASK_JUDGEMENT

HOUR = 3_600_000_000
DAY = 24 * HOUR


@dataclass(frozen=True)
class Report:
    """One report of a task as a source sends it."""

    task: int
    event: int
    time_us: int
    department: str = "sales"
    source: str = "desk"
    seconds: int | None = None
    csat: int | None = None
    verdict: str = ""
    control: str = ""
    finding: str = ""
    selection: str = "unknown"


def encode(reports: list[Report], now_us: int) -> bytes:
    tasks = [
        Task(
            report.task,
            report.event,
            report.time_us,
            (report.department, "uc", "", "wholly", "production", report.source),
            seconds=report.seconds,
            csat=report.csat,
            verdict=report.verdict,
            control=report.control,
            finding=report.finding,
            selection=report.selection,
        )
        for report in reports
    ]
    return encode_record(Tasks(now_us, tasks))


@dataclass(frozen=True)
class Timely:
    report: Report
    labels: tuple[str, ...]  #: bounded


class TasksOracle:
    def __init__(self, window_days: int) -> None:
        self.window_days = window_days
        self.counts: Counter[Any] = Counter()
        self.refused: Counter[Any] = Counter()
        self._day = -1
        self._departments: list[str] = []
        self._timely: list[Timely] = []
        self._refusals: list[tuple[int, int, int]] = []  #: task, event, arrival day
        self._of_first: dict[int, list[Timely]] = {}  #: task -> its first report and those that count after

    def record(self, reports: list[Report], timestamp_ms: int) -> None:
        self._day = max(self._day, timestamp_ms // 86_400_000)
        now_us = max(timestamp_ms * 1000, self._day * DAY)
        bounded = [self._bounded(report) for report in reports]
        late = [report.time_us < now_us - self.window_days * DAY for report in reports]
        early = [report.time_us > now_us + 600_000_000 for report in reports]
        for i, report in enumerate(reports):
            if late[i] or early[i]:
                self._refuse(report, "too_old" if late[i] else "too_early")
        for i, report in enumerate(reports):
            if not (late[i] or early[i]):
                self._take(Timely(report, bounded[i]))

    def _bounded(self, report: Report) -> tuple[str, ...]:
        if report.department not in self._departments and len(self._departments) < 2:
            self._departments.append(report.department)
        department = report.department if report.department in self._departments else "other"
        return department, "uc", "", "wholly", "production", report.source

    @property
    def _oldest(self) -> int:
        return self._day - self.window_days - 1

    def _recent(self, timely: Timely) -> bool:
        return timely.report.time_us // DAY >= self._oldest

    def _refuse(self, report: Report, reason: str) -> None:
        same = [day for task, event, day in self._refusals if (task, event) == (report.task, report.event)]
        self._refusals.append((report.task, report.event, self._day))
        if not any(day >= self._oldest for day in same):
            self.refused[report.source, reason] += 1

    def _take(self, timely: Timely) -> None:
        report = timely.report
        known = [t for t in self._timely if t.report.task == report.task and self._recent(t)]
        self._timely.append(timely)
        if not known:
            self._of_first[report.task] = [timely]
            self._add(timely, tasks=1, quantity=1)
            self._settle(report.task, [])
            return
        first = self._of_first[report.task][0]
        held = self._recent(first)
        if any(t.report.event == report.event for t in known):
            self._add(first if held else timely, redelivered=1)
        elif not held:
            self._refuse(report, "too_old")
        else:
            before = list(self._of_first[report.task])
            self._of_first[report.task].append(timely)
            known_seconds = self._figure(before, "seconds")
            differs = first.report.department != report.department or (
                None not in (known_seconds, report.seconds) and known_seconds != report.seconds
            )
            self._add(first, duplicates=1, conflicts=int(differs))
            self._settle(report.task, before)

    def _settle(self, task: int, before: list[Timely]) -> None:
        """Count by how much the figures of all reports differ from those of the reports before the last."""
        after = self._of_first[task]
        first = after[0]
        seconds, csat = self._figure(after, "seconds"), self._figure(after, "csat")
        if seconds is not None and self._figure(before, "seconds") is None:
            self._add(first, tasks_timed=1, seconds=seconds)
        if csat is not None and self._figure(before, "csat") is None:
            self._add(first, csat_answers=1, csat_satisfied=int(csat in (4, 5)))
        was, now = _stands(before), _stands(after)
        for aspect in now:
            if was.get(aspect, "") != now[aspect]:
                selection = next(t.report.selection for t in after if getattr(t.report, aspect))
                labels = (*first.labels, aspect, was.get(aspect, ""), now[aspect], selection)
                self.counts[TASK_JUDGEMENT, first.report.time_us // HOUR, labels, "events"] += 1

    def _figure(self, reports: list[Timely], name: str) -> int | None:
        return next((v for t in reports if (v := getattr(t.report, name)) is not None), None)

    def _add(self, at: Timely, **amounts: int) -> None:
        for measure, amount in amounts.items():
            if amount:
                self.counts[TASK, at.report.time_us // HOUR, at.labels, measure] += amount


def _stands(reports: list[Timely]) -> dict[str, str]:
    """aspect -> what stands, by the words of contract.judgements; "" where a finding does not count."""
    latest: dict[str, Report] = {}
    for aspect in ("verdict", "control", "finding"):
        said = [t.report for t in reports if getattr(t.report, aspect)]
        if said:
            newest = max(report.time_us for report in said)
            latest[aspect] = min((r for r in said if r.time_us == newest), key=lambda r: r.event)
    stands = {aspect: str(getattr(report, aspect)) for aspect, report in latest.items()}
    if "finding" in stands:
        control = latest.get("control")
        passed = control is not None and control.control == "passed"
        if not passed or latest["finding"].time_us < control.time_us or stands["finding"] == "none":  # type: ignore[union-attr]
            stands["finding"] = ""
    return stands
