"""How many people are active, by sets of them: one set per as-of day, scope and window. Nothing is forgotten.

Shares no code with the fold: no bit masks, no distances, no bookkeeping of days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from stream.contract.frame import unpack
from stream.contract.records import Activities, decode_body, encode_record
from stream.contract.rows import PEOPLE

WINDOWS = (1, 7, 28)


@dataclass(frozen=True)
class Activity:
    """A person's activity on a day. ``previous``: the former pseudonym, 0: none. ``population``: 0 unknown,
    1 member, 2 outside.
    """

    person: int
    day: int
    department: str = "sales"
    use_case: str = "chat"
    population: int = 1
    previous: int = 0


def encode(activities: list[Activity], now_us: int) -> bytes:
    pairs = sorted({(a.department, a.use_case) for a in activities})
    return encode_record(
        Activities(
            now_us,
            np.array([a.person for a in activities], "<u8").tobytes(),
            np.array([a.previous for a in activities], "<u8").tobytes(),
            np.array([a.day for a in activities], "<i4").tobytes(),
            np.array([a.population for a in activities], "u1").tobytes(),
            np.array([pairs.index((a.department, a.use_case)) for a in activities], "<u4").tobytes(),
            pairs,
        )
    )


def decode(value: bytes) -> set[tuple[int, int, int]]:
    """(person, previous, day) of each activity of a record."""
    body = decode_body(unpack(value).body, Activities)
    person, previous = np.frombuffer(body.person, "<u8"), np.frombuffer(body.previous, "<u8")
    return set(zip(person.tolist(), previous.tolist(), np.frombuffer(body.day, "<i4").tolist(), strict=True))


class PeopleOracle:
    """``own``, ``partitions``: the partition the log is, and how many there are. ``sent_on``: (person,
    pseudonym to count under, day) of what is counted in another partition.
    """

    def __init__(self, window_days: int, own: int = 0, partitions: int = 1) -> None:
        self.window_days, self.own, self.partitions = window_days, own, partitions
        self.counts: Counter[Any] = Counter()
        self.refused: Counter[Any] = Counter()
        self.sent_on: set[tuple[int, int, int]] = set()
        self._active: defaultdict[tuple[int, str, str, int], set[int]] = defaultdict(set)
        self._day = -1
        self._departments: list[str] = []
        self._links: list[Activity] = []
        self._refusals: list[tuple[Activity, int]] = []

    def record(self, activities: list[Activity], timestamp_ms: int) -> None:
        self._day = max(self._day, timestamp_ms // 86_400_000)
        for department in [pair[0] for pair in sorted({(a.department, a.use_case) for a in activities})]:
            if department not in self._departments and len(self._departments) < 2:
                self._departments.append(department)
        for activity in activities:
            if activity.day < self._day - self.window_days:
                self._refuse(activity, "too_old")
            elif activity.day > self._day + 1:
                self._refuse(activity, "too_early")
            else:
                self._take(activity)

    def _refuse(self, activity: Activity, reason: str) -> None:
        def same(other: Activity) -> bool:
            names = ("person", "day", "department", "use_case")
            return all(getattr(other, name) == getattr(activity, name) for name in names)

        seen = any(same(a) and day >= self._day - self.window_days - 1 for a, day in self._refusals)
        self._refusals.append((activity, self._day))
        if not seen:
            self.refused["people", reason] += 1

    def _take(self, activity: Activity) -> None:
        home = activity.previous or activity.person
        if activity.person % self.partitions == self.own:
            if activity.previous:
                self._links.append(activity)
            home = self._home(activity)
            self._cover(activity, activity.person, count=home == activity.person)
        if home % self.partitions != self.own:
            self.sent_on.add((activity.person, home, activity.day))
        elif home != activity.person or activity.person % self.partitions != self.own:
            self._cover(activity, home, count=True)

    def _home(self, activity: Activity) -> int:
        if activity.previous:
            return activity.previous
        oldest = self._day - self.window_days - 1
        links = [a for a in self._links if a.person == activity.person and a.day >= oldest]
        return links[-1].previous if links else activity.person

    def _cover(self, activity: Activity, person: int, *, count: bool) -> None:
        """The person is active as of every day that this activity makes so."""
        department = activity.department if activity.department in self._departments else "other"
        for scope in (("", ""), (department, ""), ("", activity.use_case)):
            for window in WINDOWS:
                for as_of in range(activity.day, activity.day + window):
                    active = self._active[as_of, *scope, window]
                    if person not in active:
                        active.add(person)
                        if count:
                            self._count(as_of, (*scope, str(window)), activity.population)

    def _count(self, as_of: int, labels: tuple[str, ...], population: int) -> None:
        self.counts[PEOPLE, as_of * 24, labels, "people"] += 1
        if population == 2:
            self.counts[PEOPLE, as_of * 24, labels, "outside"] += 1
        elif population == 0:
            self.counts[PEOPLE, as_of * 24, labels, "unlisted"] += 1
