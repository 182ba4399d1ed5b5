"""The exact partition under everything that can happen to it, and proof that each of its rules is needed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.exact import variants
from tests.exact.machine import Exactness

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
USUAL = settings(max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=QUIET)
LONG = settings(max_examples=3000, stateful_step_count=60, deadline=None, suppress_health_check=QUIET)
HUNT = settings(
    max_examples=30_000,  # it ends at the first that is wrong; which is that depends on what was imported
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=QUIET,
    report_multiple_bugs=False,
)


def test_rows_equal_the_oracle_through_anything() -> None:
    """Crashes between any two writes, zombies, compaction, re-creation, any ledger: every row is exact."""
    run_state_machine_as_test(Exactness, settings=USUAL)


@pytest.mark.long
def test_rows_equal_the_oracle_through_anything_at_length() -> None:
    """The same, twenty times as long."""
    run_state_machine_as_test(Exactness, settings=LONG)


@pytest.mark.long
@pytest.mark.parametrize("variant", variants.ALL, ids=lambda variant: variant.__name__)
def test_the_check_finds_each_known_mistake(variant: type[variants.Variant]) -> None:
    """Every variant that drops one of the rules is found wrong: the check above is able to fail."""
    machine = type(variant.__name__, (Exactness,), {"make": staticmethod(variant.make)})
    with variant.applied(), pytest.raises((AssertionError, KeyError, StopIteration)):
        run_state_machine_as_test(machine, settings=HUNT)
