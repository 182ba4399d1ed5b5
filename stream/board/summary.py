"""From the ledger's figures to the page. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stream.board import departments, fresh, headline, outcomes, pictures, quality, tables
from stream.board.board_page import Page
from stream.board.page import Table
from stream.board.period import Window
from stream.board.sums import grouped, total
from stream.board.value import value
from stream.contract.names import PRODUCTION
from stream.ledger.figures import (
    ConflictFigures,
    Figures,
    Freshness,
    MinuteFigures,
    RefusalFigures,
    TransitionFigures,
)
from stream.readings.reading import KpiReadings, LiveRoi


@dataclass(frozen=True)
class Readings:
    """What was read from the ledger for a window.

    ``usage``: by tables.BY, of the window; ``earlier``: production's, of the window before, None where the
    ledger does not reach back to its beginning; ``hours``: production's by department and hour, of the
    window; ``refusals``: of the window; ``first_hour``: of the oldest event held, None without any;
    ``empty``: the ledger holds nothing at all. ``kpis``: over the window; ``roi``: None without a programme;
    ``trouble``: why programme or directory cannot be read, a line each. ``agents``: freshness of each.
    ``deliveries``: of outcomes by source_key, of the window; ``waiting``: outcomes that wait now.
    """

    usage: Sequence[Figures]
    earlier: Sequence[Figures] | None
    hours: Sequence[Figures]
    minutes: Sequence[MinuteFigures]
    refusals: Sequence[RefusalFigures]
    conflicts: Sequence[ConflictFigures]
    freshness: Freshness
    first_hour: int | None
    empty: bool
    kpis: KpiReadings
    roi: LiveRoi | None = None
    trouble: Sequence[str] = ()
    agents: Mapping[str, Freshness] = field(default_factory=dict)
    deliveries: Sequence[TransitionFigures] = ()
    waiting: int = 0


def summarise(read: Readings, window: Window) -> Page:
    """The page of a window. Everything but the other environments' table is production alone."""
    window = replace(window, held_since=read.first_hour)
    ours = [row for row in read.usage if row.labels[tables.ENVIRONMENT] == PRODUCTION]
    sums = total(ours)
    before = total(read.earlier) if read.earlier is not None else None
    by_model = grouped(ours, lambda row: (row.labels[tables.PROVIDER], row.labels[tables.MODEL]))
    return Page(
        period=window.period.key,
        period_words=window.words(),
        earlier_words=window.earlier_words() if before is not None else "",
        made_us=window.now_us,
        empty=read.empty,
        banners=fresh.banners(read.freshness, window.now_us),
        freshness=fresh.freshness(read.freshness, window.now_us),
        value=value(read.kpis, read.roi, read.trouble, read.agents, (sums, before), window),
        tiles=headline.tiles(sums, before, window),
        pulse=pictures.pulse(read.minutes, window.now_us),
        charts=(
            pictures.cost_by_hour(read.hours, window),
            pictures.cost_by_model(by_model),
            pictures.latency(sums.duration()),
        ),
        tables=(departments.departments(ours, read.kpis), tables.models(ours)),
        quality=(
            *quality.checks(ours, sums, read.refusals),
            *outcomes.checks(read.deliveries, read.waiting),
        ),
        quality_tables=_quality_tables(read),
    )


def _quality_tables(read: Readings) -> Sequence[Table]:
    found = (
        quality.environments(read.usage, PRODUCTION),
        quality.refusals(read.refusals),
        quality.disagreements(read.conflicts),
    )
    return [table for table in found if table is not None]
