"""Shares, quantiles and money, as the board computes them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.board import formatting as f
from stream.board.numbers import Distribution, quotient, usd, wilson

EDGES = (100, 200, 400)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(1, 10, 0.01787, 0.40415), (0, 25, 0.0, 0.13319), (25, 25, 0.86681, 1.0), (81, 263, 0.25529, 0.36621)],
)
def test_the_interval_is_wilsons(hits: int, trials: int, low: float, high: float) -> None:
    """The interval of a share is Wilson's at 95 %, as published tables have it."""
    found = wilson(hits, trials)
    assert found is not None
    assert found == pytest.approx((low, high), abs=1e-5)


@given(st.integers(1, 10**9), st.data())
def test_the_interval_holds_the_share(trials: int, data: st.DataObject) -> None:
    """A share never lies outside its own interval, and the interval never leaves 0 to 1."""
    hits = data.draw(st.integers(0, trials))
    found = wilson(hits, trials)
    assert found is not None
    assert 0 <= found[0] <= hits / trials <= found[1] <= 1


def test_without_trials_there_is_no_share() -> None:
    """Nothing ÷ 0 is 0: it is nothing."""
    assert wilson(0, 0) is None
    assert quotient(5, 0) is None
    assert Distribution(EDGES, (0, 0, 0, 0), 0).quantile(Decimal("0.5")) is None
    assert Distribution(EDGES, (0, 0, 0, 0), 0).mean_us() is None


def test_a_quantile_lies_within_its_bucket_in_proportion() -> None:
    """Half of ten values, four of them below 100 and four between 100 and 200: a quarter into the second."""
    found = Distribution(EDGES, (4, 4, 2, 0), 1500).quantile(Decimal("0.5"))
    assert found is not None
    assert (found.value_us, found.low_us, found.high_us) == (125, 100, 200)


def test_a_quantile_beyond_the_last_bucket_is_not_invented() -> None:
    """What lies in the last bucket is only known to be more than its beginning."""
    found = Distribution(EDGES, (1, 0, 0, 99), 0).quantile(Decimal("0.95"))
    assert found is not None
    assert (found.value_us, found.high_us) == (400, None)


@given(st.lists(st.integers(0, 399), min_size=1), st.sampled_from(["0.5", "0.95"]))
def test_a_quantile_names_the_bucket_of_the_true_one(values: list[int], q: str) -> None:
    """The bucket that is named holds the value of that rank."""
    counts = [
        sum(low < value <= high for value in values) for low, high in ((-1, 100), (100, 200), (200, 400))
    ]
    found = Distribution(EDGES, (*counts, 0), sum(values)).quantile(Decimal(q))
    rank = -(-Fraction(q) * len(values) // 1)  # the smallest value at or above that share
    true = sorted(values)[int(rank) - 1]
    assert found is not None and found.high_us is not None
    assert found.low_us - (found.low_us == 0) < true <= found.high_us
    assert found.low_us <= found.value_us <= found.high_us


@given(st.integers(0, 2**63 - 1))
def test_money_is_exact(nano: int) -> None:
    """The decimal string holds every nano-dollar of any sum, and what is written is never a bare 0."""
    assert Decimal(f.plain(usd(nano))) * 10**9 == nano
    assert (f.money(usd(nano)) == "0") == (nano == 0)


@pytest.mark.parametrize(
    ("nano", "shown"),
    [(0, "0"), (1, "0.00000000100"), (1_234_567, "0.00123"), (994_900_000, "0.995"), (995_000_000, "1.00"),
     (999_999_999, "1.00"), (1_234_567_000_000, "1,234.57")],
)  # fmt: skip
def test_money_is_written_with_the_digits_that_matter(nano: int, shown: str) -> None:
    """Cents from a dollar up, three significant digits below."""
    assert f.money(usd(nano)) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0"), (1.0, "100"), (0.9999, "99.9"), (0.123, "12.3"), (0.00042, "0.042"), (1e-9, "0.00000010")],
)
def test_a_percentage_says_none_and_all_only_when_it_is(share: float, shown: str) -> None:
    """What is not nothing is not written as 0, what is not all not as 100."""
    assert f.percent(share) == shown
