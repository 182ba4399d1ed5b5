"""The state machine: everything that may happen to a partition, in any order."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.exact.oracle import DAY, HOUR, Event
from tests.exact.world import World, make_partition

AGES_US = (0, 0, 0, 1_000_000, HOUR, 3 * HOUR, 20 * HOUR, DAY - 1, DAY + 1, -HOUR)
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5),  # request
        st.integers(0, 2),  # which copy of it
        st.sampled_from(AGES_US),
        st.sampled_from(["sales", "care"]),
        st.sampled_from([None, 1, 1, 2]),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
STEPS = st.integers(1, 12)


class Exactness(RuleBasedStateMachine):
    """Rows in every ledger equal the oracle's, whatever happened on the way."""

    make = staticmethod(make_partition)

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.world = World(seed, self.make)

    @rule(events=EVENTS)
    def send(self, events: list[tuple[int, int, int, str, int | None, bool]]) -> None:
        now_us = self.world.now_ms * 1000
        self.world.send(
            [
                Event(
                    100 + r, 1000 + 10 * r + copy, now_us - age, department, f"source-{copy}", tokens, final
                )
                for r, copy, age, department, tokens, final in events
            ]
        )

    @rule(hours=st.sampled_from([0.01, 0.3, 3, 11, 25, 30, 49, 80]))
    def wait(self, hours: float) -> None:
        self.world.now_ms += int(hours * 3_600_000)

    @rule()
    def clock_steps_back(self) -> None:
        self.world.now_ms -= 1_800_000

    @rule()
    def heartbeat(self) -> None:
        self.world.heartbeat()

    @rule(count=STEPS)
    def fold(self, count: int) -> None:
        self.world.fold(self.world.current, count)

    @rule(force=st.booleans())
    def flush(self, force: bool) -> None:
        self.world.flush(self.world.current, force)

    @rule(count=STEPS)
    def write(self, count: int) -> None:
        self.world.step(self.world.current, count)

    @rule()
    def fold_and_flush(self) -> None:
        self.world.step(self.world.current, 1000)
        self.world.fold(self.world.current, 1000)
        self.world.flush(self.world.current, False)
        self.world.step(self.world.current, 1000)

    @rule(count=STEPS)
    def stall_in_a_flush(self, count: int) -> None:
        """The owner stalls between two writes of a flush; its successor folds and flushes on."""
        self.world.step(self.world.current, 1000)
        self.world.fold(self.world.current, 1000)
        self.world.flush(self.world.current, False)
        self.world.step(self.world.current, count % 3)
        self.world.pause()

    @rule(count=STEPS, which=st.integers(0, 1), force=st.booleans())
    def zombie(self, count: int, which: int, force: bool) -> None:
        if self.world.zombies:
            owner = self.world.zombies[which % len(self.world.zombies)]
            if owner.writes is None:
                self.world.fold(owner, count)
                self.world.flush(owner, force)
            self.world.step(owner, count)

    @rule()
    def crash(self) -> None:
        self.world.crash()

    @rule()
    def pause(self) -> None:
        self.world.pause()

    @rule(share=st.sampled_from([0.5, 0.9, 1.0]))
    def compact(self, share: float) -> None:
        self.world.compact(share)

    @rule(count=st.integers(1, 4))
    def former_owner_writes_last(self, count: int) -> None:
        """A stalled owner's write lands after its successor's, the cleaner keeps the last, a crash."""
        for owner in self.world.zombies:
            self.world.step(owner, count)
        self.world.compact(1.0)
        self.world.crash()

    @rule()
    def recreate(self) -> None:
        # what the old log held and nobody folded is lost with it: fold it first, the fault is the re-creation
        self.world.settle()
        self.world.recreate()

    @rule()
    def retain(self) -> None:
        self.world.retain()

    @rule(count=STEPS)
    def ledger_reads(self, count: int) -> None:
        self.world.read(self.world.ledgers[0], count)

    @rule()
    def ledger_backup(self) -> None:
        self.world.backup = self.world.ledgers[0].copy()

    @rule()
    def ledger_comes_back_from_backup(self) -> None:
        self.world.ledgers[0] = self.world.backup.copy()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.check()
