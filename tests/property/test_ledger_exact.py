"""The real ledger behind the real partition, under everything that can happen to both."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.exact import scenarios
from tests.exact.machine import STEPS, Exactness
from tests.exact_others.machine import Turmoil
from tests.exact_others.subjects import PeopleMachine, ProbesMachine, TasksMachine
from tests.property.ledger_world import LedgerWorld, OtherLedgerWorld, RealLedger

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
USUAL = settings(max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=QUIET)
BRIEF = settings(USUAL, max_examples=8)
LONG = settings(max_examples=1500, stateful_step_count=60, deadline=None, suppress_health_check=QUIET)


class LedgerExactness(Exactness):
    """The machine of tests/exact, with a ledger that crashes, fails and reads again."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.world = LedgerWorld(seed)

    @property
    def ledger(self) -> RealLedger:
        found = self.world.ledgers[0]
        assert isinstance(found, RealLedger)
        return found

    @rule()
    def ledger_is_killed(self) -> None:
        self.ledger.restart()

    @rule(count=STEPS)
    def ledger_reads_again(self, count: int) -> None:
        """From any earlier position, of both topics."""
        self.ledger.read_state = max(0, self.ledger.read_state - count)
        self.ledger.read_closed = max(0, self.ledger.read_closed - count)


def test_the_ledger_equals_the_oracle_through_anything() -> None:
    """Queries of a ledger that was there, one that is fresh and one from a backup equal the oracle's; what is
    shown never falls and is what the database holds.
    """
    run_state_machine_as_test(LedgerExactness, settings=USUAL)


@pytest.mark.long
def test_the_ledger_equals_the_oracle_through_anything_at_length() -> None:
    """The same, forty times as long."""
    run_state_machine_as_test(LedgerExactness, settings=LONG)


class _ReadForReal(Turmoil):
    """A machine of tests/exact_others, with a ledger that crashes, fails and reads again."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.world = OtherLedgerWorld(seed, self.subject)

    @rule()
    def ledger_is_killed(self) -> None:
        _real(self.world.ledgers[0]).restart()

    @rule(count=STEPS)
    def ledger_reads_again(self, count: int) -> None:
        ledger = self.world.ledgers[0]
        ledger.read_state = max(0, ledger.read_state - count)
        ledger.read_closed = max(0, ledger.read_closed - count)


def _real(ledger: object) -> RealLedger:
    assert isinstance(ledger, RealLedger)
    return ledger


class TasksRead(_ReadForReal, TasksMachine):
    """Tasks and their judgements."""


class ProbesRead(_ReadForReal, ProbesMachine):
    """Checks."""


class PeopleRead(_ReadForReal, PeopleMachine):
    """People."""


OTHERS = pytest.mark.parametrize(
    "machine", [TasksRead, ProbesRead, PeopleRead], ids=lambda machine: machine.__name__
)


@OTHERS
def test_the_ledger_equals_the_oracle_of_every_other_log(machine: type[Turmoil]) -> None:
    """Tasks, checks and people as the real agents' folds write them, through anything: exact, never less."""
    run_state_machine_as_test(machine, settings=BRIEF)


@pytest.mark.long
@OTHERS
def test_the_ledger_equals_the_oracle_of_every_other_log_at_length(machine: type[Turmoil]) -> None:
    """The same, forty times as long."""
    run_state_machine_as_test(machine, settings=LONG)


@pytest.mark.parametrize(
    "scenario",
    [
        scenarios.older_shard_stands,
        scenarios.a_copy_comes_after_two_windows,
        scenarios.the_topic_is_made_again,
        scenarios.a_day_ends_while_the_ledger_is_away,
        scenarios.a_crash_as_the_day_ends,
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_the_known_histories_end_right(scenario: scenarios.Scenario) -> None:
    """Every history that once went wrong ends with the oracle's figures in the real ledger."""
    for seed in range(5):
        world = LedgerWorld(seed)
        scenario(world)
        world.check()
