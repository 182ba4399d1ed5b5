"""What the figures do not hold. Pure: nothing of it is ever left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.board import formatting as f
from stream.board import shown
from stream.board.numbers import usd
from stream.board.page import Check, Column, Figure, Level, Row, Table
from stream.board.sums import Sums, grouped
from stream.board.tables import DEPARTMENT, ENVIRONMENT, named
from stream.contract.names import UNATTRIBUTED
from stream.ledger.figures import ConflictFigures, Figures, RefusalFigures

_MOST_ROWS: Final = 30

ENVIRONMENT_COLUMNS: Final = (
    Column("requests", "Requests", "", "Final events of the environment."),
    Column("cost", "Cost", "USD", "Cost of all its attempts."),
    Column("errors", "Errors", "% of requests", "Errors, time-outs and rate limits ÷ requests."),
)
EVENT_COLUMN: Final = (Column("events", "Events", "", "How many."),)


def checks(rows: Sequence[Figures], sums: Sums, refused: Sequence[RefusalFigures]) -> Sequence[Check]:
    """``rows``: production's, by tables.BY; ``sums``: all of them; ``refused``: in the period."""
    lone = [row for row in rows if row.labels[DEPARTMENT] in ("", UNATTRIBUTED)]
    nobody = Sums()
    for row in lone:
        nobody.add(row.measures)
    return (*_prices(sums), *_usage(sums), *_attribution(sums, nobody), *_copies(sums, refused))


def _prices(sums: Sums) -> Sequence[Check]:
    attempts = sums.attempts
    unpriced, partly = sums.of("events_unpriced"), sums.of("events_partly_priced")
    return (
        Check(
            "unpriced",
            "Unpriced",
            "Attempts whose model has no price, or whose usage was unknown when they arrived ÷ attempts. They"
            " cost more than the 0 they bring: every cost that holds one is written with ≥.",
            _part(unpriced, attempts, "attempts"),
            _level(unpriced),
        ),
        Check(
            "partly_priced",
            "Partly priced",
            "Attempts that used a unit without a rate ÷ attempts. Their cost is a part of what they cost.",
            _part(partly, attempts, "attempts"),
            _level(partly),
        ),
        Check(
            "reported",
            "Cost as reported",
            "Attempts whose cost is the source's own figure and not computed from prices ÷ attempts.",
            _part(sums.of("events_reported"), attempts, "attempts"),
            "info",
        ),
        Check(
            "free",
            "Free",
            "Attempts of models that are free, and answers of a response cache ÷ attempts.",
            _part(sums.of("events_free"), attempts, "attempts"),
            "info",
        ),
    )


def _usage(sums: Sums) -> Sequence[Check]:
    missing, completed = sums.of("usage_missing"), sums.of("usage_completed")
    return (
        Check(
            "usage_missing",
            "Usage missing on arrival",
            "Attempts that came without token counts ÷ attempts.",
            _part(missing, sums.attempts, "attempts"),
            _level(missing - completed),
        ),
        Check(
            "usage_completed",
            "Usage completed since",
            "Of those, attempts whose counts a later copy brought, with their cost.",
            _part(completed, missing, "attempts that came without usage"),
            "info",
        ),
    )


def _attribution(sums: Sums, nobody: Sums) -> Sequence[Check]:
    folded = sums.of("labels_folded")
    return (
        Check(
            "unattributed_requests",
            "Requests of no department",
            "Requests that name no department, and whose source names none ÷ requests.",
            _part(nobody.requests, sums.requests, "requests"),
            _level(nobody.requests),
        ),
        Check(
            "unattributed_cost",
            "Cost of no department",
            "Cost of those attempts ÷ cost.",
            _cost_part(nobody, sums),
            _level(nobody.cost_nano_usd),
        ),
        Check(
            "labels_folded",
            "Labels folded into other",
            "Attempts with a label beyond its bound, shown as other ÷ attempts.",
            _part(folded, sums.attempts, "attempts"),
            _level(folded),
        ),
    )


