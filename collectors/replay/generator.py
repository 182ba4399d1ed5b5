"""The demo's input: a working day of five departments, as the bodies that its two sources send. Pure.

Two sources tell of the same requests: a gateway, which sees every attempt, and an SDK, which tells some of
them again. Equal (plan, number of bodies taken) means equal bodies and equal account.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from collectors.replay.account import Body, Expected
from collectors.replay.attempts import Copy, Day
from collectors.replay.organisation import HOURS, RATES, Rates

GATEWAY: Final = "demo-gateway"
SDK: Final = "demo-sdk"
SOURCES: Final = (GATEWAY, SDK)
_GATHER_S: Final = 0.25  #: a source sends what came within this time as one array
_MOST_EVENTS: Final = 100
_NO_JSON: Final = b'[{"event_id": "cut-off-%d", "model": "gp'


@dataclass(frozen=True)
class Plan:
    """``start_us``: now, microseconds since 1970. First come ``history_hours`` hours that lie before it, at
    ``history_per_hour`` requests, as fast as they are taken; then ``per_second`` requests a second on
    average, through a working day that lasts ``day_s`` seconds, again and again.
    """

    seed: int
    start_us: int
    history_hours: int = 8
    history_per_hour: int = 600
    per_second: float = 60.0
    day_s: float = 600.0
    rates: Rates = RATES


def bodies(plan: Plan) -> Iterator[Body]:
    """Bodies in the order of their sending; never ends."""
    dice = random.Random(plan.seed)
    posts = {source: _Post(source, plan.rates, dice) for source in SOURCES}
    day = Day(dice, plan.rates, plan.start_us, f"{plan.seed}-{plan.start_us // 1_000_000}")
    waiting: list[tuple[float, int, Copy]] = []
    for number, (at_s, time_us) in enumerate(_moments(plan, dice)):
        for attempt in day.request(at_s, time_us):
            for copy in attempt.copies:
                heapq.heappush(waiting, (copy.at_s, copy.number, copy))
            yield from posts[GATEWAY].put(attempt.at_s, attempt.event, attempt.expected)
        while waiting and waiting[0][0] <= at_s:
            _, _, copy = heapq.heappop(waiting)
            yield from posts[SDK].put(copy.at_s, copy.event, copy.expected)
        if number % 16 == 0:
            for post in posts.values():
                yield from post.due(at_s)


def _moments(plan: Plan, dice: random.Random) -> Iterator[tuple[float, int]]:
    """(seconds after the start at which to send, time of the request) of each, in order of sending."""
    for hour in range(plan.history_hours):
        count = round(plan.history_per_hour * HOURS[hour % len(HOURS)])
        began_us = plan.start_us - (plan.history_hours - hour) * 3_600_000_000
        for i in range(count):
            yield 0.0, began_us + int((i + dice.random()) * 3_600_000_000 / count)
    at_s = 0.0
    while True:
        hour = int(at_s / plan.day_s * len(HOURS) + plan.history_hours) % len(HOURS)
        at_s += -math.log(1.0 - dice.random()) / (plan.per_second * HOURS[hour])
        yield at_s, plan.start_us + int(at_s * 1_000_000)


class _Post:
    """What a source gathers until it sends it."""

    def __init__(self, source: str, rates: Rates, dice: random.Random) -> None:
        self._source, self._rates, self._dice = source, rates, dice
        self._since_s = 0.0
        self._events: list[dict[str, object]] = []
        self._expected: list[Expected] = []
        self._cut = 0

    def put(self, at_s: float, event: dict[str, object], expected: Expected) -> Iterator[Body]:
        """Add an event; yields the body that it fills."""
        if not self._events:
            self._since_s = at_s
        self._events.append(event)
        self._expected.append(expected)
        if len(self._events) >= _MOST_EVENTS:
            yield from self._send(at_s)

    def due(self, at_s: float) -> Iterator[Body]:
        """Yields the body that has waited long enough."""
        if self._events and at_s - self._since_s >= _GATHER_S:
            yield from self._send(at_s)

    def _send(self, at_s: float) -> Iterator[Body]:
        single = len(self._events) == 1
        payload = msgspec.json.encode(self._events[0] if single else self._events)
        again = self._dice.random() < self._rates.sent_again
        yield Body(at_s, self._source, payload, tuple(self._expected), again)
        self._events, self._expected = [], []
        if self._dice.random() < self._rates.not_json:
            self._cut += 1
            yield Body(at_s, self._source, _NO_JSON % self._cut, ())
