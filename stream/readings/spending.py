"""KPIs of spending and use: cost per request, cost per task, use per feature. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import sqrt
from typing import Final

from stream.contract.leaves import LEAVES
from stream.contract.rows import COST_TYPES
from stream.ledger.figures import Figures
from stream.readings.interval import Z_95
from stream.readings.reading import CHANGE, RATIO, USD, Beside, Part, Reading
from stream.readings.sums import PLACE, USAGE_BY, Declared, Sums, requests_of
from stream.readings.tally import Labels, Tally, grown, reading_of
from stream.readings.work import Work, work_of
from stream.roi import Program

_NANO: Final = 10**9
_SQUARED_MICRO: Final = 10**12  #: micro-USD² in one USD²
_SECONDS_PER_HOUR: Final = 3_600
_COSTS: Final = tuple(f"cost_nano_usd_{part}" for part in COST_TYPES)
_TOKENS: Final = tuple(f"tokens_{leaf}" for leaf in LEAVES)
_WHOLE_PRICES: Final = ("events_priced", "events_reported", "events_free")
_EVENTS: Final = (*_WHOLE_PRICES, "events_partly_priced", "events_unpriced")
_SPLITS: Final = (("department",), PLACE, ("provider", "model"))
_ORIGIN: Final = f"usage by {', '.join(USAGE_BY)}, production"
LITTLE_USED: Final = Fraction(1, 10)  #: of an equal share: a feature below it is named


def cost_of(row: Figures) -> Fraction:
    """US dollars of all attempts."""
    return Fraction(sum(row.measures.get(name, 0) for name in _COSTS), _NANO)


def _sum(row: Figures, names: tuple[str, ...]) -> int:
    return sum(row.measures.get(name, 0) for name in names)


def cost_per_request(sums: Sums) -> Reading:
    """Cost of all attempts ÷ requests, in US dollars, with the 95 % interval of a mean (from the squares of
    the attempts' costs); in tokens beside it.
    """
    tally, tokens = Tally(USAGE_BY, share=False), Tally(USAGE_BY, share=False)
    priced, events = 0, 0
    for row in sums.usage:
        tally.add(row.labels, cost_of(row), requests_of(row))
        tokens.add(row.labels, _sum(row, _TOKENS), requests_of(row))
        priced, events = priced + _sum(row, _WHOLE_PRICES), events + _sum(row, _EVENTS)
    share = Fraction(priced, events) if events else None
    beside = [
        tokens.beside("tokens_per_request", "tokens per request", "tokens"),
        Beside(
            "share_priced",
            "share of attempts with a whole price",
            share,
            RATIO,
            Fraction(priced),
            Fraction(events),
        ),
    ]
    notes = [] if priced == events else [f"at least: {events - priced} attempts have no whole price"]
    reading = reading_of(
        "cost_per_request", USD, tally, by=_SPLITS, beside=beside, notes=notes, origin=_ORIGIN
    )
    low, high = _interval(sums, *tally.whole)
    return replace(reading, low=low, high=high)


def _interval(sums: Sums, cost: Fraction, requests: Fraction) -> tuple[Fraction | None, Fraction | None]:
    """Of cost ÷ requests: the attempts' costs taken as drawn independently."""
    squares = sum(
        row.measures.get("cost_squares_hi", 0) * 2**32 + row.measures.get("cost_squares_lo", 0)
        for row in sums.usage
    )
    attempts = sum(_sum(row, _EVENTS) for row in sums.usage)
    if not squares or not attempts or not requests:
        return None, None
    scatter = max(Fraction(0), Fraction(squares, _SQUARED_MICRO) - cost * cost / attempts)
    half = Z_95 * Fraction(sqrt(scatter)) / requests
    value = cost / requests
    return max(Fraction(0), value - half), value + half


def use_per_feature(sums: Sums) -> Reading:
    """Requests; their parts by feature and use case, the little used named."""
    tally = Tally(USAGE_BY, share=False, counts=False)
    for row in sums.usage:
        tally.add(row.labels, requests_of(row), 1)
    parts = [_amount(part) for part in tally.splits(("feature",), ("use_case",))]
    features = [part for part in parts if part.by == ("feature",) and part.labels[0] and part.value]
    total = sum((part.value or Fraction(0) for part in features), Fraction(0))
    little = {part.labels for part in features if (part.value or 0) * len(features) < total * LITTLE_USED}
    parts = [
        replace(part, notes=("little used",)) if part.by == ("feature",) and part.labels in little else part
        for part in parts
    ]
    notes = [f"little used: {', '.join(sorted(labels[0] for labels in little))}"] if little else []
    requests = tally.whole[0] if sums.usage else None
    reading = reading_of("use_per_feature", "requests", tally, notes=notes, origin=_ORIGIN)
    return replace(reading, value=requests, numerator=requests, denominator=None, by=tuple(parts))


def _amount(part: Part) -> Part:
    return replace(part, value=part.numerator, denominator=None)


def cost_per_task(sums: Sums, declared: Declared) -> Reading:
    """Cost of a task with AI against one without: people's time at the programme's loaded hourly cost, and
    the usage of the use case over its tasks with AI. Compared with the dated baseline, else with tasks done
    without AI in the same window.
    """
    tally = Tally(PLACE, share=False, of=grown, counts=False)
    program, notes, tasks = declared.program, [], Fraction(0)
    if program is not None:
        usage, manual = _usage_cost(sums, program), _by_place(work_of(sums, with_ai=False))
        for place, work in _by_place(work_of(sums, with_ai=True)).items():
            without = _without(declared, place, manual.get(place), hourly := hourly_cost(program, place))
            if hourly is None or without is None or not work.timed:
                notes.append(f"{' / '.join(place)}: left out: {_missing(hourly, without)}")
                continue
            spent = Fraction(work.seconds, work.timed) / _SECONDS_PER_HOUR * hourly
            with_ai = spent + usage.get(place, Fraction(0)) / work.tasks
            tally.add(place, with_ai * work.tasks, without * work.tasks)
            tasks += work.tasks
        notes.append("people's time and usage; what use cases share (seats, integration …) is in the ROI")
    beside = list(_each(tally, tasks, program))
    reading = reading_of(
        "cost_per_task",
        CHANGE,
        tally,
        by=(("department",), PLACE),
        beside=beside,
        notes=notes,
        origin="tasks and usage by department, use_case, production",
    )
    return replace(reading, samples=tasks if tally.cells else None)


def hourly_cost(program: Program, place: Labels) -> Fraction | None:
    """Central loaded hourly cost of the use case's people, as its benefits or costs state it."""
    case = next((one for one in program.use_cases if (one.department, one.name) == place), None)
    given = [one.hourly_cost for one in case.benefits if one.hourly_cost] if case else []
    given += [
        cost.hourly_cost
        for cost in program.costs
        if cost.hourly_cost and (cost.department, cost.use_case) == place
    ]
    return given[0].range.central if given else None


def _without(
    declared: Declared, place: Labels, manual: Work | None, hourly: Fraction | None
) -> Fraction | None:
    base = next((one for one in declared.baselines("cost_per_task") if one.covers(*place)), None)
    if base is not None:
        return Fraction(base.value)
    mean = manual.mean_seconds if manual else None
    return None if mean is None or hourly is None else mean / _SECONDS_PER_HOUR * hourly


def _missing(hourly: Fraction | None, without: Fraction | None) -> str:
    if hourly is None:
        return "the programme has no hourly_cost of it"
    return (
        "no baseline and no timed tasks without AI" if without is None else "its tasks with AI are not timed"
    )


def _by_place(work: dict[Labels, Work]) -> dict[Labels, Work]:
    found: dict[Labels, Work] = {}
    for labels, one in work.items():
        into = found.setdefault(labels[:2], Work())
        into.tasks, into.timed = into.tasks + one.tasks, into.timed + one.timed
        into.seconds, into.quantity = into.seconds + one.seconds, into.quantity + one.quantity
    return found


def _usage_cost(sums: Sums, program: Program) -> dict[Labels, Fraction]:
    """In the programme's currency."""
    rate = Fraction(program.usd_rate.rate) if program.usd_rate else Fraction(1)
    found: dict[Labels, Fraction] = {}
    for row in sums.usage:
        place = row.labels[:2]
        found[place] = found.get(place, Fraction(0)) + cost_of(row) * rate
    return found


def _each(tally: Tally, tasks: Fraction, program: Program | None) -> Iterator[Beside]:
    if tasks and program is not None:
        with_ai, without = tally.whole
        yield Beside("with_ai", "cost of a task with AI", with_ai / tasks, program.currency, with_ai, tasks)
        yield Beside("without_ai", "cost of it without", without / tasks, program.currency, without, tasks)
