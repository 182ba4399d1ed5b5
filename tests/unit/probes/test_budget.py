"""A day's tokens are a bound, whatever the answers say, and the next day begins anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collectors.probes.budget import Budget
from stream.contract.names import US_PER_DAY

_USED = st.one_of(st.none(), st.integers(0, 500))


@given(st.integers(40, 5_000), st.lists(st.tuples(st.integers(0, US_PER_DAY // 5), _USED), max_size=80))
def test_a_day_never_costs_more_than_its_budget_and_one_check(
    per_day: int, checks: list[tuple[int, int | None]]
) -> None:
    """Checks are sent as long as one of the usual size still fits; the last may be larger than usual."""
    budget, now_us, spent = Budget(per_day, 40), 0, dict.fromkeys(range(100), 0)
    for wait_us, used in checks:
        now_us += wait_us
        day = now_us // US_PER_DAY
        if budget.allows(now_us):
            assert spent[day] + budget.expected <= per_day
            spent[day] += budget.spend(now_us, used)
        assert budget.left(now_us) == max(0, per_day - spent[day])
        assert spent[day] <= per_day + 500


def test_what_is_used_up_comes_back_with_the_day() -> None:
    """Paused until the next day of UTC, and no longer."""
    budget = Budget(100, 40)
    assert budget.allows(0)
    assert budget.spend(0, 90) == 90
    assert not budget.allows(US_PER_DAY - 1)
    assert budget.allows(US_PER_DAY)


def test_without_an_answer_the_usual_is_taken_as_used() -> None:
    """A check that may have cost something is not free; one that nobody received is."""
    budget = Budget(1_000, 40)
    assert budget.spend(0, None) == 40
    assert budget.spend(0, 9) == 9
    assert budget.spend(0, None) == 9
    assert budget.spend(0, 0) == 0
    assert budget.expected == 9
    assert budget.left(0) == 1_000 - 58


def test_a_check_without_tokens_is_never_paused() -> None:
    """A check http uses none."""
    budget = Budget(1, 0)
    for _ in range(3):
        assert budget.allows(0)
        assert budget.spend(0, 0) == 0
