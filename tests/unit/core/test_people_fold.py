"""People: counted where their former pseudonym lives while keys rotate, and never twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.records import Activities, encode_record
from stream.contract.rows import PEOPLE, REFUSAL, WINDOWS
from stream.contract.topics import ACTIVITY_LOG, LOGS
from stream.core.history import refold_days
from stream.core.people_cells import FAR, ActiveDays
from stream.core.people_columns import People, encode_people
from stream.core.people_fold import PeopleState
from tests.unit.core.folding import DAY, HOUR, NOW_US, Folding

W = ACTIVITY_LOG.window_days or 0
PARTITIONS = 3


def activity(
    person: int,
    day: int,
    previous: int = 0,
    population: int = 1,
    labels: tuple[str, str] = ("care", "answers"),
) -> bytes:
    return encode_people(
        People(
            NOW_US,
            np.array([person], np.uint64),
            np.array([previous], np.uint64),
            np.array([day], np.int32),
            np.array([population], np.uint8),
            np.array([0], np.uint32),
            [labels],
        )
    )


class Logs:
    """All partitions of the log; what one writes into another comes there at once."""

    def __init__(self, partitions: int) -> None:
        self.partitions = [Folding(PeopleState, W, i, partitions) for i in range(partitions)]

    def take(self, person: int, day: int, previous: int, today: int) -> None:
        now_us = today * 86_400_000_000
        count = len(self.partitions)
        self.partitions[person % count].take(activity(person, day, previous), now_us)
        for partition in self.partitions:
            while partition.written:
                write = partition.written.pop()
                assert write.partition is not None and write.value is not None
                self.partitions[write.partition].take(write.value, now_us)

    @property
    def people(self) -> Counter[tuple[int, int]]:
        """People of the whole organisation, by (as-of day, window)."""
        found: Counter[tuple[int, int]] = Counter()
        for partition in self.partitions:
            for (kind, hour, labels, measure), amount in partition.rows.items():
                if kind == PEOPLE and labels[:2] == ("", "") and measure == "people":
                    found[hour // 24, int(labels[2])] += amount
        return found


@given(
    st.lists(
        st.tuples(st.integers(1, 2), st.sampled_from([0, 1, 5, 8, 80]), st.integers(0, 13)), max_size=12
    ),
    st.integers(1, 40),
    st.integers(0, 20),
)
def test_nobody_is_counted_twice_while_keys_rotate(
    steps: list[tuple[int, int, int]], lasts: int, begins: int
) -> None:
    """Before, during and after a rotation of any length, people are as many as they are, in
    every window, whatever partitions their two pseudonyms lie in.
    """
    logs, single, today = Logs(PARTITIONS), Logs(1), DAY
    active: dict[tuple[int, int], set[int]] = {}
    for person, gap, late in steps:
        today += gap
        day = today - late
        rotated, both = day >= DAY + begins, DAY + begins <= day < DAY + begins + lasts
        name = person * 7 + 100 if rotated else person
        for some in (logs, single):
            some.take(name, day, person if both else 0, today)
        for window in WINDOWS:
            for as_of in range(day, day + window):
                active.setdefault((as_of, window), set()).add(person)
    if all(linked_in_time(steps, person, begins, lasts) for person in (1, 2)):
        expected = {cell: len(people) for cell, people in active.items()}
        assert logs.people == expected
        assert single.people == expected


def linked_in_time(steps: list[tuple[int, int, int]], person: int, begins: int, lasts: int) -> bool:
    """Whether the log said that a person's two pseudonyms are one before the first activity under the new one
    alone, or had nothing to say: no such activity lies near one under the former.
    """
    today, former, new, linked = 0, [], [], False
    for someone, gap, late in steps:
        today += gap
        if someone == person:
            day = today - late
            if day >= begins + lasts:
                new.append(day)
            else:
                former.append(day)
                linked = linked or (day >= begins and not new)
    return linked or all(abs(one - other) >= FAR for one in former for other in new)


@given(st.lists(st.integers(0, 60), max_size=12))
def test_distances_are_those_to_the_nearest_days(days: list[int]) -> None:
    """The bit masks say how far the nearest active day before and after is, FAR where there is none near."""
    held = ActiveDays()
    known: set[int] = set()
    held.forget_before(DAY)
    masks = held.masks(("", ""))
    for day in days:
        back = min([day - other for other in known if other < day] + [FAR])
        ahead = min([other - day for other in known if other > day] + [FAR])
        assert held.add(masks, 1, DAY + day) == (None if day in known else (back, ahead))
        known.add(day)


def test_the_windows_of_the_contract_suffice() -> None:
    """What decides about the longest window lies within what is folded again: an activity W days late is
    decided upon by days FAR - 1 before it, which may have come a day ahead. And the logs are kept as long.
    """
    assert refold_days(W) >= W + FAR
    for log in LOGS[1:]:
        assert log.window_days is not None and log.kept_days >= refold_days(log.window_days) + 3


@pytest.mark.parametrize(("days", "reason"), [(-W - 1, "too_old"), (-W, None), (1, None), (2, "too_early")])
def test_the_window_is_the_logs(days: int, reason: str | None) -> None:
    """Days up to the window back, and tomorrow's (the installation's zone may be ahead), are admitted."""
    folding = Folding(PeopleState, W)
    for _ in range(2):
        folding.take(activity(5, DAY + days))
    refused = {key[2]: amount for key, amount in folding.rows.items() if key[0] == REFUSAL}
    assert refused == ({} if reason is None else {("people", reason): 1})


def test_no_department_is_no_cell() -> None:
    """An activity without department and use case counts for the whole organisation, once."""
    folding = Folding(PeopleState, W)
    folding.take(activity(5, DAY, labels=("", "")))
    assert {key[2][:2] for key in folding.rows} == {("", "")}
    assert set(folding.rows.values()) == {1}


BAD: list[dict[str, Any]] = [
    {"person": b"1234567"},
    {"person": b"", "previous": b"", "day": b"", "population": b"", "label": b""},
    {"previous": b""},
    {"day": np.array([-1], "<i4").tobytes()},
    {"day": np.array([70_000], "<i4").tobytes()},
    {"population": b"\x03"},
    {"label": np.array([1], "<u4").tobytes()},
    {"dictionary": []},
    {"dictionary": [("care", "x" * 151)]},
    {"accepted_us": -1},
]


@pytest.mark.parametrize("fields", BAD, ids="-".join)
def test_a_record_that_lies_is_quarantined(fields: dict[str, Any]) -> None:
    """Columns of other lengths, days and codes out of range quarantine their record; the worker goes on."""
    good: dict[str, Any] = {
        "accepted_us": NOW_US,
        "person": np.array([5], "<u8").tobytes(),
        "previous": bytes(8),
        "day": np.array([DAY], "<i4").tobytes(),
        "population": b"\x01",
        "label": bytes(4),
        "dictionary": [("care", "answers")],
    }
    folding = Folding(PeopleState, W)
    folding.take(encode_record(Activities(**(good | fields))))
    assert folding.rows == {(REFUSAL, HOUR, ("unknown", "malformed_batch"), "events"): 1}
