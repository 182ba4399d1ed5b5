"""The meetings in which KPIs are looked at. How often each KPI is refreshed is its own ``reviewed``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.contract.kpi_types import Rhythm
from stream.contract.kpis import KPIS, of_dimension


@dataclass(frozen=True)
class Review:
    """``looks_at``: keys of KPIs. ``agenda``: in its order."""

    key: str
    rhythm: Rhythm
    who: tuple[str, ...]
    looks_at: tuple[str, ...]
    agenda: tuple[str, ...]


REVIEWS: Final = (
    Review(
        "weekly",
        "weekly",
        ("platform team",),
        ("cost_per_request", "production_throughput"),
        ("what moved cost per request", "throughput, with quality beside it"),
    ),
    Review(
        "monthly",
        "monthly",
        ("use-case owners", "department heads"),
        tuple(kpi.key for name in ("productivity", "quality") for kpi in of_dimension(name)),
        (
            "KPIs of productivity and of quality against their targets",
            "companies of medium size: all KPIs, on one page",
        ),
    ),
    Review(
        "quarterly",
        "quarterly",
        ("sponsor", "use-case owners", "finance", "data and AI lead"),
        tuple(kpi.key for kpi in KPIS),
        (
            "KPIs against targets",
            "use cases that do better and worse than planned",
            "forecast, corrected by last quarter's actual ÷ forecast",
            "decisions: extend, adjust, pivot or stop, each with its owner and what was learnt",
            "what comes next",
        ),
    ),
    Review(
        "half_yearly",
        "half_yearly",
        ("sponsor", "finance"),
        ("genai_roi",),
        ("ROI of the whole programme against its dated plan",),
    ),
)
