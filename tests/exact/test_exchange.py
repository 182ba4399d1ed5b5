"""Two partitions that send outcomes on to each other, under everything that can happen to them."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.exact.pair_machine import Exchange, LongWindow
from tests.exact.test_exact_partition import LONG, USUAL

LONGER = settings(LONG, max_examples=1000)

MACHINES = [Exchange, LongWindow]


@pytest.mark.parametrize("machine", MACHINES)
def test_outcomes_forwards_and_people_equal_the_oracle_through_anything(machine: type[Exchange]) -> None:
    """Every row of outcomes, every outcome sent on and every activity is exact, crashes included."""
    run_state_machine_as_test(machine, settings=USUAL)


@pytest.mark.long
@pytest.mark.parametrize("machine", MACHINES)
def test_outcomes_forwards_and_people_equal_the_oracle_at_length(machine: type[Exchange]) -> None:
    """The same, ten times as long."""
    run_state_machine_as_test(machine, settings=LONGER)
