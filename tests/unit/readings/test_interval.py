"""Wilson's interval, against published values and for every share."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.readings.interval import wilson


@pytest.mark.parametrize(
    ("counted", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (10, 100, 0.0552, 0.1744),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_published_values(counted: int, of: int, low: float, high: float) -> None:
    """To the four places in which they are published."""
    found = wilson(counted, of)
    assert found is not None
    assert [round(float(end), 4) for end in found] == [low, high]


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_it_holds_the_share_and_is_one(counted: int, of: int) -> None:
    """Both ends lie within 0 to 1 and around the share; what is mirrored has the mirrored interval."""
    counted = min(counted, of)
    low, high = wilson(counted, of) or (Fraction(2), Fraction(2))
    assert 0 <= low <= Fraction(counted, of) <= high <= 1
    mirrored = wilson(of - counted, of)
    assert mirrored is not None and abs(mirrored[0] - (1 - high)) < Fraction(1, 10**12)


@given(st.integers(1, 1000), st.integers(2, 50))
def test_more_samples_say_more(counted: int, times: int) -> None:
    """The same share of more samples has a narrower interval."""
    one, more = wilson(counted, 1000), wilson(counted * times, 1000 * times)
    assert one is not None and more is not None
    assert more[1] - more[0] < one[1] - one[0]


@pytest.mark.parametrize(("counted", "of"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_has_none(counted: int, of: int) -> None:
    """Nothing counted, or more than all of it: no interval rather than one beyond 0 or 1."""
    assert wilson(counted, of) is None
