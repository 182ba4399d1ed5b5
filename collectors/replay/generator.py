"""The demo's input: a working day of five departments, as the bodies that its sources send. Pure.

Two sources tell of the same requests: a gateway, which sees every attempt, and an SDK, which tells some of
them again. People review outputs, and report the work they did. Equal (plan, number of bodies taken) means
equal bodies and equal account.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

import msgspec

from collectors.replay.account import Body, Expected
from collectors.replay.attempts import Attempt, Day, Event
from collectors.replay.judged import Judged, Worked
from collectors.replay.judging import JUDGING, JudgingRates, Reviews, Told, Workday
from collectors.replay.organisation import HOURS, RATES, Rates

GATEWAY: Final = "demo-gateway"
SDK: Final = "demo-sdk"
REVIEWS: Final = "demo-reviews"
WORK: Final = "demo-work"
SOURCES: Final = (GATEWAY, SDK, REVIEWS, WORK)
_PATHS: Final = {REVIEWS: "/v1/outcomes", WORK: "/v1/tasks"}
_GATHER_S: Final = 0.25  #: a source sends what came within this time as one array
_MOST_EVENTS: Final = 100
_HOUR_US: Final = 3_600_000_000
_FIRST_CUT: Final = 6
_NO_JSON: Final = b'[{"event_id": "cut-off-%d", "model": "gp'


@dataclass(frozen=True)
class Plan:
    """``start_us``: now, microseconds since 1970. First come ``history_days`` days at ``history_per_day``
    requests and ``history_hours`` hours at ``history_per_hour``, which end now, as fast as they are taken;
    then ``per_second`` requests a second on average, through a working day that lasts ``day_s`` seconds,
    again and again.
    """

    seed: int
    start_us: int
    history_days: int = 12
    history_per_day: int = 120
    history_hours: int = 8
    history_per_hour: int = 600
    per_second: float = 60.0
    day_s: float = 600.0
    rates: Rates = RATES
    judging: JudgingRates = JUDGING


def bodies(plan: Plan) -> Iterator[Body]:
    """Bodies in the order of their sending; never ends."""
    dice = random.Random(plan.seed)
    posts = {source: _Post(source, plan.rates, dice) for source in SOURCES}
    day = _Day(plan, dice)
    for number, (at_s, time_us) in enumerate(_moments(plan, dice)):
        for told in day.request(at_s, time_us):
            yield from posts[told.source].put(told)
            if told.early:
                yield from posts[told.source].send(at_s)
        for told in day.due(at_s):
            yield from posts[told.source].put(told)
        if number % 16 == 0:
            for post in posts.values():
                yield from post.due(at_s)


@dataclass(frozen=True)
class _Telling:
    """An event, who tells it, and what must become of it. ``early``: it goes before what follows it."""

    at_s: float
    source: str
    event: Event
    expected: Expected | Judged | Worked
    early: bool = False


class _Day:
    """Requests with all that is told of them, now and later."""

    def __init__(self, plan: Plan, dice: random.Random) -> None:
        name = f"{plan.seed}-{plan.start_us // 1_000_000}"
        self._attempts = Day(dice, plan.rates, plan.start_us, name)
        self._reviews = Reviews(dice, plan.start_us, name, plan.judging)
        self._work = Workday(dice, plan.start_us, name, plan.judging)
        self._waiting: list[tuple[float, int, _Telling]] = []
        self._numbers = count()

    def request(self, at_s: float, time_us: int) -> Iterator[_Telling]:
        """What is told at once of a request sent at ``time_us``."""
        for attempt in self._attempts.request(at_s, time_us):
            for copy in attempt.copies:
                self._later(_Telling(copy.at_s, SDK, copy.event, copy.expected))
            yield from self._judge(attempt, time_us)
            yield _Telling(at_s, GATEWAY, attempt.event, attempt.expected)

    def due(self, at_s: float) -> Iterator[_Telling]:
        """What was to be told later, and is due."""
        while self._waiting and self._waiting[0][0] <= at_s:
            yield heapq.heappop(self._waiting)[2]

    def _judge(self, attempt: Attempt, time_us: int) -> Iterator[_Telling]:
        for told in self._reviews.of(attempt, time_us):
            if told.early:
                yield _telling(REVIEWS, told)
            else:
                self._later(_telling(REVIEWS, told))
        for told in self._work.beside(attempt, time_us):
            self._later(_telling(WORK, told))

    def _later(self, telling: _Telling) -> None:
        heapq.heappush(self._waiting, (telling.at_s, next(self._numbers), telling))


def _telling(source: str, told: Told) -> _Telling:
    return _Telling(told.at_s, source, told.event, told.expected, told.early)


def _moments(plan: Plan, dice: random.Random) -> Iterator[tuple[float, int]]:
    """(seconds after the start at which to send, time of the request) of each, in order of sending."""
    first_hour_us = plan.start_us - plan.history_hours * _HOUR_US
    for day in range(plan.history_days):
        began_us = first_hour_us - (plan.history_days - day) * 24 * _HOUR_US
        yield from _spread(dice, began_us, 24 * _HOUR_US, plan.history_per_day)
    for hour in range(plan.history_hours):
        began_us = first_hour_us + hour * _HOUR_US
        yield from _spread(dice, began_us, _HOUR_US, round(plan.history_per_hour * HOURS[hour % len(HOURS)]))
    at_s = 0.0
    while True:
        hour = int(at_s / plan.day_s * len(HOURS) + plan.history_hours) % len(HOURS)
        at_s += -math.log(1.0 - dice.random()) / (plan.per_second * HOURS[hour])
        yield at_s, plan.start_us + int(at_s * 1_000_000)


def _spread(dice: random.Random, began_us: int, long_us: int, requests: int) -> Iterator[tuple[float, int]]:
    """Requests of the past, spread over a span of it; all are sent at once."""
    for i in range(requests):
        yield 0.0, began_us + int((i + dice.random()) * long_us / requests)


class _Post:
    """What a source gathers until it sends it."""

    def __init__(self, source: str, rates: Rates, dice: random.Random) -> None:
        self._source, self._rates, self._dice = source, rates, dice
        self._since_s = 0.0
        self._events: list[Event] = []
        self._expected: list[Expected | Judged | Worked] = []
        self._cut = self._sent = 0

    def put(self, telling: _Telling) -> Iterator[Body]:
        """Add an event; yields the body that it fills."""
        if not self._events:
            self._since_s = telling.at_s
        self._events.append(telling.event)
        self._expected.append(telling.expected)
        if len(self._events) >= _MOST_EVENTS:
            yield from self.send(telling.at_s)

    def due(self, at_s: float) -> Iterator[Body]:
        """Yields the body that has waited long enough."""
        if self._events and at_s - self._since_s >= _GATHER_S:
            yield from self.send(at_s)

    def send(self, at_s: float) -> Iterator[Body]:
        """Yields what has gathered."""
        single = len(self._events) == 1
        payload = msgspec.json.encode(self._events[0] if single else self._events)
        again = self._dice.random() < self._rates.sent_again
        path = _PATHS.get(self._source, "")
        yield Body(at_s, self._source, payload, tuple(self._expected), again, path)
        self._events, self._expected = [], []
        self._sent += 1
        # one early in every day: the shortest demo must see it
        cut = self._sent == _FIRST_CUT or self._dice.random() < self._rates.not_json
        if path == "" and self._rates.not_json and cut:
            self._cut += 1
            yield Body(at_s, self._source, _NO_JSON % self._cut, ())
