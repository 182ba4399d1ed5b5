"""Gauges of people and of the ROI: computed from the ledger within every 10 s, absent while not known.

Departments and use cases that have no label are all of them. People of too few are not shown, nor what
would tell of them by subtraction.
"""

from __future__ import annotations

from typing import Final

from stream.contract.metric_types import Metric, gauge

_CASE: Final = ("reading", "bound", "scope")
_MONEY: Final = (*_CASE, "currency")

PEOPLE: Final[tuple[Metric, ...]] = (
    gauge(
        "llm_active_people",
        "people",
        "Distinct people of the population active within the window that ends today (as-of day, UTC); of all"
        " people where no directory is given. Not to be added up: people are in several cells.",
        ("department", "use_case", "window"),
    ),
    gauge("llm_target_people", "people", "People who are meant to use the service today.", ("department",)),
)

ROI: Final[tuple[Metric, ...]] = (
    gauge(
        "llm_roi_ratio",
        "ratio",
        "(benefits - costs - risks) / costs of the programme to date or the last 90 days; 1 is 100 %.",
        _CASE,
    ),
    gauge("llm_roi_benefits", "currency", "Benefits over the period, in the programme's currency.", _MONEY),
    gauge("llm_roi_costs", "currency", "Total cost of ownership over the period: the denominator.", _MONEY),
    gauge("llm_roi_risks", "currency", "Provision for risks over the period.", _MONEY),
    gauge(
        "llm_roi_saved_seconds",
        "seconds",
        "Working time saved by the programme to date, central; gross: all of it, net: put to other use.",
        ("kind", "department"),
    ),
    gauge("llm_roi_computed_time_seconds", "unix seconds", "When the ROI was computed."),
)

COMPUTED: Final = (*PEOPLE, *ROI)
