"""From the ledger's figures to the page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stream.board import fresh, headline, pictures, quality, tables
from stream.board.page import Page, Table
from stream.board.period import Window
from stream.board.sums import grouped, total
from stream.contract.names import PRODUCTION
from stream.ledger.figures import ConflictFigures, Figures, Freshness, MinuteFigures, RefusalFigures


@dataclass(frozen=True)
class Readings:
    """What was read from the ledger for a window.

    ``usage``: by tables.BY, of the window; ``earlier``: production's, of the window before, None where the
    ledger does not reach back to its beginning; ``hours``: production's by department and hour, of the
    window; ``refusals``: of the window; ``first_hour``: of the oldest event held, None without any;
    ``empty``: the ledger holds nothing at all.
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
        tiles=headline.tiles(sums, before, window),
        pulse=pictures.pulse(read.minutes, window.now_us),
        charts=(
            pictures.cost_by_hour(read.hours, window),
            pictures.cost_by_model(by_model),
            pictures.latency(sums.duration()),
        ),
        tables=(tables.departments(ours), tables.models(ours)),
        quality=quality.checks(ours, sums, read.refusals),
        quality_tables=_quality_tables(read),
    )


def _quality_tables(read: Readings) -> Sequence[Table]:
    found = (
        quality.environments(read.usage, PRODUCTION),
        quality.refusals(read.refusals),
        quality.disagreements(read.conflicts),
    )
    return [table for table in found if table is not None]
