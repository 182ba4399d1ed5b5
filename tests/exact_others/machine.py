"""The state machine: everything that may happen to a partition of any log, in any order."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.exact_others.world import OtherWorld, Subject

STEPS = st.integers(1, 12)


class Turmoil(RuleBasedStateMachine):
    """Rows in every ledger equal the oracle's, whatever happened on the way. A subclass names the subject
    and sends.
    """

    subject: ClassVar[Subject]
    world: OtherWorld

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.world = OtherWorld(seed, self.subject)

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

    @rule(share=st.sampled_from([0.5, 1.0]))
    def compact(self, share: float) -> None:
        self.world.compact(share)

    @rule()
    def recreate(self) -> None:
        self.world.settle()
        self.world.recreate()

    @rule()
    def retain(self) -> None:
        self.world.retain()

    @rule(count=STEPS)
    def ledger_reads(self, count: int) -> None:
        self.world.read(self.world.ledgers[0], count)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.check()
