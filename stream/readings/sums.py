"""What readings are made of: the ledger's figures of one window, and what is declared. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, TypedDict

from stream.contract.judgements import SELECTIONS
from stream.ledger.figures import Figures, PeopleFigures, TransitionFigures
from stream.readings.reading import Window
from stream.readings.tally import Labels
from stream.roi import Baseline, Program

PLACE: Final = ("department", "use_case")
#: Labels of each kind of figures, all of them of production.
USAGE_BY: Final = (*PLACE, "feature", "provider", "model")
OUTCOME_BY: Final = (*PLACE, "model")
TASK_BY: Final = (*PLACE, "deliverable", "ai")
JUDGEMENT_BY: Final = (*PLACE, "ai")
PROBE_BY: Final = ("probe", "target", "outcome")
WITHOUT_AI: Final = "none"


class Hours(TypedDict):
    """What the ledger's queries are asked for; ``until_hour`` is exclusive."""

    since_hour: int
    until_hour: int


@dataclass(frozen=True)
class Population:
    """Who should use the service on the as-of day. ``departments``, ``use_cases``: people by name; ``whole``:
    distinct people. ``members_known``: each person was looked up, so that others are not counted as of it.
    ``source``: in words.
    """

    source: str
    whole: int
    departments: Mapping[str, int] = field(default_factory=dict)
    use_cases: Mapping[str, int] = field(default_factory=dict)
    members_known: bool = False


@dataclass(frozen=True)
class Declared:
    """What figures are held against. ``min_group_size``: no figure of fewer people is shown."""

    program: Program | None = None
    population: Population | None = None
    min_group_size: int = 5

    def baselines(self, kpi: str) -> list[Baseline]:
        return [one for one in self.program.baselines if one.kpi == kpi] if self.program else []


@dataclass(frozen=True)
class Sums:
    """Figures of one window, production alone, by the labels named above. ``people``: of ``as_of_day`` alone
    (days since 1970). ``first_hour``: the first that the ledger holds at all.
    """

    window: Window
    usage: Sequence[Figures] = ()
    outcomes: Sequence[TransitionFigures] = ()
    tasks: Sequence[Figures] = ()
    task_judgements: Sequence[TransitionFigures] = ()
    probes: Sequence[Figures] = ()
    people: Sequence[PeopleFigures] = ()
    as_of_day: int = 0
    first_hour: int | None = None

    @property
    def known_hours(self) -> int:
        """Hours of the window since the ledger began: what amounts per unit of time are over."""
        since = max(self.window.since_hour, self.first_hour or 0)
        return max(1, self.window.until_hour - since)

    def requests(self, outcome: str = "") -> Counter[Labels]:
        """Requests by (department, use case), all or of one outcome."""
        found: Counter[Labels] = Counter()
        for row in self.usage:
            found[row.labels[:2]] += requests_of(row) if not outcome else row.measures.get(outcome, 0)
        return found


def requests_of(row: Figures) -> int:
    """Final events of a usage row, whatever their outcome."""
    return sum(count for name, count in row.measures.items() if name.startswith("requests_"))


def standing(figures: Iterable[TransitionFigures], aspect: str) -> dict[Labels, Counter[str]]:
    """How many stand at each value of an aspect now: those that came to it less those that left it."""
    found: dict[Labels, Counter[str]] = {}
    for one in figures:
        if one.aspect == aspect:
            counts = found.setdefault(one.labels, Counter())
            counts[one.to_value] += one.events
            counts[one.from_value] -= one.events
    for counts in found.values():
        counts.pop("", None)
    return found


def selections(figures: Iterable[TransitionFigures], aspect: str) -> Counter[str]:
    """How those judged were chosen, by their first judgement."""
    found: Counter[str] = Counter()
    for one in figures:
        if one.aspect == aspect and not one.from_value:
            found[one.selection if one.selection in SELECTIONS else "unknown"] += one.events
    return found


def of_figures(labels: Labels, names: Sequence[str], wanted: Sequence[str]) -> Labels:
    """The values of the labels wanted."""
    return tuple(labels[names.index(name)] for name in wanted)


def seconds(microseconds: int) -> Fraction:
    return Fraction(microseconds, 1_000_000)
