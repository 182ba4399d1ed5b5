"""Who sends what: the Sources page, from the ledger's figures. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from stream.board import fresh
from stream.board import sources_tables as tables
from stream.board.page import Banner, Check, Table
from stream.board.period import Window
from stream.ledger.figures import (
    ConflictFigures,
    Figures,
    Freshness,
    RefusalFigures,
    SourceFigures,
    TransitionFigures,
)


@dataclass(frozen=True)
class SourceReadings:
    """What was read for the page.

    ``usage``: by tables.USAGE_BY, of the window, every environment; ``recent``: by source_key and hour, since
    the hour before the current one; ``deliveries``: of outcomes, by source_key, of the window; ``waiting``:
    the same since the log began; ``tasks``: by source_key; ``probes``: by tables.PROBE_BY; ``probed``: by
    probe and hour, of the window.
    """

    freshness: Freshness
    seen: Sequence[SourceFigures] = ()
    usage: Sequence[Figures] = ()
    recent: Sequence[Figures] = ()
    refusals: Sequence[RefusalFigures] = ()
    conflicts: Sequence[ConflictFigures] = ()
    deliveries: Sequence[TransitionFigures] = ()
    waiting: Sequence[TransitionFigures] = ()
    tasks: Sequence[Figures] = ()
    probes: Sequence[Figures] = ()
    probed: Sequence[Figures] = ()


@dataclass(frozen=True)
class SourcesPage:
    """``empty``: nobody has ever sent anything. ``mends``: refusals with what to do."""

    period: str
    period_words: str
    made_us: int
    empty: bool
    banners: Sequence[Banner]
    freshness: Sequence[Check]
    tables: Sequence[Table] = ()
    silent: Sequence[str] = field(default=())


def sources(read: SourceReadings, window: Window) -> SourcesPage:
    """The page of a window."""
    seen = {one.source_key: one.seen_us for one in read.seen}
    others = (
        tables.outcomes(read.deliveries, read.waiting, seen, window),
        tables.tasks(read.tasks, seen, window),
        tables.probes(read.probes, read.probed, window),
    )
    elsewhere = {row.labels[0] for table in others[:2] if table is not None for row in table.rows}
    refused = {name: count for name, count in _refused(read).items() if name not in elsewhere}
    senders = tables.senders(read.usage, read.recent, seen, _conflicts(read), refused, window)
    heard = elsewhere | {row.labels[0] for row in (senders.rows if senders is not None else ())}
    found = (
        senders,
        *others,
        tables.quiet({name: us for name, us in seen.items() if name not in heard}, window),
        tables.refusals(read.refusals),
        tables.conflicts(read.conflicts),
    )
    return SourcesPage(
        period=window.period.key,
        period_words=window.words(),
        made_us=window.now_us,
        empty=not read.seen and not any(found),
        banners=fresh.banners(read.freshness, window.now_us),
        freshness=fresh.freshness(read.freshness, window.now_us),
        tables=[table for table in found if table is not None],
        silent=[
            name for name, table in zip(("outcomes", "tasks", "probes"), others, strict=True) if table is None
        ],
    )


def _conflicts(read: SourceReadings) -> Counter[str]:
    """Of which a source is one of the two."""
    found: Counter[str] = Counter()
    for one in read.conflicts:
        for source in {one.source_key, one.other_source_key}:
            found[source] += one.events
    return found


def _refused(read: SourceReadings) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in read.refusals:
        found[one.source_key] += one.events
    return found
