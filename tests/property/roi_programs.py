"""Programmes and ledgers at random, as a file and a database would give them."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from stream.roi import Measured, Period, Usage, hour_of

START = dt.date(2026, 1, 1)
PERIOD = Period(hour_of(START), hour_of(START) + 5_000)
PLACES = [("Support", "Answers"), ("Engineering", "Code")]
SOURCED = st.sampled_from(
    [
        {"source": "assumed"},
        {"source": "declared"},
        *(
            {"source": "measured", "method": "study", "measured_on": on}
            for on in ("live", "pilot", "extrapolated")
        ),
    ]
)
COUNTS = st.integers(0, 10**6)
MONEY = st.integers(0, 10**7)


@st.composite
def figures(draw: st.DrawFn, most: int = 1_000, per: int = 10) -> dict[str, Any]:
    """A range of decimals up to most / per, from any source."""
    ends = sorted(draw(st.lists(st.integers(0, most), min_size=3, max_size=3)))
    shown = dict(
        zip(("low", "central", "high"), (str(Fraction(end, per).__float__()) for end in ends), strict=True)
    )
    return {**shown, **draw(SOURCED)}


SHARES = figures(100, 100)


@st.composite
def benefits(draw: st.DrawFn, name: str) -> dict[str, Any]:
    category = draw(st.sampled_from(["time", "operating_cost", "revenue", "quality", "innovation"]))
    driver = draw(st.sampled_from([{"count": "tasks"}, {"count": "accepted_outputs"}, {"count": "requests"}]))
    if driver["count"] == "requests":
        driver = {**driver, "ratio": draw(SHARES)}
    made: dict[str, Any] = {"name": name, "category": category}
    if category == "time":
        times = {
            "minutes_saved": draw(figures()),
            "hourly_cost": draw(figures()),
            "reallocated": draw(SHARES),
        }
        return {**made, "driver": driver, **times}
    made |= (
        {"driver": driver, "each": draw(figures())}
        if draw(st.booleans())
        else {"per_year": draw(figures(10**6))}
    )
    if category == "revenue":
        made["time_factor"] = draw(SHARES)
    if draw(st.booleans()):
        made["share"] = draw(SHARES)
    if category in ("quality", "innovation") and draw(st.booleans()):
        made["accepted_by_finance"] = "2026-02-01"
    return made


@st.composite
def programs(draw: st.DrawFn) -> dict[str, Any]:
    """A programme as a file would give it."""
    cases = [
        {
            "name": name,
            "department": department,
            "stage": draw(st.sampled_from(["proof_of_concept", "pilot", "scale", "mature"])),
            "benefits": [draw(benefits(f"benefit {n}")) for n in range(draw(st.integers(0, 3)))],
        }
        for department, name in PLACES
    ]
    costs: list[dict[str, Any]] = [
        {"line": "infrastructure", "name": "Store", "per_year": draw(figures(10**6))},
        {"line": "integration", "name": "Connectors", "once": draw(figures(10**6)), "date": "2026-01-20"},
        {"line": "maintenance", "name": "Maintenance", "share_of_initial": draw(SHARES)},
        {"line": "seats", "name": "Seats", "department": "Support", "per_person_month": draw(figures())},
    ]
    risk = {"name": "Leak", "cost": draw(figures(10**6)), "probability": draw(SHARES)}
    return {
        "currency": "USD",
        "start": str(START),
        "populations": {"Support": draw(st.integers(0, 1000))},
        "use_cases": cases,
        "costs": costs[: draw(st.integers(0, 4))],
        "risks": [risk] if draw(st.booleans()) else [],
    }


@st.composite
def ledgers(draw: st.DrawFn) -> Measured:
    counts = st.none() | COUNTS
    usage = {
        place: Usage(draw(st.integers(0, 10**15)), draw(counts), 0, draw(counts), draw(counts))
        for place in PLACES
    }
    return Measured(usage)
