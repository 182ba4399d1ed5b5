"""Figures from the ledger: sums over open and merged rows, every log generation. Reads only.

Hours are hours since 1970 UTC of the events; ``until_hour`` is exclusive. ``where``: label -> the only value
wanted. ``by_hour``: apart by hour. Every query raises LedgerError (unavailable), and unknown_label for a
label that its rows do not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Engine, select

from stream.contract.rows import (
    CONFLICT,
    OUTCOME,
    PEOPLE,
    PEOPLE_LABELS,
    PEOPLE_MEASURES,
    PROBE,
    REFUSAL,
    TASK,
    TASK_JUDGEMENT,
    TRANSITION_LABELS,
    USAGE,
)
from stream.ledger import schema
from stream.ledger.database import reporting
from stream.ledger.errors import LedgerError
from stream.ledger.figures import (
    ConflictFigures,
    Figures,
    MinuteFigures,
    PeopleFigures,
    RefusalFigures,
    TransitionFigures,
)
from stream.ledger.standing import first_hour, freshness, freshness_by_agent, sources
from stream.ledger.sums import Span, sums

__all__ = (
    "conflicts",
    "first_hour",
    "freshness",
    "freshness_by_agent",
    "minutes",
    "people",
    "probes",
    "refusals",
    "sources",
    "tasks",
    "transitions",
    "usage",
)
_JUDGED: Final = {OUTCOME: "OUTCOME", TASK_JUDGEMENT: "TASK_JUDGEMENT"}


def usage(
    engine: Engine,
    by: Sequence[str],
    *,
    since_hour: int | None = None,
    until_hour: int | None = None,
    where: Mapping[str, str] | None = None,
    by_hour: bool = False,
    origin: int | None = None,
) -> list[Figures]:
    """Usage by the labels ``by`` (of LABELS), in the order of labels, then hour. ``origin``: LIVE or IMPORT,
    None for both.
    """
    span = Span(since_hour, until_hour, where or {}, origin)
    return sums(engine, USAGE, by, span, by_hour=by_hour)


def tasks(
    engine: Engine,
    by: Sequence[str],
    *,
    since_hour: int | None = None,
    until_hour: int | None = None,
    where: Mapping[str, str] | None = None,
    by_hour: bool = False,
) -> list[Figures]:
    """Pieces of work by the labels ``by`` (of TASK_LABELS); measures are TASK_MEASURES."""
    return sums(engine, TASK, by, Span(since_hour, until_hour, where or {}), by_hour=by_hour)


def probes(
    engine: Engine,
    by: Sequence[str],
    *,
    since_hour: int | None = None,
    until_hour: int | None = None,
    where: Mapping[str, str] | None = None,
    by_hour: bool = False,
) -> list[Figures]:
    """Synthetic checks by the labels ``by`` (of PROBE_LABELS); measures are PROBE_MEASURES."""
    return sums(engine, PROBE, by, Span(since_hour, until_hour, where or {}), by_hour=by_hour)


def transitions(
    engine: Engine,
    kind: int,
    by: Sequence[str],
    *,
    since_hour: int | None = None,
    until_hour: int | None = None,
    where: Mapping[str, str] | None = None,
    by_hour: bool = False,
) -> list[TransitionFigures]:
    """How judgements changed, in the order of labels, aspect, from, to, selection, hour. ``kind``: OUTCOME
    (``by`` of LABELS; of the request's hour) or TASK_JUDGEMENT (of TASK_LABELS).

    Among the outcomes, those of the aspect ``delivery`` account for outcomes received: they name their
    ``source_key`` alone, and have the hour of arrival. Raises LedgerError (unknown_kind) as well.
    """
    if kind not in _JUDGED:
        known = ", ".join(f"{number} ({name})" for number, name in _JUDGED.items())
        raise LedgerError("unknown_kind", f"kind: {kind} has no transitions; kinds are {known}")
    if named := [label for label in by if label in TRANSITION_LABELS]:
        raise LedgerError("unknown_label", f"by: {named[0]!r} is part of every transition; leave it out")
    found = sums(
        engine,
        kind,
        (*by, *TRANSITION_LABELS),
        Span(since_hour, until_hour, where or {}),
        by_hour=by_hour,
    )
    return [_transition(figures, len(by)) for figures in found]


def people(
    engine: Engine, *, since_day: int | None = None, until_day: int | None = None
) -> list[PeopleFigures]:
    """Distinct people by as-of day (days since 1970 in the installation's zone; ``until_day`` exclusive),
    scope and window. Days to come are there too, and still grow.
    """
    since, until = (None if day is None else 24 * day for day in (since_day, until_day))
    found = sums(engine, PEOPLE, PEOPLE_LABELS, Span(since, until), by_hour=True)
    return sorted(map(_people, found))


def refusals(engine: Engine, *, since_hour: int | None = None) -> list[RefusalFigures]:
    """Events refused by source and reason. ``since_hour``: of their arrival."""
    found = sums(engine, REFUSAL, ("source_key", "reason"), Span(since_hour))
    return [RefusalFigures(f.labels[0], f.labels[1], f.measures.get("events", 0)) for f in found]


def conflicts(engine: Engine) -> list[ConflictFigures]:
    """Copies that disagree, by both sources and reason."""
    found = sums(engine, CONFLICT, ("source_key", "other_source_key", "reason"), Span())
    return [
        ConflictFigures(f.labels[0], f.labels[1], f.labels[2], f.measures.get("events", 0)) for f in found
    ]


def minutes(engine: Engine, since_minute: int) -> list[MinuteFigures]:
    """The pulse since a minute (since 1970 UTC; the last day is kept)."""
    at = schema.minutes.c
    query = select(at.minute, at.department, at.requests, at.errors, at.tokens, at.cost_nano_usd)
    with reporting(engine), engine.connect() as connection:
        found = connection.execute(query.where(at.minute >= since_minute)).all()
    return sorted(MinuteFigures(*row) for row in found)


def _transition(figures: Figures, width: int) -> TransitionFigures:
    aspect, before, after, selection = figures.labels[width:]
    events = figures.measures.get("events", 0)
    return TransitionFigures(figures.labels[:width], aspect, before, after, selection, events, figures.hour)


def _people(figures: Figures) -> PeopleFigures:
    department, use_case, window = figures.labels
    people, outside, unlisted = (figures.measures.get(name, 0) for name in PEOPLE_MEASURES)
    day = (figures.hour or 0) // 24
    return PeopleFigures(day, department, use_case, int(window), people, outside, unlisted)
