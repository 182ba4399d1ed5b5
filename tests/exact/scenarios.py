"""The shortest histories that each rule of the exact partition exists for."""

from __future__ import annotations

from collections.abc import Callable

from tests.exact.oracle import HOUR, Event
from tests.exact.world import World

Scenario = Callable[[World], None]


def send(
    world: World, request: int, *, copy: int = 0, hours_ago: float = 0, department: str = "sales"
) -> None:
    """One event of a request, in a record of its own."""
    time_us = world.now_ms * 1000 - int(hours_ago * HOUR)
    world.send([Event(request, 1000 + 10 * request + copy, time_us, department, f"source-{copy}", 5)])


def wait(world: World, hours: float) -> None:
    world.now_ms += int(hours * 3_600_000)


def durable(world: World) -> None:
    """Fold and flush all that was sent."""
    world.fold(world.current, 1000)
    world.flush(world.current, False)
    world.step(world.current, 1000)


def older_shard_stands(world: World) -> None:
    """A former owner's shard lands after its successor's newer one, and the cleaner keeps the last."""
    send(world, 1)
    durable(world)
    send(world, 2)
    world.fold(world.current, 1000)
    world.flush(world.current, False)
    world.pause()
    durable(world)
    send(world, 3)
    durable(world)
    world.step(world.zombies[0], 1)
    world.compact(1.0)
    world.crash()


def a_copy_comes_after_two_windows(world: World) -> None:
    """A request is kept known by a copy; the next copy comes when only the first fold knew that."""
    send(world, 1)
    wait(world, 20)
    send(world, 1, copy=1)
    durable(world)
    wait(world, 44)
    world.heartbeat()
    durable(world)
    world.crash()
    send(world, 1, copy=2)
    durable(world)


def the_topic_is_made_again(world: World) -> None:
    """Offsets begin anew: rows of the new log must not meet those of the old."""
    for request in range(3):
        send(world, request)
    durable(world)
    world.recreate()
    send(world, 7)
    durable(world)


def a_day_ends_while_the_ledger_is_away(world: World) -> None:
    """The closed day's shards leave the changelog; a ledger that was away must find them all the same."""
    send(world, 1)
    world.fold(world.current, 1000)
    wait(world, 12)
    send(world, 2)
    durable(world)
    world.compact(1.0)


def a_crash_as_the_day_ends(world: World) -> None:
    """A crash between the writes of the flush that closes a day."""
    send(world, 1)
    durable(world)
    send(world, 2)
    world.fold(world.current, 1000)
    wait(world, 12)
    send(world, 3)
    world.fold(world.current, 1000)
    world.flush(world.current, False)
    world.step(world.current, 2)
    world.crash()
