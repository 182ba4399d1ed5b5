"""Tasks, probes and people on the exact partition, under everything that can happen to it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.exact_others.machine import Turmoil
from tests.exact_others.subjects import PeopleMachine, ProbesMachine, TasksMachine

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
USUAL = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=QUIET)
LONG = settings(max_examples=700, stateful_step_count=60, deadline=None, suppress_health_check=QUIET)
MACHINES = [TasksMachine, ProbesMachine, PeopleMachine]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_rows_equal_the_oracle_through_anything(machine: type[Turmoil]) -> None:
    """Crashes between any two writes, zombies, compaction, re-creation, any ledger: every row is exact, and
    people are as many as there are in sets of them.
    """
    run_state_machine_as_test(machine, settings=USUAL)


@pytest.mark.long
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_rows_equal_the_oracle_through_anything_at_length(machine: type[Turmoil]) -> None:
    """The same, more than ten times as long."""
    run_state_machine_as_test(machine, settings=LONG)
