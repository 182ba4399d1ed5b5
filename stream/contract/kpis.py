"""The KPI catalogue: what the figures mean, what counts as good, who decides. Once, for all that show it.

Fifteen core KPIs over four dimensions, and companions that stand beside them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from stream.contract.kpi_types import DIMENSIONS, Dimension, Kpi
from stream.contract.kpis_finance import FINANCE
from stream.contract.kpis_productivity import PRODUCTIVITY
from stream.contract.kpis_quality import QUALITY
from stream.contract.kpis_technical import LATENCY_CLASS, LATENCY_CLASSES, TECHNICAL

__all__ = (
    "BASELINE_MONTHS",
    "BOARD_LEAST",
    "BOARD_MOST",
    "CORE",
    "DIMENSIONS",
    "KPI",
    "KPIS",
    "LATENCY_CLASS",
    "LATENCY_CLASSES",
    "NO_BASELINE",
    "RULES",
    "STARTER",
    "downtime_budget_minutes",
    "of_dimension",
)

KPIS: Final[tuple[Kpi, ...]] = (*PRODUCTIVITY, *QUALITY, *FINANCE, *TECHNICAL)
KPI: Final = {kpi.key: kpi for kpi in KPIS}
CORE: Final = tuple(kpi for kpi in KPIS if kpi.rank == "core")

BOARD_LEAST: Final = 12  #: a board with fewer KPIs leaves a dimension blind …
BOARD_MOST: Final = 18  #: … and with more, nobody reads it

#: For a first quarter.
STARTER: Final = (
    "time_saved_per_task",
    "adoption_rate",
    "cost_per_request",
    "post_ai_error_rate",
    "user_satisfaction",
)

BASELINE_MONTHS: Final = 3  #: a baseline covers at least so long, has a date and a source class
NO_BASELINE: Final = "no baseline"  #: shown in place of a figure; never 0 %

#: What holds whenever KPIs are shown.
RULES: Final = (
    "A KPI that changes no decision is left out.",
    "A rate stands with its denominator; on few samples it has its interval (Wilson), and nothing alarms.",
    "A KPI that is relative names its baseline: value, date, period and source class. Without: no baseline.",
    "Throughput never stands without a KPI of quality.",
    "Volume is net of reformulations: requests that repeat or reword what the same person asked just before,"
    " because the first answer failed. Their share is an indicator of failure of its own.",
    "Adoption stands beside value: active people none of whose outputs was accepted are counted apart.",
    "A gain declared above the range that is realistic for its kind of work is warned about.",
    "Requests to models or providers that are not sanctioned, or of people of no target population, are"
    " counted and priced apart.",
)


def of_dimension(dimension: Dimension) -> tuple[Kpi, ...]:
    """Core and companions of one dimension, in the catalogue's order."""
    return tuple(kpi for kpi in KPIS if kpi.dimension == dimension)


def downtime_budget_minutes(target_percent: Decimal, days: int = 30) -> Decimal:
    """Minutes of ``days`` in which a service may be away and still reach its uptime target."""
    return (100 - target_percent) / 100 * days * 24 * 60
