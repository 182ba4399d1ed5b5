"""The shortest histories that each rule of outcomes, aliases, forwards and people exists for.

Requests and aliases with even numbers live in partition 0. The world's clock begins at 20:00 UTC.
"""

from __future__ import annotations

from collections.abc import Callable

from stream.contract.records import Outcome
from tests.exact.oracle import HOUR, Event
from tests.exact.outcome_oracle import Alias
from tests.exact.pair import Half, Pair

Scenario = Callable[[Pair], None]


def use(
    pair: Pair, request: int, *, copy: int = 0, department: str = "sales", ago: float = 0, person: int = 0
) -> None:
    """A request of somebody, ``ago`` hours before now."""
    time_us = pair.now_ms * 1000 - int(ago * HOUR)
    event = 1000 + 10 * request + copy
    pair.send([Event(request, event, time_us, department, f"source-{copy}", person=person)])


def judge(pair: Pair, event: int, target: int, verdict: str = "rejected", *, ago: float = 0) -> None:
    time_us = pair.now_ms * 1000 - int(ago * HOUR)
    pair.send_outcomes([Outcome(event, target, time_us, "source-0", verdict)])


def name(pair: Pair, alias: int, request: int, *, ago: float = 0) -> None:
    pair.send_aliases([Alias(alias, request, pair.now_ms * 1000 - int(ago * HOUR))])


def wait(pair: Pair, *, days: float) -> None:
    pair.now_ms += int(days * 86_400_000)
    for half in pair.halves:
        half.heartbeat()


def durable(pair: Pair) -> None:
    for half in pair.halves:
        half.fold(half.current, 1000)
        half.flush(half.current, False)
        half.step(half.current, 1000)


def crash(pair: Pair) -> None:
    """All that was sent is durable; then every worker is killed."""
    durable(pair)
    for half in pair.halves:
        half.crash()


def _stop_in_flush(half: Half, writes: int) -> None:
    half.fold(half.current, 1000)
    half.flush(half.current, False)
    half.step(half.current, writes)
    half.crash()


def an_outcome_comes_twice(pair: Pair) -> None:
    """A retry, with the words of the first."""
    use(pair, 100)
    judge(pair, 1, 100)
    judge(pair, 1, 100)


def two_judgements_of_one_moment(pair: Pair) -> None:
    """Two reviewers at the same microsecond: neither the order of arrival nor of words decides."""
    use(pair, 100)
    judge(pair, 2, 100, "used_as_is")
    judge(pair, 1, 100, "rejected")


def an_alias_is_given_again(pair: Pair) -> None:
    """A trace of two requests: an outcome speaks of the last."""
    use(pair, 100)
    use(pair, 101)
    name(pair, 200, 100)
    name(pair, 200, 101)
    judge(pair, 1, 200)


def an_alias_from_the_future(pair: Pair) -> None:
    """An alias whose time no clock can have would be known for ever."""
    use(pair, 100)
    name(pair, 200, 100, ago=-1)
    judge(pair, 1, 200)


def a_request_never_comes(pair: Pair) -> None:
    """An outcome waits for the whole window, and then no longer."""
    judge(pair, 1, 100)
    wait(pair, days=3)


def a_crash_after_an_outcome_was_sent_on(pair: Pair) -> None:
    """The outcome is in the other partition; nothing else of the flush is."""
    use(pair, 101)
    name(pair, 200, 101)
    judge(pair, 1, 200)
    _stop_in_flush(pair.halves[0], 1)


def sent_on_again_too_late(pair: Pair) -> None:
    """The same, and the worker comes back when the outcome is too old to be admitted."""
    use(pair, 101)
    name(pair, 200, 101)
    judge(pair, 1, 200, ago=23)
    _stop_in_flush(pair.halves[0], 1)
    wait(pair, days=1.2)


def a_crash_before_an_outcome_was_sent_on(pair: Pair) -> None:
    """All of the flush but the writes that come last is done."""
    use(pair, 101, person=501)
    name(pair, 200, 101)
    judge(pair, 1, 200)
    for half in pair.halves:
        half.fold(half.current, 1000)
        half.flush(half.current, False)
        for _ in range(20):
            last = half.state[-1:]
            half.step(half.current, 1)
            if half.state[-1:] != last and half.state[-1][0].startswith(b"marker"):
                break
        half.crash()


def a_request_comes_again_after_all_was_forgotten(pair: Pair) -> None:
    """What was said of it in a former life says nothing of the new one."""
    use(pair, 100)
    judge(pair, 1, 100)
    wait(pair, days=4)
    use(pair, 100)
    judge(pair, 2, 100, "used_as_is")


def the_first_event_comes_again_under_another_time(pair: Pair) -> None:
    """A copy keeps the request known; its first event, of a day before the horizon, comes twice more."""
    use(pair, 100)
    wait(pair, days=2)
    use(pair, 100, copy=1)
    wait(pair, days=1)
    use(pair, 100)
    use(pair, 100)


def the_first_event_comes_again_and_again(pair: Pair) -> None:
    """Day by day, until the first time is before the horizon."""
    for _ in range(4):
        use(pair, 100)
        wait(pair, days=1)


def work_in_the_evening(pair: Pair) -> None:
    """20:00 UTC is the next day in the installation's zone."""
    use(pair, 100, person=500)


# --- those that end wrong only because the log is folded again, from 2 W + 4 days before. W = 3, the log's
# days count from the first. After the crash on day 11 days 1 to 11 are folded again.


def a_request_is_kept_known_by_copies(pair: Pair) -> None:
    """A fold again takes a copy for the request's first event."""
    for copy in range(5):
        use(pair, 100, copy=copy, department=f"department-{copy}")
        wait(pair, days=3)
    crash(pair)
    judge(pair, 1, 100)


def an_outcome_of_a_request_that_only_copies_keep_known(pair: Pair) -> None:
    """Day 0 a request, day 4 a copy, day 8 an outcome; what waits since day 8 ends on day 13."""
    use(pair, 100)
    wait(pair, days=4)
    use(pair, 100, copy=1)
    wait(pair, days=4)
    judge(pair, 1, 100)
    wait(pair, days=3)
    crash(pair)
    wait(pair, days=2)


def an_outcome_comes_again_long_before_its_request(pair: Pair) -> None:
    """Day 0 an outcome of one request, day 4 the same of another, which comes on day 8, of day 7."""
    pair.now_ms -= 19 * 3_600_000
    judge(pair, 1, 102)
    wait(pair, days=4)
    judge(pair, 1, 100)
    wait(pair, days=4)
    use(pair, 100, ago=24)
    wait(pair, days=3)
    crash(pair)
    judge(pair, 2, 100, "used_as_is")


def all_places_are_taken_again_and_again(pair: Pair) -> None:
    """Days 0, 4 and 8: as many outcomes as may wait."""
    for day in range(3):
        for number in range(3):
            judge(pair, 10 * day + number, 300 + 10 * day + 2 * number)
        wait(pair, days=4 if day < 2 else 3)
    crash(pair)
    wait(pair, days=2)


def an_outcome_is_judged_again_days_later(pair: Pair) -> None:
    """Day 0 an outcome of another request, day 4 the same of this one, judged anew on day 8."""
    pair.now_ms -= 19 * 3_600_000
    judge(pair, 1, 102)
    wait(pair, days=4)
    use(pair, 100)
    judge(pair, 1, 100)
    wait(pair, days=4)
    crash(pair)
    judge(pair, 2, 100, "used_as_is")
