"""Numerators and denominators by label, and the parts made of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from stream.contract.kpis import KPI
from stream.readings.interval import wilson
from stream.readings.reading import Beside, Part, Reading, Unit

Labels = tuple[str, ...]
Pair = tuple[Fraction, Fraction]  #: numerator, denominator
Of = Callable[[Fraction, Fraction], Fraction]


def divided(numerator: Fraction, denominator: Fraction) -> Fraction:
    return numerator / denominator


def saved(numerator: Fraction, denominator: Fraction) -> Fraction:
    """The share by which the numerator is less."""
    return 1 - numerator / denominator


def grown(numerator: Fraction, denominator: Fraction) -> Fraction:
    """The share by which the numerator is more."""
    return numerator / denominator - 1


@dataclass
class Tally:
    """``names``: of the labels. ``share``: numerators are a part of denominators, which gives an interval.
    ``of``: the value made of both. ``counts``: denominators are numbers of things, not amounts.
    """

    names: tuple[str, ...]
    share: bool = True
    of: Of = divided
    counts: bool = True
    cells: dict[Labels, Pair] = field(default_factory=dict)

    def add(self, labels: Labels, numerator: Fraction | int, denominator: Fraction | int) -> None:
        had = self.cells.get(labels, (Fraction(0), Fraction(0)))
        self.cells[labels] = had[0] + numerator, had[1] + denominator

    @property
    def whole(self) -> Pair:
        cells = self.cells.values()
        return sum((one for one, _ in cells), Fraction(0)), sum((all_ for _, all_ in cells), Fraction(0))

    def value(self, pair: Pair) -> Fraction | None:
        return self.of(*pair) if pair[1] else None

    def interval(self, pair: Pair) -> tuple[Fraction | None, Fraction | None]:
        return (wilson(*pair) if self.share else None) or (None, None)

    def parts(self, *by: str) -> tuple[Part, ...]:
        """By these labels, in their order; cells with an empty denominator are left out."""
        at = [self.names.index(name) for name in by]
        split = Tally(by)
        for labels, pair in self.cells.items():
            split.add(tuple(labels[place] for place in at), *pair)
        found = []
        for labels, pair in sorted(split.cells.items()):
            if pair[1]:
                samples = pair[1] if self.counts else None
                found.append(Part(by, labels, self.of(*pair), *pair, *self.interval(pair), samples))
        return tuple(found)

    def splits(self, *splits: Sequence[str]) -> tuple[Part, ...]:
        """Parts by each of these lists of labels, one after the other."""
        return tuple(part for by in splits for part in self.parts(*by))

    def beside(self, key: str, name: str, unit: Unit) -> Beside:
        """The whole of it as a figure beside another."""
        pair = self.whole
        return Beside(key, name, self.value(pair), unit, *pair, *self.interval(pair))


def reading_of(
    key: str,
    unit: Unit,
    tally: Tally,
    *,
    scope: str = "",
    by: Sequence[Sequence[str]] = (),
    beside: Sequence[Beside] = (),
    notes: Sequence[str] = (),
    measured: bool = True,
    origin: str = "",
) -> Reading:
    """The reading of a whole tally and of its parts; its status is judged later."""
    pair = tally.whole
    low, high = tally.interval(pair)
    known = tally.value(pair) is not None
    return Reading(
        KPI[key],
        scope,
        unit,
        tally.value(pair),
        pair[0] if known else None,
        pair[1] if known else None,
        low,
        high,
        samples=pair[1] if tally.counts and known else None,
        measured=measured,
        notes=tuple(notes),
        beside=tuple(beside),
        by=tally.splits(*by),
        origin=origin,
    )
