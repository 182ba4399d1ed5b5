"""What the demo's source says of outputs and of pieces of work, and what must therefore stand. Pure.

It shares no code with the fold: of everything said of an output it keeps the latest, and counts at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

Fate = Literal["joined", "own", "waiting", "quarantined"]
Said = Mapping[str, str]  #: aspect -> value, as contract.judgements names them


class Labels(NamedTuple):
    """Of an output; as contract.names.SERIES_LABELS."""

    department: str
    use_case: str
    provider: str
    model: str


class Work(NamedTuple):
    """Of a piece of work; ``ai``: none, partly or wholly."""

    department: str
    use_case: str
    deliverable: str
    ai: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What must become of one outcome. ``outcome``: its number, the same when it is told twice; ``request``:
    number of the attempt whose output it judges. ``labels`` and ``said`` are empty unless it is counted.
    """

    outcome: int
    fate: Fate
    request: int = 0
    labels: Labels | None = None
    time_us: int = 0
    said: Said = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Worked:
    """One report of a piece of work. ``report`` numbers those of one task. ``work`` None: quarantined."""

    task: int
    report: int
    work: Work | None = None
    seconds: int = 0
    time_us: int = 0
    said: Said = field(default_factory=dict)


class Standing:
    """The latest of each aspect of one output or task; times of one thing never tie in the demo."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[int, str]] = {}

    def take(self, time_us: int, said: Said) -> None:
        for aspect, value in said.items():
            if aspect not in self._latest or self._latest[aspect][0] < time_us:
                self._latest[aspect] = (time_us, value)

    def values(self) -> Iterator[tuple[str, str]]:
        """What counts: a finding only if it is not earlier than the control that let the output pass."""
        control_us, control = self._latest.get("control", (0, ""))
        for aspect, (time_us, value) in self._latest.items():
            found = value != "none" and control == "passed" and time_us >= control_us
            if aspect != "finding" or found:
                yield aspect, value


class JudgedTotals(msgspec.Struct):
    """How many outputs, or tasks, of ``labels`` stand at ``value``."""

    labels: list[str]
    aspect: str
    value: str
    count: int


class OutcomesFile(msgspec.Struct):
    """``fates``: outcomes by what became of them; ``quarantined``: by source."""

    fates: dict[str, int]
    judged: list[JudgedTotals]
    quarantined: dict[str, int]


class TaskTotals(msgspec.Struct):
    """``tasks`` of ``labels``, and people's ``seconds`` on them."""

    labels: list[str]
    tasks: int
    seconds: int


class TasksFile(msgspec.Struct):
    """``reports``: all that were taken, a task's first ones included."""

    reports: int
    tasks: list[TaskTotals]
    judged: list[JudgedTotals]
    quarantined: dict[str, int]


@dataclass
class OutcomeBook:
    """Outcomes taken, each once."""

    quarantined: Counter[str] = field(default_factory=Counter)
    _taken: dict[int, Judged] = field(default_factory=dict)

    def take(self, judged: Judged, source: str) -> None:
        if judged.fate == "quarantined":
            self.quarantined[source] += 1
            return
        self._taken.setdefault(judged.outcome, judged)

    def to_file(self, sent: Container[int]) -> OutcomesFile:
        """``sent``: requests that were; the outcome of one that never was is left waiting."""
        fates: Counter[str] = Counter()
        standing: Counter[tuple[Labels, str, str]] = Counter()
        outputs: dict[tuple[int, Labels], Standing] = {}
        for judged in self._taken.values():
            waits = judged.fate == "joined" and judged.request not in sent
            fates["waiting" if waits else judged.fate] += 1
            if waits or judged.labels is None:
                continue
            if judged.fate == "joined":
                output = outputs.setdefault((judged.request, judged.labels), Standing())
                output.take(judged.time_us, judged.said)
            else:
                standing.update((judged.labels, *said) for said in judged.said.items())
        for (_, labels), output in outputs.items():
            standing.update((labels, *said) for said in output.values())
        return OutcomesFile(dict(fates), _totals(standing), dict(self.quarantined))


@dataclass
class TaskBook:
    """Reports of pieces of work, each once."""

    quarantined: Counter[str] = field(default_factory=Counter)
    _reports: set[tuple[int, int]] = field(default_factory=set)
    _tasks: dict[int, tuple[Work, int, Standing]] = field(default_factory=dict)

    def take(self, worked: Worked, source: str) -> None:
        if worked.work is None:
            self.quarantined[source] += 1
            return
        if (worked.task, worked.report) in self._reports:
            return
        self._reports.add((worked.task, worked.report))
        task = self._tasks.setdefault(worked.task, (worked.work, worked.seconds, Standing()))
        task[2].take(worked.time_us, worked.said)

    def to_file(self) -> TasksFile:
        count: Counter[Work] = Counter()
        seconds: Counter[Work] = Counter()
        standing: Counter[tuple[Work, str, str]] = Counter()
        for work, spent, judged in self._tasks.values():
            count[work] += 1
            seconds[work] += spent
            standing.update((work, *said) for said in judged.values())
        tasks = [TaskTotals(list(work), count[work], seconds[work]) for work in sorted(count)]
        return TasksFile(len(self._reports), tasks, _totals(standing), dict(self.quarantined))


def _totals(
    standing: Mapping[tuple[Labels, str, str], int] | Mapping[tuple[Work, str, str], int],
) -> list[JudgedTotals]:
    return [
        JudgedTotals(list(labels), aspect, value, count)
        for (labels, aspect, value), count in sorted(standing.items())
    ]
