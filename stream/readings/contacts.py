"""KPIs of contacts: CSAT and NPS of work done with AI, that done by people alone beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from stream.readings.reading import POINTS, RATIO, Reading
from stream.readings.sums import PLACE, TASK_BY, WITHOUT_AI, Sums
from stream.readings.tally import Tally, reading_of

_SPLITS: Final = (("department",), PLACE)
_ORIGIN: Final = f"tasks by {', '.join(TASK_BY)}, production"


def contact_readings(sums: Sums) -> Iterator[Reading]:
    """CSAT: satisfied ÷ answers. NPS: promoters less detractors per hundred answers, −100 to 100."""
    yield _score(sums, "CSAT")
    yield _score(sums, "NPS")


def _score(sums: Sums, scope: str) -> Reading:
    unit = RATIO if scope == "CSAT" else POINTS
    by_people = _tally(sums, scope, with_ai=False)
    key, name = f"human_only_{scope.lower()}", f"{scope} of contacts with people alone"
    return reading_of(
        "csat_nps",
        unit,
        _tally(sums, scope, with_ai=True),
        scope=scope,
        by=_SPLITS,
        beside=[by_people.beside(key, name, unit)],
        notes=("of contacts helped by AI, partly or wholly",),
        origin=_ORIGIN,
    )


def _tally(sums: Sums, scope: str, *, with_ai: bool) -> Tally:
    tally = Tally(TASK_BY, share=scope == "CSAT")
    for row in sums.tasks:
        if (row.labels[3] != WITHOUT_AI) != with_ai:
            continue
        get = row.measures.get
        if scope == "CSAT":
            tally.add(row.labels, get("csat_satisfied", 0), get("csat_answers", 0))
        else:
            score = 100 * Fraction(get("nps_promoters", 0) - get("nps_detractors", 0))
            tally.add(row.labels, score, get("nps_answers", 0))
    return tally
