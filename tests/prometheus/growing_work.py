"""Judgements, deliveries, tasks and probes of a ledger that grows: never fewer, first-seen times kept."""

from __future__ import annotations

from typing import Final, TypedDict

import numpy as np

from stream.contract.rows import OUTCOME, PROBE_MEASURES, TASK_JUDGEMENT, TASK_MEASURES
from stream.ledger.figures import Held, Wide

Labels = tuple[str, ...]
_STEPS: Final = (
    ("verdict", "", "used_as_is"),
    ("verdict", "", "rejected"),
    ("verdict", "used_as_is", "rejected"),
    ("control", "", "passed"),
    ("finding", "", "error"),
    ("finding", "error", ""),
    ("compliance", "", "met"),
)
_DELIVERIES: Final = (("crm", "", "joined"), ("crm", "", "waiting"), ("crm", "waiting", "joined"))


class Parts(TypedDict):
    """Fields of a View."""

    transitions: dict[int, dict[Labels, Held]]
    deliveries: dict[Labels, Held]
    tasks: Wide
    probes: Wide


class GrowingWork:
    """``grow`` is one commit."""

    def __init__(self, draw: np.random.Generator) -> None:
        self._draw = draw
        self._counts: dict[str, dict[Labels, Held]] = {"outputs": {}, "tasks": {}, "deliveries": {}}
        self._wide = {
            "tasks": _GrowingWide(draw, len(TASK_MEASURES)),
            "probes": _GrowingWide(draw, len(PROBE_MEASURES)),
        }

    def grow(self, now_us: int) -> None:
        number = int(self._draw.integers(5))
        environment = "staging" if number == 3 else "production"
        department, step = f"department {number}", _STEPS[self._draw.integers(len(_STEPS))]
        self._add("outputs", (environment, department, "answers", "openai", "gpt-4o", *step), now_us)
        self._add("tasks", (environment, department, "answers", "letter", "partly", *step), now_us)
        self._add("deliveries", _DELIVERIES[self._draw.integers(len(_DELIVERIES))], now_us)
        self._wide["tasks"].grow((environment, department, "answers", "letter", "wholly"), now_us)
        target = (
            f"https://{number % 2}.example"  # the same probe, moved: no label of the family tells them apart
        )
        self._wide["probes"].grow((f"probe {number // 2}", "http", target, "", "", "eu", "success"), now_us)

    def parts(self) -> Parts:
        """Fields of a View."""
        counts = {name: dict(found) for name, found in self._counts.items()}
        return {
            "transitions": {OUTCOME: counts["outputs"], TASK_JUDGEMENT: counts["tasks"]},
            "deliveries": counts["deliveries"],
            "tasks": self._wide["tasks"].wide(),
            "probes": self._wide["probes"].wide(),
        }

    def _add(self, name: str, labels: Labels, now_us: int) -> None:
        held = self._counts[name].get(labels, Held(0, now_us))
        self._counts[name][labels] = held._replace(events=held.events + int(self._draw.integers(1, 1000)))


class _GrowingWide:
    def __init__(self, draw: np.random.Generator, width: int) -> None:
        self._draw, self._labels = draw, list[Labels]()
        self._values = np.zeros((0, width), np.int64)
        self._seen = np.zeros((0, width), np.int64)

    def grow(self, labels: Labels, now_us: int) -> None:
        width = self._values.shape[1]
        if labels not in self._labels:
            self._labels.append(labels)
            self._values = np.vstack([self._values, np.zeros((1, width), np.int64)])
            self._seen = np.vstack([self._seen, np.zeros((1, width), np.int64)])
        row = self._labels.index(labels)
        self._values = self._values.copy()
        self._values[row] += self._draw.integers(0, 1000, width) * (self._draw.random(width) < 0.5)
        self._seen = np.where((self._seen == 0) & (self._values > 0), now_us, self._seen)

    def wide(self) -> Wide:
        return Wide(tuple(self._labels), self._values, self._seen)
