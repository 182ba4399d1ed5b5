"""The ROI from the ledger: periods by name, what was measured in them, and the ROI of now."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Final

from sqlalchemy import Engine

from stream.contract.judgements import ACCEPTED, VERDICT
from stream.contract.names import PRODUCTION, US_PER_HOUR
from stream.contract.rows import COST_TYPES, OUTCOME
from stream.ledger.queries import tasks, transitions, usage
from stream.readings.errors import PeriodInvalid
from stream.readings.reading import LiveRoi, RoiReading
from stream.readings.sums import WITHOUT_AI, Hours, standing
from stream.roi import Measured, Period, Program, Usage, day_of, estimate, hour_of

PROGRAMME: Final = "programme"
TRAILING: Final = "trailing"
TRAILING_DAYS: Final = 90
_HOURS_PER_DAY: Final = 24
_PLACE: Final = ("department", "use_case")
_BY: Final = (*_PLACE, "environment")
_COSTS: Final = tuple(f"cost_nano_usd_{part}" for part in COST_TYPES)
_MOST_DAYS: Final = 36_500


def period_of(text: str, start: dt.date, now_hour: int) -> Period:
    """``programme`` (from its start to now), ``90d``, or ``2026-01-01..2026-04-01`` (the end exclusive; UTC).

    ``now_hour``: the current hour since 1970 UTC, which counts so far. It never ends later: what a year is
    expected to bring is not set against usage that has not happened. Raises PeriodInvalid.
    """
    until = now_hour + 1
    begin, dots, end = text.partition("..")
    days = text.removesuffix("d")
    if text == PROGRAMME:
        since = hour_of(start)
    elif days != text and days.isascii() and days.isdigit() and 0 < int(days) <= _MOST_DAYS:
        since = until - int(days) * _HOURS_PER_DAY
    elif dots:
        try:
            since, until = (hour_of(dt.date.fromisoformat(day)) for day in (begin, end))
        except ValueError:
            raise _unknown(text) from None
    else:
        raise _unknown(text)
    until = min(until, now_hour + 1)
    if since >= until:
        raise PeriodInvalid(
            f"--period: {text} ends, or now is, before it begins ({day_of(since)}); name another"
        )
    return Period(since, until)


def measured(engine: Engine, period: Period) -> Measured:
    """Cost of all environments; of production, requests answered with success, tasks done with AI (partly or
    wholly) and outputs that stand accepted (used as they are or with minor edits).

    Tasks and accepted outputs are None where the ledger holds no task, no verdict at all in the period: then
    nothing is connected, and 0 would be a claim. Raises LedgerError.
    """
    span = Hours(since_hour=period.since_hour, until_hour=period.until_hour)
    sums: dict[tuple[str, ...], Counter[str]] = {}
    for row in usage(engine, _BY, **span):
        found = sums.setdefault(row.labels[:2], Counter())
        found["cost"] += sum(row.measures.get(name, 0) for name in _COSTS)
        found["unpriced"] += row.measures.get("events_unpriced", 0)
        found["unpriced"] += row.measures.get("events_partly_priced", 0)
        if row.labels[2] == PRODUCTION:
            found["requests"] += row.measures.get("requests_success", 0)
    production = {"environment": PRODUCTION}
    work = tasks(engine, (*_PLACE, "ai"), **span, where=production)
    for row in work:
        if row.labels[2] != WITHOUT_AI:
            sums.setdefault(row.labels[:2], Counter())["tasks"] += row.measures.get("tasks", 0)
    verdicts = standing(transitions(engine, OUTCOME, _PLACE, **span, where=production), VERDICT)
    for labels, counts in verdicts.items():
        sums.setdefault(labels, Counter())["accepted"] += sum(counts[value] for value in ACCEPTED)
    hours = f"hours {period.since_hour} to {period.until_hour} (exclusive)"
    query = f"ledger: usage by {', '.join(_BY)}, tasks and outcomes of production, {hours}"
    return Measured(
        {
            (labels[0], labels[1]): Usage(
                one["cost"],
                one["requests"],
                one["unpriced"],
                one["tasks"] if work else None,
                one["accepted"] if verdicts else None,
            )
            for labels, one in sums.items()
        },
        query,
    )


def live_roi(engine: Engine, program: Program, now_us: int) -> LiveRoi:
    """The programme to date, by department too, and the trailing 90 days. ``now_us``: microseconds since
    1970; the current hour counts so far. Raises LedgerError.
    """
    until, start = now_us // US_PER_HOUR + 1, hour_of(program.start)
    if start >= until:
        return LiveRoi(None, None)
    whole = Period(start, until)
    found = measured(engine, whole)
    recent = Period(max(start, until - TRAILING_DAYS * _HOURS_PER_DAY), until)
    of_late = found if recent == whole else measured(engine, recent)
    names = sorted({case.department for case in program.use_cases})
    return LiveRoi(
        RoiReading(PROGRAMME, estimate(program, found, whole)),
        RoiReading(TRAILING, estimate(program, of_late, recent)),
        tuple((name, RoiReading(PROGRAMME, estimate(program, found, whole, name))) for name in names),
    )


def _unknown(text: str) -> PeriodInvalid:
    return PeriodInvalid(f"--period: {text!r:.60} is none; write {PROGRAMME}, 90d or 2026-01-01..2026-04-01")
