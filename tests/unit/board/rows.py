"""Figures as the ledger gives them, for tests of the board's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from stream.board.board_page import Page
from stream.board.period import Window, period_named, window
from stream.board.summary import Readings, summarise
from stream.contract.names import US_PER_HOUR
from stream.ledger.figures import Figures, Freshness
from tests.unit.board.kpi_rows import nothing

HOUR = 491_000
NOW_US = HOUR * US_PER_HOUR + US_PER_HOUR // 2


def usage(
    department: str = "marketing",
    use_case: str = "product texts",
    model: str = "gpt-5",
    environment: str = "production",
    provider: str = "openai",
    **measures: int,
) -> Figures:
    """One row by tables.BY."""
    return Figures((environment, department, use_case, provider, model), None, measures)


def answered(requests: int, nano_usd: int = 0, **more: int) -> dict[str, int]:
    """Measures of requests that went well, all priced unless said otherwise."""
    return {
        "requests_success": requests,
        "attempts_success": requests,
        "cost_nano_usd_input": nano_usd,
        "events_priced": requests,
    } | more


@dataclass
class Ledger:
    """What a board reads; a fresh and empty one unless said otherwise."""

    readings: Readings = field(
        default_factory=lambda: Readings(
            [], None, [], [], [], [], Freshness(NOW_US - 400_000, NOW_US, 0), HOUR - 999, False, nothing()
        )
    )

    def page(self, *rows: Figures, period: str = "day", **changed: object) -> Page:
        return summarise(replace(self.readings, usage=rows, **changed), self.window(period))  # type: ignore[arg-type]

    def window(self, period: str = "day") -> Window:
        return window(period_named(period), NOW_US)
