"""The logs under test, with windows short enough that histories cross them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from stream.core.effects import Write
from stream.core.people_fold import PeopleState
from stream.core.probes_fold import ProbesState
from stream.core.tasks_fold import TasksState
from tests.exact_others import oracle_people, oracle_probes, oracle_tasks
from tests.exact_others.machine import Turmoil
from tests.exact_others.oracle_people import Activity, PeopleOracle
from tests.exact_others.oracle_probes import ProbesOracle, Result
from tests.exact_others.oracle_tasks import DAY, HOUR, Report, TasksOracle
from tests.exact_others.world import Subject

AGES_US = (0, 0, 1_000_000, HOUR, 3 * HOUR, 20 * HOUR, DAY - 1, DAY + 1, -HOUR)
TASKS = Subject(TasksState, TasksOracle, oracle_tasks.encode, window_days=1)  # type: ignore[arg-type]
PROBES = Subject(ProbesState, ProbesOracle, oracle_probes.encode, window_days=1)  # type: ignore[arg-type]
#: 24 days is the shortest window whose re-folded part holds what decides about 28 days (2 W + 4 = W + 28).
PEOPLE = Subject(
    PeopleState,
    lambda window_days: PeopleOracle(window_days, 0, 2),  # type: ignore[arg-type, return-value]
    oracle_people.encode,  # type: ignore[arg-type]
    window_days=24,
    partitions=2,
)


class TasksMachine(Turmoil):
    subject = TASKS

    @rule(
        reports=st.lists(
            st.builds(
                lambda task, event, age, **fields: (task, event, age, fields),
                st.integers(0, 4),
                st.integers(0, 3),
                st.sampled_from(AGES_US),
                department=st.sampled_from(["sales", "care", "law"]),
                source=st.sampled_from(["desk", "bot"]),
                seconds=st.sampled_from([None, None, 60, 90]),
                csat=st.sampled_from([None, None, 3, 5]),
                verdict=st.sampled_from(["", "used_as_is", "rejected"]),
                control=st.sampled_from(["", "passed", "failed"]),
                finding=st.sampled_from(["", "error", "none"]),
                selection=st.sampled_from(["all", "self_selected"]),
            ),
            min_size=1,
            max_size=4,
        )
    )
    def send(self, reports: list[tuple[int, int, int, dict[str, object]]]) -> None:
        now_us = self.world.now_ms * 1000
        self.world.send([Report(t, e, now_us - age, **f) for t, e, age, f in reports])  # type: ignore[arg-type]


class ProbesMachine(Turmoil):
    subject = PROBES

    @rule(
        results=st.lists(
            st.tuples(
                st.integers(0, 9),
                st.sampled_from(AGES_US),
                st.sampled_from(["success", "timeout"]),
                st.sampled_from([None, 0, 100_000, 100_001, 8_000_000]),
                st.integers(0, 3),
            ),
            min_size=1,
            max_size=4,
        )
    )
    def send(self, results: list[tuple[int, int, str, int | None, int]]) -> None:
        now_us = self.world.now_ms * 1000
        self.world.send([Result(e, now_us - age, *rest) for e, age, *rest in results])  # type: ignore[arg-type]


class PeopleMachine(Turmoil):
    """Even pseudonyms are of this partition. 2, 4: never rotated; 6, 8 were 10 (here) and 11 (elsewhere)."""

    subject = PEOPLE

    @rule(days=st.sampled_from([3, 6, 7, 13, 24, 27, 28, 29, 53]))
    def wait_long(self, days: int) -> None:
        for _ in range(days):  # a living log
            self.world.now_ms += 86_400_000
            self.world.heartbeat()

    @rule(
        activities=st.lists(
            st.tuples(
                st.sampled_from([(2, 0), (4, 0), (6, 0), (6, 10), (8, 0), (8, 11), (10, 0), (13, 10)]),
                st.sampled_from([0, 0, 0, 1, 2, 6, 7, 8, 13, 20, 23, 24, 25, -1, -2]),
                st.sampled_from(["sales", "care", "law"]),
                st.sampled_from(["chat", "code"]),
                st.integers(0, 2),
            ),
            min_size=1,
            max_size=4,
        )
    )
    def send(self, activities: list[tuple[tuple[int, int], int, str, str, int]]) -> None:
        today = self.world.now_ms // 86_400_000
        self.world.send(
            [
                Activity(person, today - age, department, use_case, population, previous)
                for (person, previous), age, department, use_case, population in activities
            ]
        )

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "world"):
            wanted = set().union(*(oracle.sent_on for oracle in self.world.oracles))  # type: ignore[attr-defined]
            assert sent_on(self.world.sent_on) == wanted


def sent_on(writes: list[Write]) -> set[tuple[int, int, int]]:
    """(person, pseudonym to count under, day) of activities sent to the other partition."""
    found = set()
    for write in writes:
        assert write.target == "activity" and write.partition == 1 and write.value is not None
        found |= oracle_people.decode(write.value)
    return found
