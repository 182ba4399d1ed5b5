"""Each rule of the other logs' folds, and the shortest history that ends right with it and wrong without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from stream.core import history, people_fold, tasks_fold
from stream.core.people_cells import ActiveDays
from tests.exact_others import scenarios as s
from tests.exact_others.subjects import PEOPLE, PROBES, TASKS
from tests.exact_others.world import OtherWorld, Subject

Scenario = Callable[[OtherWorld], None]
Rule = Callable[[], Any]


def refolds_less(days: int) -> Rule:
    """So many days fewer are folded again."""
    whole = history.refold_days
    return lambda: patch.object(history, "refold_days", lambda window_days: whole(window_days) - days)


def remembers_every_task() -> Any:
    return patch.object(tasks_fold.TasksState, "_on_day", lambda self, day: None)


@contextmanager
def judges_whatever_is_known() -> Iterator[None]:
    """The first report decides however old it is."""
    fold = tasks_fold.TasksState._fold_task

    def held(self: Any, *args: Any) -> None:
        with patch.object(type(self), "horizon", -1):
            fold(self, *args)

    with patch.object(tasks_fold.TasksState, "_fold_task", held):
        yield


@contextmanager
def forgets_days(early: int) -> Iterator[None]:
    """Active days are forgotten some days too early."""
    forget = ActiveDays.forget_before

    def before(self: ActiveDays, oldest: int) -> None:
        forget(self, oldest)
        gone = (1 << early) - 1
        for masks in self._masks.values():
            for person in masks:
                masks[person] &= ~gone

    with patch.object(ActiveDays, "forget_before", before):
        yield


@contextmanager
def notes_nothing() -> Iterator[None]:
    """What is counted elsewhere is not noted under the new pseudonym."""
    home = people_fold.PeopleState._home

    def apart(self: Any, person: int, *args: int) -> int:
        found = home(self, person, *args)
        if found == person:  # the link has ended: as if nothing had been noted while it held
            for masks in self._days._masks.values():
                masks.pop(person, None)
        return found

    with patch.object(people_fold.PeopleState, "_home", apart):
        yield


def keeps_every_link() -> Any:
    return patch.object(people_fold.PeopleState, "_on_day", lambda self, day: None)


def takes_the_last_day() -> Any:
    def home(self: Any, person: int, previous: int, day: int) -> int:
        if previous:
            self._links[person] = people_fold._Link(previous, day)
            return previous
        link = self._links.get(person)
        return link.previous if link else person

    return patch.object(people_fold.PeopleState, "_home", home)


CASES: list[tuple[Subject, Scenario, Rule]] = [
    (TASKS, s.a_task_is_reported_after_two_windows, refolds_less(3)),
    (TASKS, s.a_task_is_done_again, remembers_every_task),
    (TASKS, s.a_late_judgement, judges_whatever_is_known),
    (PROBES, s.a_check_from_ahead, refolds_less(5)),
    (PEOPLE, s.an_activity_covers_a_late_one, refolds_less(1)),
    (PEOPLE, s.an_activity_covers_a_late_one, lambda: forgets_days(1)),
    (PEOPLE, s.a_link_between_pseudonyms_ends, notes_nothing),
    (PEOPLE, s.a_link_between_pseudonyms_ends, keeps_every_link),
    (PEOPLE, s.a_late_activity_under_both_pseudonyms, takes_the_last_day),
]
IDS = [f"{i}-{scenario.__name__}" for i, (_, scenario, _) in enumerate(CASES)]


@pytest.mark.parametrize(("subject", "scenario", "wrong"), CASES, ids=IDS)
def test_the_rule_makes_it_exact(subject: Subject, scenario: Scenario, wrong: Rule) -> None:
    """With every rule in place the history ends with the oracle's figures."""
    world = OtherWorld(7, subject)
    scenario(world)
    world.check()


@pytest.mark.parametrize(("subject", "scenario", "wrong"), CASES, ids=IDS)
def test_without_the_rule_figures_are_wrong(subject: Subject, scenario: Scenario, wrong: Rule) -> None:
    """With the rule taken away the same history ends wrong: the rule is needed, and the check sees it."""
    with wrong(), pytest.raises(AssertionError, match=r"differ|equal stamp|fell"):
        world = OtherWorld(7, subject)
        scenario(world)
        world.check()
