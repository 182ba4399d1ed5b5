"""KPIs of pieces of work: automation, throughput, time saved, hours saved. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from stream.ledger.figures import Figures
from stream.readings.reading import CHANGE, HOURS, RATIO, Beside, Part, Reading
from stream.readings.sums import PLACE, TASK_BY, WITHOUT_AI, Declared, Sums
from stream.readings.tally import Labels, Tally, grown, reading_of, saved
from stream.roi import Baseline, Estimate
from stream.roi.warnings import realistic

_HOURS_PER_WEEK: Final = 7 * 24
_SECONDS_PER_MINUTE: Final = 60
_SECONDS_PER_HOUR: Final = 3_600
_SPLITS: Final = (("department",), PLACE)
_ORIGIN: Final = f"tasks by {', '.join(TASK_BY)}, production"
_HOURS_NAMES: Final = {
    "gross": "hours saved by the programme's minutes, gross",
    "net": "of them put to other use",
    "net_prudent": "of them put to other use, where that is measured",
}
_WORK: Final = TASK_BY[:3]  #: what makes pieces of work comparable


@dataclass
class Work:
    """Pieces of work of one kind. ``seconds``: of people's work on the ``timed`` ones."""

    tasks: int = 0
    timed: int = 0
    seconds: int = 0
    quantity: int = 0

    def add(self, row: Figures) -> None:
        get = row.measures.get
        self.tasks += get("tasks", 0)
        self.timed += get("tasks_timed", 0)
        self.seconds += get("seconds", 0)
        self.quantity += get("quantity", 0)

    @property
    def mean_seconds(self) -> Fraction | None:
        return Fraction(self.seconds, self.timed) if self.timed else None


def work_of(sums: Sums, *, with_ai: bool) -> dict[Labels, Work]:
    """(department, use case, deliverable) -> work done with AI (partly or wholly), or without."""
    found: dict[Labels, Work] = {}
    for row in sums.tasks:
        if (row.labels[3] != WITHOUT_AI) == with_ai:
            found.setdefault(row.labels[:3], Work()).add(row)
    return found


def automation(sums: Sums, declared: Declared) -> Reading:
    """Tasks AI did wholly or in part ÷ all tasks."""
    tally = Tally(TASK_BY)
    apart = {"partly": Fraction(0), "wholly": Fraction(0)}
    for row in sums.tasks:
        count, ai = Fraction(row.measures.get("tasks", 0)), row.labels[3]
        tally.add(row.labels, 0 if ai == WITHOUT_AI else count, count)
        if ai in apart:
            apart[ai] += count
    whole = tally.whole[1]
    beside = [
        Beside(ai, f"tasks {ai} done by AI", count / whole if whole else None, RATIO, count, whole)
        for ai, count in apart.items()
    ]
    base = [one for one in declared.baselines("automation_rate") if one.places == (None, None, None)]
    value = tally.value(tally.whole)
    for one in base:
        before = Fraction(one.value) / 100
        change = None if value is None else value - before
        beside.append(Beside("change", "change since the baseline, of all tasks", change, RATIO))
    notes = [one.words for one in base] or ["no baseline: how much it was before is not known"]
    return reading_of("automation_rate", RATIO, tally, by=_SPLITS, beside=beside, notes=notes, origin=_ORIGIN)


def throughput(sums: Sums, declared: Declared) -> Reading:
    """Deliverables per week against the baseline of the same work."""
    weeks = Fraction(sums.known_hours, _HOURS_PER_WEEK)
    tally, parts, notes = Tally(_WORK, share=False, of=grown, counts=False), [], []
    for base in declared.baselines("production_throughput"):
        made = _quantity([row for row in sums.tasks if base.covers(*row.labels[:3])])
        place = {name: label for name, label in zip(_WORK, base.places, strict=True) if label is not None}
        tally.add(tuple(label or "" for label in base.places), made / weeks, Fraction(base.value))
        notes.append(f"{' / '.join(place.values()) or 'all work'}: {base.words}")
        now, was = made / weeks, Fraction(base.value)
        parts.append(Part(tuple(place), tuple(place.values()), grown(now, was), now, was, samples=made))
    quantity, beside = _quantity(sums.tasks), []
    if sums.tasks:
        name, unit = "deliverables per week, of all work", "deliverables/week"
        beside.append(Beside("deliverables_per_week", name, quantity / weeks, unit, quantity, weeks))
    reading = reading_of("production_throughput", CHANGE, tally, beside=beside, notes=notes, origin=_ORIGIN)
    split = tuple(part for part in parts if part.by)
    samples = quantity if reading.value is not None else None
    return replace(reading, samples=samples, by=split)


def _quantity(rows: Sequence[Figures]) -> Fraction:
    return Fraction(sum(row.measures.get("quantity", 0) for row in rows))


@dataclass(frozen=True)
class Saving:
    """``tally``: seconds of timed work with AI ÷ seconds that the same work takes without. ``timed``: tasks
    with AI it is made of, by the same labels. ``left_out``: timed tasks with AI that nothing compares with.
    ``declared``: whether a baseline that is not measured is among what is compared with.
    """

    tally: Tally
    timed: dict[Labels, Fraction]
    compared: tuple[str, ...]
    left_out: int
    declared: bool


