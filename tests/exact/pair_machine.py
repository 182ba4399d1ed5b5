"""The state machine of two partitions: usage, outcomes, aliases, people, and all that may happen."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from stream.contract.names import LABELS
from stream.contract.records import Outcome
from tests.exact.machine import AGES_US, STEPS
from tests.exact.oracle import HOUR, Event
from tests.exact.outcome_oracle import Alias
from tests.exact.pair import Pair, make_numbered

REQUESTS = st.sampled_from([100, 101, 102])
ALIASES = st.sampled_from([200, 201, 203])
OWN = tuple((dict.fromkeys(LABELS, "") | {"department": "law", "source_key": "source-9"}).values())
AGES = st.sampled_from(AGES_US)
USAGE = st.tuples(
    st.just("usage"),
    REQUESTS,
    st.integers(0, 2),  # which copy of it
    AGES,
    st.sampled_from(["sales", "care"]),
    st.sampled_from([(0, 0, "test"), (500, 0, "production"), (501, 1, "production"), (501, 2, "test")]),
)
SAID = st.sampled_from(
    [
        {"verdict": "used_as_is"},
        {"verdict": "rejected"},
        {"control": "passed"},
        {"control": "failed"},
        {"finding": "error"},
        {"finding": "none"},
        {"control": "passed", "finding": "inaccuracy"},
        {"compliance": "met", "verdict": "revised"},
    ]
)
OUTCOME = st.tuples(
    st.just("outcome"),
    st.integers(3000, 3030),
    st.one_of(REQUESTS, ALIASES),
    st.sampled_from([*AGES_US, 24 * HOUR - 1]),
    SAID,
    st.sampled_from(["all", "self_selected"]),
    st.sampled_from([(), (), (), (), (), OWN]),
)
ALIAS = st.tuples(st.just("alias"), ALIASES, REQUESTS, AGES)
TRAFFIC = st.lists(st.one_of(USAGE, OUTCOME, OUTCOME, ALIAS), min_size=2, max_size=6)
HALF = st.integers(0, 1)


class Exchange(RuleBasedStateMachine):
    """Rows, forwards and activities equal the oracles', whatever happened on the way."""

    make = staticmethod(make_numbered)
    window_days = 1

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.pair = Pair(seed, self.make, self.window_days)

    @rule(traffic=TRAFFIC, together=st.booleans())
    def send(self, traffic: list[tuple[Any, ...]], together: bool) -> None:
        """Each in a record of its own, or those of a kind in one."""
        now_us = self.pair.now_ms * 1000
        made = [_made(now_us, self.window_days, *item) for item in traffic]
        for part in [made] if together else [[item] for item in made]:
            self.pair.send_aliases([item for item in part if isinstance(item, Alias)])
            self.pair.send([item for item in part if isinstance(item, Event)])
            self.pair.send_outcomes([item for item in part if isinstance(item, Outcome)])

    @rule(traffic=TRAFFIC)
    def send_and_fold(self, traffic: list[tuple[Any, ...]]) -> None:
        self.send(traffic, False)
        self.fold_and_flush()

    @rule(hours=st.sampled_from([0.3, 3, 11, 25, 49, 80]))
    def wait(self, hours: float) -> None:
        self.pair.now_ms += int(hours * self.window_days * 3_600_000)

    @rule()
    def clock_steps_back(self) -> None:
        self.pair.now_ms -= 1_800_000

    @rule()
    def heartbeat(self) -> None:
        for half in self.pair.halves:
            half.heartbeat()

    @rule(which=HALF, count=STEPS)
    def write(self, which: int, count: int) -> None:
        self.pair.halves[which].step(self.pair.halves[which].current, count)

    @rule()
    def fold_and_flush(self) -> None:
        for half in self.pair.halves:
            half.step(half.current, 1000)
            half.fold(half.current, 1000)
            half.flush(half.current, False)
            half.step(half.current, 1000)

    @rule(which=HALF, count=STEPS)
    def stall_in_a_flush(self, which: int, count: int) -> None:
        half = self.pair.halves[which]
        half.step(half.current, 1000)
        half.fold(half.current, 1000)
        half.flush(half.current, False)
        half.step(half.current, count % 3)
        half.pause()

    @rule(which=HALF, count=STEPS, force=st.booleans())
    def zombie(self, which: int, count: int, force: bool) -> None:
        half = self.pair.halves[which]
        for owner in half.zombies[-1:]:
            if owner.writes is None:
                half.fold(owner, count)
                half.flush(owner, force)
            half.step(owner, count)

    @rule(which=HALF)
    def crash(self, which: int) -> None:
        self.pair.halves[which].crash()

    @rule(which=HALF, share=st.sampled_from([0.5, 1.0]))
    def compact(self, which: int, share: float) -> None:
        self.pair.halves[which].compact(share)

    @rule()
    def recreate(self) -> None:
        self.pair.recreate()

    @rule(which=HALF)
    def retain(self, which: int) -> None:
        self.pair.halves[which].retain()

    @rule(which=HALF, count=STEPS)
    def ledger_reads(self, which: int, count: int) -> None:
        self.pair.halves[which].read(self.pair.halves[which].ledgers[0], count)

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self.pair.check()
            self.pair.check_interruptions()


class LongWindow(Exchange):
    """A window of three days: a chain of three windows is longer than two and the margin of four days."""

    window_days = 3


def _made(now_us: int, window_days: int, kind: str, *fields: Any) -> Event | Alias | Outcome:
    """Ages of hours grow with the window."""
    if kind == "usage":
        request, copy, age, department, (person, population, environment) = fields
        event, source = 1000 + 10 * request + copy, f"source-{copy}"
        time_us = now_us - age * window_days
        return Event(request, event, time_us, department, source, 1, True, person, population, environment)
    if kind == "alias":
        alias, request, age = fields
        return Alias(alias, request, now_us - age * window_days)
    event, target, age, words, selection, labels = fields
    time_us, source = now_us - age * window_days, f"source-{event % 2}"
    return Outcome(event, target, time_us, source, **words, selection=selection, labels=labels)
