"""What the ROI engine is given: a period by its name, and what the ledger measured in it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Final

from sqlalchemy import Engine

from stream.contract.names import PRODUCTION
from stream.contract.rows import COST_TYPES
from stream.ledger.queries import usage
from stream.readings.errors import PeriodInvalid
from stream.roi import Measured, Period, Usage, day_of, hour_of

PROGRAMME: Final = "programme"
_HOURS_PER_DAY: Final = 24
_BY: Final = ("department", "use_case", "environment")
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
    """Cost of all environments; requests answered with success in production. Tasks and accepted outputs are
    not measured yet. Raises LedgerError.
    """
    rows = usage(engine, _BY, since_hour=period.since_hour, until_hour=period.until_hour)
    sums: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        department, use_case, environment = row.labels
        found = sums.setdefault((department, use_case), Counter())
        found["cost"] += sum(row.measures.get(name, 0) for name in _COSTS)
        found["unpriced"] += row.measures.get("events_unpriced", 0)
        found["unpriced"] += row.measures.get("events_partly_priced", 0)
        if environment == PRODUCTION:
            found["requests"] += row.measures.get("requests_success", 0)
    query = f"ledger: usage by {', '.join(_BY)}, hours {period.since_hour} to {period.until_hour} (exclusive)"
    return Measured(
        {key: Usage(one["cost"], one["requests"], one["unpriced"]) for key, one in sums.items()}, query
    )


def _unknown(text: str) -> PeriodInvalid:
    return PeriodInvalid(f"--period: {text!r:.60} is none; write {PROGRAMME}, 90d or 2026-01-01..2026-04-01")