def saving(sums: Sums, declared: Declared) -> Saving:
    """Each kind of work is compared with its dated baseline, else with the work done without AI in the same
    window; kinds without either are left out, so that a change of mix is no gain.
    """
    manual, bases = work_of(sums, with_ai=False), declared.baselines("time_saved_per_task")
    tally, timed = Tally(_WORK, share=False, of=saved, counts=False), {}
    compared: dict[str, None] = {}
    left_out, weak = 0, False
    for labels, work in work_of(sums, with_ai=True).items():
        if not work.timed:
            continue
        base = next((one for one in bases if one.covers(*labels)), None)
        without = _without(base, manual.get(labels))
        if not without:
            left_out += work.timed
            continue
        tally.add(labels, work.seconds, without * work.timed)
        timed[labels] = Fraction(work.timed)
        by_hand = manual[labels].timed if base is None else 0
        compared[_compared(labels, base, by_hand)] = None
        weak = weak or (base is not None and base.source != "measured")
    return Saving(tally, timed, tuple(compared), left_out, weak)


def time_saved(sums: Sums, declared: Declared) -> Reading:
    """1 − time with AI ÷ time the same work takes without."""
    found = saving(sums, declared)
    notes = list(found.compared)
    if found.left_out:
        notes.append(
            f"{found.left_out} timed tasks with AI left out: no baseline and none without AI to compare"
        )
    reading = reading_of(
        "time_saved_per_task",
        CHANGE,
        found.tally,
        by=_SPLITS,
        beside=list(_means(sums)),
        notes=notes,
        measured=not found.declared,
        origin=_ORIGIN,
    )
    parts = tuple(
        replace(part, samples=_samples(found, part), notes=tuple(_realistic(part, declared)))
        for part in reading.by
    )
    total = sum(found.timed.values(), Fraction(0))
    return replace(reading, by=parts, samples=total if reading.value is not None else None)


def hours_saved(sums: Sums, declared: Declared, estimate: Estimate | None) -> Reading:
    """Hours of the timed work that were not spent, gross; what the programme expects beside it."""
    found = saving(sums, declared)
    hours = Tally(found.tally.names, share=False, counts=False)
    for labels, (spent, expected) in found.tally.cells.items():
        hours.add(labels, (expected - spent) / _SECONDS_PER_HOUR, 1)
    parts = tuple(_amount(hours, by) for by in _SPLITS)
    beside, notes = list(_programme(estimate)), list(found.compared)
    untimed = sum(work.tasks - work.timed for work in work_of(sums, with_ai=True).values())
    if untimed:
        notes.append(f"{untimed} tasks with AI were not timed and save nothing here")
    notes.append("gross: what was put to other use is in the programme's net hours beside it")
    reading = reading_of(
        "hours_saved", HOURS, hours, beside=beside, notes=notes, measured=not found.declared, origin=_ORIGIN
    )
    gross = hours.whole[0] if hours.cells else None
    by = tuple(part for split in parts for part in split)
    return replace(reading, value=gross, numerator=gross, denominator=None, by=by)


def _programme(estimate: Estimate | None) -> Iterator[Beside]:
    if estimate is None or estimate.hours is None:
        return
    for key, name in _HOURS_NAMES.items():
        part = getattr(estimate.hours, key)
        yield Beside(f"programme_{key}", name, part.central, HOURS, low=part.low, high=part.high)
    measured, gross = estimate.hours.gross_measured.central, estimate.hours.gross.central
    share = measured / gross if gross else None
    yield Beside("measured_share", "share of these hours that is measured", share, RATIO, measured, gross)


def _amount(hours: Tally, by: tuple[str, ...]) -> tuple[Part, ...]:
    """Sums, not quotients."""
    return tuple(replace(part, value=part.numerator, denominator=None) for part in hours.parts(*by))


def _means(sums: Sums) -> Iterator[Beside]:
    for key, with_ai in (("with_ai", True), ("without_ai", False)):
        work = work_of(sums, with_ai=with_ai).values()
        timed, seconds = sum(one.timed for one in work), sum(one.seconds for one in work)
        mean = Fraction(seconds, timed) if timed else None
        name = f"mean time of a task {'with' if with_ai else 'without'} AI"
        yield Beside(key, name, mean, "seconds", Fraction(seconds), Fraction(timed))


def _without(base: Baseline | None, manual: Work | None) -> Fraction | None:
    """Seconds of a task without AI."""
    if base is not None:
        return Fraction(base.value) * _SECONDS_PER_MINUTE
    return manual.mean_seconds if manual else None


def _compared(labels: Labels, base: Baseline | None, by_hand: int) -> str:
    place = " / ".join(filter(None, labels))
    return (
        f"{place}: against {base.words if base else f'{by_hand} timed tasks without AI in the same period'}"
    )


def _samples(found: Saving, part: Part) -> Fraction:
    at = [_WORK.index(name) for name in part.by]
    return sum(
        (count for labels, count in found.timed.items() if tuple(labels[i] for i in at) == part.labels),
        Fraction(0),
    )


def _realistic(part: Part, declared: Declared) -> Iterator[str]:
    """What the field sees for the kinds of work that the programme names for this use case."""
    program = declared.program
    if program is None or part.by != PLACE:
        return
    cases = [case for case in program.use_cases if (case.department, case.name) == part.labels]
    kinds = {benefit.kind for case in cases for benefit in case.benefits if benefit.kind}
    for kind in sorted(kinds):
        low, high = realistic(program, kind)
        beyond = ", and this is above it" if part.value is not None and part.value > high else ""
        yield f"the field sees {float(low):.0%} to {float(high):.0%} for {kind}{beyond}"
