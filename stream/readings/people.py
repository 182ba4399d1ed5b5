"""Adoption: distinct active people against the target population, small groups withheld. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from stream.ledger.figures import PeopleFigures
from stream.readings.interval import wilson
from stream.readings.reading import RATIO, Beside, Part, Reading
from stream.readings.sums import Declared, Population, Sums
from stream.readings.tally import Tally, reading_of
from stream.readings.withheld import is_small, withheld

DAY: Final = 1
WEEK: Final = 7
MONTH: Final = 28
_ORIGIN: Final = "people by department or use_case, as-of day {day}"
_NAMES: Final = {DAY: "day", WEEK: "7_days", MONTH: "28_days"}


@dataclass(frozen=True)
class _Active:
    """``counts``: window in days -> people who count as of the population. ``strangers``, ``unlisted``:
    people of 7 days who are outside every population, and who were not looked up.
    """

    counts: Mapping[int, int]
    strangers: int = 0
    unlisted: int = 0

    def count(self, window: int) -> int:
        return self.counts.get(window, 0)

    @property
    def lapsed(self) -> int:
        """Active in 28 days and not in the last 7."""
        return max(0, self.count(MONTH) - self.count(WEEK))

    @property
    def earlier(self) -> int:
        """Active in 7 days and not on the last."""
        return max(0, self.count(WEEK) - self.count(DAY))


def adoption(sums: Sums, declared: Declared) -> Reading:
    """People of the population active in the 7 days that end with the as-of day ÷ that population."""
    population, least = declared.population, declared.min_group_size
    members_known = population is not None and population.members_known
    rows = [row for row in sums.people if row.day == sums.as_of_day]
    whole = _active([row for row in rows if not row.department and not row.use_case], members_known)
    people = whole.count(WEEK)
    tally = Tally((), share=True)
    small = is_small(people, least)
    if population is not None and population.whole >= least and rows and not small:
        tally.add((), people, population.whole)
    reading = reading_of(
        "adoption_rate",
        RATIO,
        tally,
        beside=list(_beside(whole, least)) if rows else [],
        notes=list(_notes(rows, whole, population, least)),
        measured=members_known,
        origin=_ORIGIN.format(day=sums.as_of_day),
    )
    parts = [
        *_parts("department", rows, population.departments if population else {}, members_known, least),
        *_parts("use_case", rows, population.use_cases if population else {}, members_known, least),
    ]
    return replace(reading, by=tuple(parts))


def _active(rows: list[PeopleFigures], members_known: bool) -> _Active:
    counts = {row.window: row.people - row.outside - row.unlisted * members_known for row in rows}
    week = next((row for row in rows if row.window == WEEK), None)
    if week is None:
        return _Active(counts)
    return _Active(counts, week.outside, week.unlisted)


def _beside(active: _Active, least: int) -> Iterator[Beside]:
    """Nested counts, none of which tells of few people by its difference to the next."""
    week = active.count(WEEK)
    shown = {WEEK: not is_small(week, least)}
    lapsed, earlier = active.lapsed, active.earlier
    shown[MONTH] = shown[WEEK] and not is_small(lapsed, least)
    shown[DAY] = shown[WEEK] and not is_small(active.count(DAY), least) and not is_small(earlier, least)
    for window, name in _NAMES.items():
        value = Fraction(active.count(window)) if shown[window] else None
        days = name.replace("_", " ")
        said = f"people active in the last {days}" if window != DAY else "people active on the day"
        yield Beside(f"active_{name}", said, value, "people")
    gone = Fraction(lapsed) if shown[MONTH] else None
    yield Beside("lapsed", "people active in 28 days and not in the last 7", gone, "people")
    for key, name, count in (
        ("outside", "active people outside every population", active.strangers),
        ("unlisted", "active people who were not looked up", active.unlisted),
    ):
        if count:
            yield Beside(key, name, None if is_small(count, least) else Fraction(count), "people")


def _parts(
    label: str,
    rows: list[PeopleFigures],
    sizes: Mapping[str, int],
    members_known: bool,
    least: int,
) -> Iterator[Part]:
    """One part for each value of the label with people or a population, rates where there is one; then the
    counts of a day, of 28 days and of the lapsed, as parts by (label, "window").
    """
    mine: dict[str, list[PeopleFigures]] = {name: [] for name in sizes}
    for row in rows:
        if name := getattr(row, label):
            mine.setdefault(name, []).append(row)
    active = {name: _active(found, members_known) for name, found in sorted(mine.items())}
    week = {name: one.count(WEEK) for name, one in active.items()}
    few = frozenset(name for name, size in sizes.items() if is_small(size, least))
    hidden = withheld(week, least, few)
    for name, count in week.items():
        if name in hidden:
            yield Part((label,), (name,), None, suppressed=True)
        else:
            yield _rate(label, name, count, sizes.get(name))
    lapsed = {name: one.lapsed for name, one in active.items()}
    earlier = {name: one.earlier for name, one in active.items()}
    day = {name: one.count(DAY) for name, one in active.items()}
    hidden_month = withheld(lapsed, least, hidden)
    hidden_day = withheld(day, least, withheld(earlier, least, hidden))
    for name, one in active.items():
        month = one.count(MONTH)
        for window, count, away in (
            ("1", day[name], name in hidden_day),
            ("28", month, name in hidden_month),
            ("lapsed", lapsed[name], name in hidden_month),
        ):
            value = None if away else Fraction(count)
            yield Part((label, "window"), (name, window), value, value, suppressed=away)


def _rate(label: str, name: str, count: int, size: int | None) -> Part:
    people = Fraction(count)
    if not size:
        return Part((label,), (name,), None, people, notes=("no population of it is known",))
    low, high = wilson(people, size) or (None, None)
    notes = ("more people than its population: look at the directory",) if count > size else ()
    whole = Fraction(size)
    return Part((label,), (name,), people / size, people, whole, low, high, whole, notes=notes)


def _notes(
    rows: list[PeopleFigures], whole: _Active, population: Population | None, least: int
) -> Iterator[str]:
    if not rows:
        return
    if is_small(whole.count(WEEK), least):
        yield f"fewer than {least} people: not shown"
    if population is None:
        yield "no population is known: give the directory, or populations in the programme"
        return
    yield f"population: {population.source}"
    if not population.members_known:
        yield "active people were not looked up in a directory: others may be among them"
    elif whole.unlisted:
        yield "people seen without a directory are left out: give the collector the directory, too"
    if whole.count(WEEK) > population.whole:
        yield "more active people than the population: look at the directory"
