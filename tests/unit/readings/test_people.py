"""Adoption: people of the population alone, and no small group, not even by subtraction."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stream.readings.sums import Population
from stream.readings.withheld import withheld
from tests.unit.readings.given import people, program, reading, sums, usage

DIRECTORY = Population("the directory", 200, {"Support": 120, "Legal": 80}, members_known=True)


def test_people_outside_the_population_do_not_count() -> None:
    """90 of 100 active are members of a population of 120; those outside, and not looked up, are apart."""
    seen = [people(100, outside=7, unlisted=3)]
    found = reading("adoption_rate", sums(people=seen), population=Population("d", 120, members_known=True))
    assert (found.numerator, found.denominator, found.value) == (90, 120, Fraction(3, 4))
    outside = found.figure("outside")
    assert outside is not None and outside.value == 7
    unlisted = found.figure("unlisted")
    assert unlisted is not None and unlisted.value is None  # 3 are fewer than 5


def test_without_a_directory_nobody_was_looked_up() -> None:
    """The programme's populations are the denominator, everybody seen counts, and the figure says so."""
    declared = program(populations={"Support": 100})
    population = Population("the programme's populations", 100, {"Support": 100})
    found = reading(
        "adoption_rate", sums(people=[people(80, unlisted=80)]), program=declared, population=population
    )
    assert found.value == Fraction(4, 5) and not found.measured
    assert any("not looked up" in note for note in found.notes)


def test_lapsed_and_other_windows_are_beside_it() -> None:
    """Active in 28 days and not in 7; all counts nest."""
    seen = [people(20, window=1), people(50, window=7), people(70, window=28)]
    found = reading("adoption_rate", sums(people=seen), population=DIRECTORY)
    assert {item.key: item.value for item in found.beside} == {
        "active_day": 20,
        "active_7_days": 50,
        "active_28_days": 70,
        "lapsed": 20,
    }


def test_a_small_difference_is_withheld_with_its_sum() -> None:
    """3 lapsed people are not shown, and neither is the count of 28 days, which would tell of them."""
    seen = [people(20, window=1), people(50, window=7), people(53, window=28)]
    found = reading("adoption_rate", sums(people=seen), population=DIRECTORY)
    beside = {item.key: item.value for item in found.beside}
    assert beside["lapsed"] is None and beside["active_28_days"] is None and beside["active_7_days"] == 50


def test_a_small_department_takes_another_with_it() -> None:
    """2 active people are hidden; alone they could be had from the total, so the next one goes, too."""
    rows = [people(112), people(2, "Legal"), people(30, "Sales"), people(80, "Support")]
    found = reading("adoption_rate", sums(people=rows), population=Population("d", 500, members_known=True))
    parts = {part.labels[0]: part for part in found.split("department")}
    assert parts["Legal"].suppressed and parts["Sales"].suppressed and not parts["Support"].suppressed
    assert parts["Legal"].numerator is None and parts["Sales"].value is None


def test_a_department_of_few_is_hidden_however_active() -> None:
    """A population of 3 is no group."""
    population = Population("d", 123, {"Support": 120, "Board": 3}, members_known=True)
    rows = [people(53), people(50, "Support"), people(3, "Board")]
    parts = reading("adoption_rate", sums(people=rows), population=population).split("department")
    assert [part.suppressed for part in parts] == [True, True]


def test_too_few_people_at_all() -> None:
    """4 active people are not shown; no value, the note says why, and nothing is to be connected."""
    found = reading("adoption_rate", sums(usage=[usage(9)], people=[people(4)]), population=DIRECTORY)
    assert found.value is None and found.numerator is None and "fewer than 5" in found.notes[0]
    assert found.connect == ""


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 30), max_size=8), st.integers(1, 12), st.data())
def test_no_small_cell_can_be_had_by_subtraction(
    cells: dict[int, int], least: int, data: st.DataObject
) -> None:
    """No shown cell is small, and the total less the shown cells leaves several people of several cells, or
    nobody; where that cannot be, nothing with people in it is shown. More hidden beforehand changes nothing
    of that.
    """
    also = frozenset(data.draw(st.sets(st.sampled_from(sorted(cells))))) if cells else frozenset()
    hidden = withheld(cells, least, also)
    assert also <= hidden <= set(cells)
    assert all(not 0 < count < least for key, count in cells.items() if key not in hidden)
    left = [cells[key] for key in hidden if cells[key]]
    shown = [count for key, count in cells.items() if key not in hidden and count]
    assert not left or not shown or (sum(left) >= least and len(left) > 1)
