"""Outcomes and tasks of a demo: what the source says of them held against what the ledger does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

Labels = tuple[str, ...]
Judged = Mapping[tuple[Labels, str, str], int]  #: (labels, aspect, value) -> how many stand there
#: What became of an outcome that was accepted; of the waiting ones the ledger may have given some up.
FATES: Final = ("joined", "own", "waiting", "unjoined")


class JudgedTotals(msgspec.Struct):
    """As the source's account file has it."""

    labels: list[str]
    aspect: str
    value: str
    count: int


class TaskTotals(msgspec.Struct):
    labels: list[str]
    tasks: int
    seconds: int


class SourceOutcomes(msgspec.Struct):
    """``fates``: outcomes by what must become of them; ``quarantined``: by source."""

    fates: dict[str, int] = {}
    judged: list[JudgedTotals] = []
    quarantined: dict[str, int] = {}


class SourceTasks(msgspec.Struct):
    """``reports``: all that must be counted, a task's first ones included."""

    reports: int = 0
    tasks: list[TaskTotals] = []
    judged: list[JudgedTotals] = []
    quarantined: dict[str, int] = {}


@dataclass(frozen=True)
class HeldOutcomes:
    """As the ledger has it. ``fates``: of FATES, how many outcomes stand there."""

    fates: Mapping[str, int] = field(default_factory=dict)
    judged: Judged = field(default_factory=dict)

    def words(self, quarantined: int) -> str:
        """Part of the demo's last line."""
        found = " ".join(f"outcomes_{fate}={self.fates.get(fate, 0)}" for fate in FATES)
        sent = sum(self.fates.values()) + quarantined
        return f"outcomes_sent={sent} {found} outcomes_quarantined={quarantined}"


@dataclass(frozen=True)
class HeldTasks:
    """``tasks``: labels -> (tasks, seconds); ``reports``: first ones and further ones."""

    reports: int = 0
    tasks: Mapping[Labels, tuple[int, int]] = field(default_factory=dict)
    judged: Judged = field(default_factory=dict)

    def words(self, quarantined: int) -> str:
        """Part of the demo's last line."""
        tasks = sum(count for count, _ in self.tasks.values())
        again = self.reports - tasks
        return (
            f"task_reports_sent={self.reports + quarantined} tasks={tasks} task_reports_more={again}"
            f" task_reports_quarantined={quarantined}"
        )


def outcome_differences(source: SourceOutcomes, held: HeldOutcomes) -> Iterable[str]:
    """Where the two disagree, in words."""
    for fate in FATES:
        yield from compare(f"outcomes {fate}", source.fates.get(fate, 0), held.fates.get(fate, 0))
    yield from _judged("outputs", source.judged, held.judged)


def task_differences(source: SourceTasks, held: HeldTasks) -> Iterable[str]:
    """Where the two disagree, in words."""
    yield from compare("task reports", source.reports, held.reports)
    wanted = {tuple(one.labels): (one.tasks, one.seconds) for one in source.tasks}
    for labels in sorted(wanted.keys() | held.tasks.keys()):
        sent, found = wanted.get(labels, (0, 0)), held.tasks.get(labels, (0, 0))
        yield from compare(f"{' / '.join(labels)}: tasks", sent[0], found[0])
        yield from compare(f"{' / '.join(labels)}: seconds", sent[1], found[1])
    yield from _judged("tasks", source.judged, held.judged)


def _judged(what: str, source: Iterable[JudgedTotals], held: Judged) -> Iterable[str]:
    wanted = {(tuple(one.labels), one.aspect, one.value): one.count for one in source}
    for key in sorted(wanted.keys() | held.keys()):
        labels, aspect, value = key
        name = f"{' / '.join(labels)}: {what} with {aspect} {value}"
        yield from compare(name, wanted.get(key, 0), held.get(key, 0))


def compare(what: str, wanted: int, held: int) -> list[str]:
    return [] if wanted == held else [f"{what}: {wanted} sent, {held} held"]