def _copies(sums: Sums, refused: Sequence[RefusalFigures]) -> Sequence[Check]:
    conflicts, bad = sums.of("conflicts"), sum(row.events for row in refused)
    return (
        Check(
            "duplicates",
            "Copies removed",
            "Further events of a request already counted, as when a gateway and a client both report it.",
            shown.counted(sums.of("duplicates"), "events"),
            "info",
        ),
        Check(
            "conflicts",
            "Copies that disagree",
            "Of those, copies whose cost differs from what was counted, or that come hours apart.",
            _part(conflicts, sums.of("duplicates"), "copies"),
            _level(conflicts),
        ),
        Check(
            "cache_hits",
            "Answered by a response cache",
            "Attempts that a response cache answered, at no cost ÷ attempts.",
            _part(sums.of("cache_hits"), sums.attempts, "attempts"),
            "info",
        ),
        Check(
            "quarantined",
            "Refused",
            "Events refused inside accepted bodies, of every environment, by hour of arrival: they are in"
            " no other figure of this page.",
            shown.counted(bad, "events"),
            _level(bad),
        ),
    )


def _part(part: int, whole: int, of_what: str) -> Figure:
    """A count, and in its note its share."""
    rate = shown.share(part, whole, of_what)
    note = f"{rate.shown} %" if whole else ""
    if rate.note and part:
        note += f", {rate.note}"
    return Figure(
        f.count(part) if whole else f.NO_DATA, "", str(part) if whole else None, whole, of_what, note=note
    )


def _cost_part(nobody: Sums, sums: Sums) -> Figure:
    if not sums.attempts:
        return Figure(f.NO_DATA, "USD")
    amount, whole = usd(nobody.cost_nano_usd), usd(sums.cost_nano_usd)
    rate = shown.cost_portion(nobody.cost_nano_usd, sums.cost_nano_usd)
    note = f"{rate.shown} %" if sums.cost_nano_usd else ""
    return Figure(
        f.money(amount),
        "USD",
        f.plain(amount),
        of_what=f"of {f.money(whole)} USD",
        at_least=nobody.without_whole_price > 0,
        note=note,
    )


def _level(number: int) -> Level:
    return "warn" if number > 0 else "good"


def environments(rows: Sequence[Figures], production: str) -> Table | None:
    """Environments other than production: apart, and in none of the figures above. None without any."""
    elsewhere = grouped(
        [row for row in rows if row.labels[ENVIRONMENT] != production],
        lambda row: (row.labels[ENVIRONMENT],),
    )
    if not elsewhere:
        return None
    lines = [
        Row(
            key,
            key[0] or "not given",
            (
                shown.counted(sums.requests),
                shown.cost(sums),
                shown.share(sums.errors, sums.requests, "requests"),
            ),
        )
        for key, sums in elsewhere.items()
    ]
    return Table(
        "environments",
        "Other environments",
        "Environment",
        ENVIRONMENT_COLUMNS,
        lines,
        note="Apart: not in the production figures above.",
    )


def refusals(found: Sequence[RefusalFigures]) -> Table | None:
    """Refused events by source and reason, most first."""
    sums: dict[tuple[str, ...], int] = {}
    for row in found:
        sums[(row.source_key, row.reason)] = sums.get((row.source_key, row.reason), 0) + row.events
    note = (
        "By hour of arrival. A body refused whole was never accepted: the collector's own /metrics counts it."
    )
    return _event_table("refusals", "Refused, by source and reason", "Source · reason", sums, note)


def disagreements(found: Sequence[ConflictFigures]) -> Table | None:
    """Copies that disagree, by pair of sources."""
    sums: dict[tuple[str, ...], int] = {}
    for row in found:
        key = (row.source_key, row.other_source_key, row.reason)
        sums[key] = sums.get(key, 0) + row.events
    note = "Since the ledger began, whatever the period. The first source is the one that was counted."
    title = "Copies that disagree, by source"
    return _event_table("conflicts", title, "Counted · copy · reason", sums, note)


def _event_table(
    key: str, title: str, first: str, sums: dict[tuple[str, ...], int], note: str
) -> Table | None:
    if not any(sums.values()):
        return None
    order = sorted(sums, key=lambda labels: (-sums[labels], labels))
    lines = [
        Row(
            labels,
            " · ".join(part.replace("_", " ") if part is labels[-1] else named(part) for part in labels),
            (shown.counted(sums[labels]),),
        )
        for labels in order[:_MOST_ROWS]
    ]
    rest = sum(sums[labels] for labels in order[_MOST_ROWS:])
    if rest:
        lines.append(Row((), f"{len(order) - _MOST_ROWS} more, summed", (shown.counted(rest),)))
    return Table(key, title, first, EVENT_COLUMN, lines, note=note)
