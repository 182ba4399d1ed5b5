"""Figures of one window as the ledger would give them, and a programme, by hand."""

from __future__ import annotations

from typing import Any

from stream.ledger.figures import Figures, PeopleFigures, TransitionFigures
from stream.readings.kpis import kpi_readings
from stream.readings.reading import Reading, Window
from stream.readings.sums import Declared, Population, Sums
from stream.roi import Program

WINDOW = Window(490_000, 490_000 + 28 * 24)
DAY = 20_444
PLACE = ("Support", "Answers")


def usage(
    success: int = 0, *, model: str = "m", feature: str = "", place: Any = PLACE, **more: int
) -> Figures:
    """``more``: other measures."""
    return Figures((*place, feature, "p", model), None, {"requests_success": success, **more})


def task(ai: str, *, place: Any = PLACE, deliverable: str = "", **measures: int) -> Figures:
    return Figures((*place, deliverable, ai), None, measures)


def judged(
    aspect: str, after: str, events: int, *, before: str = "", selection: str = "all", place: Any = PLACE
) -> TransitionFigures:
    return TransitionFigures((*place, "m"), aspect, before, after, selection, events)


def judged_task(ai: str, aspect: str, after: str, events: int, before: str = "") -> TransitionFigures:
    return TransitionFigures((*PLACE, ai), aspect, before, after, "all", events)


def people(
    count: int, department: str = "", *, window: int = 7, use_case: str = "", **more: int
) -> PeopleFigures:
    given = {"outside": 0, "unlisted": 0, **more}
    return PeopleFigures(DAY, department, use_case, window, count, given["outside"], given["unlisted"])


def sums(**given: Any) -> Sums:
    return Sums(WINDOW, as_of_day=DAY, **given)


def program(**given: Any) -> Program:
    case = {"name": PLACE[1], "department": PLACE[0], "stage": "scale", "latency_class": "chat"}
    benefit = {
        "name": "Time",
        "category": "time",
        "driver": {"count": "tasks"},
        "minutes_saved": 3,
        "hourly_cost": 60,
        "reallocated": 0.5,
    }
    return Program.model_validate(
        {"currency": "USD", "start": "2025-01-01", "use_cases": [{**case, "benefits": [benefit]}], **given}
    )


def baseline(kpi: str, value: float, **given: Any) -> dict[str, Any]:
    dates = {"from": "2024-06-01", "to": "2024-12-31", "source": "declared"}
    return {"kpi": kpi, "value": value, **dates, **given}


def reading(
    key: str,
    now: Sums,
    *,
    scope: str = "",
    before: Sums | None = None,
    program: Program | None = None,
    population: Population | None = None,
    least: int = 5,
) -> Reading:
    """One reading of all of them."""
    return kpi_readings(now, before, Declared(program, population, least)).of(key, scope)
