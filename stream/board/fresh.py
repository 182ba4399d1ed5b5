"""How old the figures are, and what a reader must know before reading any. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.board import formatting as f
from stream.board.page import Banner, Check, Figure
from stream.ledger.figures import Freshness

LATE_US: Final = 60_000_000  #: a ledger that has written nothing for so long stands still
QUIET_US: Final = 120_000_000  #: sources rarely pause for so long


def freshness(found: Freshness, now_us: int) -> Sequence[Check]:
    """How far behind the sources the figures are."""
    lines = []
    if found.accepted_us:
        old = now_us - found.accepted_us
        lines.append(
            Check(
                "accepted",
                "Newest event accepted",
                "When a collector accepted the newest event that these figures hold.",
                Figure(f"{f.age(old)} ago", exact=str(found.accepted_us), note=f.instant(found.accepted_us)),
                "good" if old < QUIET_US else "warn",
            )
        )
        lag = max(0, found.written_us - found.accepted_us)
        lines.append(
            Check(
                "lag",
                "Accepted to ledger",
                "Last write of the ledger less the newest accept time: how far the figures trail the sources"
                " while events flow.",
                Figure(f.age(lag), exact=str(lag)),
                "info",
            )
        )
    if found.written_us:
        old = now_us - found.written_us
        lines.append(
            Check(
                "written",
                "Ledger written",
                "When the ledger last committed.",
                Figure(f"{f.age(old)} ago", exact=str(found.written_us), note=f.instant(found.written_us)),
                "good" if old < LATE_US else "bad",
            )
        )
    return lines


def banners(found: Freshness, now_us: int) -> Sequence[Banner]:
    """What a reader must know before reading any figure."""
    said: list[Banner] = []
    if found.behind:
        said.append(
            Banner(
                "bad",
                f"Behind: {f.count(found.behind)} shards of the log are not yet held as far as the workers"
                " have vouched for. The figures below are incomplete and will grow.",
            )
        )
    if found.written_us and now_us - found.written_us >= LATE_US:
        said.append(
            Banner(
                "bad",
                f"Standing still: the ledger has written nothing for {f.age(now_us - found.written_us)}."
                f" The figures stand as of {f.instant(found.written_us)}. See that ledger, workers and"
                " broker run (tokonomics doctor).",
            )
        )
    elif found.accepted_us and now_us - found.accepted_us >= QUIET_US:
        said.append(
            Banner(
                "warn",
                f"Quiet: no event has been accepted for {f.age(now_us - found.accepted_us)}. Either the"
                " sources are, or they cannot reach the collector.",
            )
        )
    return said
