"""The shortest histories that each rule of the other logs' folds exists for."""

from __future__ import annotations

from tests.exact_others.oracle_people import Activity
from tests.exact_others.oracle_probes import Result
from tests.exact_others.oracle_tasks import HOUR, Report
from tests.exact_others.subjects import PEOPLE
from tests.exact_others.world import DAY_MS, OtherWorld

_MINUTE_US = 60_000_000
_W = PEOPLE.window_days


def at(world: OtherWorld, day: int, hour: float = 12) -> None:
    """Time goes on to an hour of a day, counted from the world's first."""
    world.now_ms = (20_000 + day) * DAY_MS + int(hour * 3_600_000)


def durable(world: OtherWorld) -> None:
    """Fold and flush all that was sent."""
    world.fold(world.current, 1000)
    world.flush(world.current, False)
    world.step(world.current, 1000)


def anew(world: OtherWorld, day: int, hour: float = 12) -> None:
    """On a later day, what is known was folded again."""
    at(world, day, hour)
    world.heartbeat()
    durable(world)
    world.crash()


def report(world: OtherWorld, event: int, **fields: str) -> None:
    world.send([Report(1, event, world.now_ms * 1000, **fields)])  # type: ignore[arg-type]


def a_task_is_reported_after_two_windows(world: OtherWorld) -> None:
    """A report keeps a task known; that its first is too old to be judged only the first fold knows."""
    report(world, 0)
    at(world, 1)
    report(world, 1)
    at(world, 3)
    report(world, 2)
    anew(world, 5)
    report(world, 3, verdict="rejected")


def a_task_is_done_again(world: OtherWorld) -> None:
    """A task's id comes again when no report of it lies in the window: another task."""
    report(world, 0)
    at(world, 5)
    report(world, 1)


def a_late_judgement(world: OtherWorld) -> None:
    """A judgement whose task was first reported before the horizon is refused, wherever it is folded."""
    report(world, 0, verdict="used_as_is")
    at(world, 1, 23)
    report(world, 1)
    at(world, 3, 1)
    report(world, 2, verdict="rejected")


def a_check_from_ahead(world: OtherWorld) -> None:
    """A check that was due on the next day comes again when that day is over."""
    at(world, 0, 23.95)
    due_us = (20_001 * 24) * HOUR + 5 * _MINUTE_US
    world.send([Result(7, due_us)])
    anew(world, 2, 0.05)
    world.send([Result(7, due_us)])


def an_activity_covers_a_late_one(world: OtherWorld) -> None:
    """An activity decides about one that is as late, and as far from it, as can be; retention leaves it."""
    at(world, 10)
    world.send([Activity(2, 20_011)])
    for day in range(11, 11 + 27 + _W):
        at(world, day)
        world.heartbeat()
    durable(world)
    world.retain()
    assert world.log.first > 0
    anew(world, 11 + 27 + _W)
    world.send([Activity(2, 20_011 + 27)])


def a_link_between_pseudonyms_ends(world: OtherWorld) -> None:
    """Days counted under the former pseudonym, elsewhere, are not counted again under the new one."""
    world.send([Activity(8, 20_000, previous=11)])
    anew(world, _W + 2)
    world.send([Activity(8, 20_002)])


def a_late_activity_under_both_pseudonyms(world: OtherWorld) -> None:
    """A link holds as long as its newest day says, not that of the activity that came last."""
    world.send([Activity(8, 20_000, previous=11)])
    world.send([Activity(8, 19_990, previous=11)])
    anew(world, _W)
    world.send([Activity(8, 20_000 + _W)])
