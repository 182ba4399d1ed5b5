"""Which measures each family shows: the rules of the exposition as data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from stream.contract.leaves import LEAVES
from stream.contract.metrics import METRIC, Metric
from stream.contract.names import COST_STATUSES, OUTCOMES
from stream.contract.rows import COST_TYPES, DURATION_BUCKETS_US, MEASURE_INDEX, TTFT_BUCKETS_US
from stream.metrics import text

USD_PLACES: Final = 9  #: nano-USD
SECOND_PLACES: Final = 6  #: microseconds
SQUARE_PLACES: Final = 12  #: micro-USD squared


@dataclass(frozen=True)
class Rule:
    """A family of plain samples. ``parts``: measure -> value of the label that no series has (token_type,
    outcome, cost_status), "" where the family has none; measures that end in one label set are added up.
    ``places``: a unit of the measure is 10**-places of what is shown.
    """

    name: str
    parts: Mapping[str, str]
    places: int = 0
    production: bool = True

    @property
    def metric(self) -> Metric:
        return METRIC[self.name]

    @property
    def columns(self) -> dict[int, str]:
        """Column of the view -> value of the extra label."""
        return {MEASURE_INDEX[measure]: value for measure, value in self.parts.items()}


_REQUESTS: Final = {f"requests_{outcome}": outcome for outcome in OUTCOMES}
RULES: Final[tuple[Rule, ...]] = (
    Rule("llm_requests_total", _REQUESTS),
    Rule("llm_attempts_total", {f"attempts_{outcome}": outcome for outcome in OUTCOMES}),
    Rule("llm_tokens_total", {f"tokens_{leaf}": leaf for leaf in LEAVES}),
    Rule("llm_cost_usd_total", {f"cost_nano_usd_{part}": part for part in COST_TYPES}, USD_PLACES),
    Rule("llm_cost_events_total", {f"events_{status}": status for status in COST_STATUSES}),
    Rule("llm_reported_cost_usd_total", {"reported_nano_usd": ""}, USD_PLACES),
    Rule("llm_usage_missing_total", {"usage_missing": ""}),
    Rule("llm_usage_completed_total", {"usage_completed": ""}),
    Rule("llm_cache_hits_total", {"cache_hits": ""}),
    Rule("llm_duplicates_total", {"duplicates": ""}),
    Rule("llm_redelivered_total", {"redelivered": ""}),
    Rule("llm_conflicts_total", {"conflicts": ""}),
    Rule("llm_labels_folded_total", {"labels_folded": ""}),
    Rule("llm_nonproduction_requests_total", _REQUESTS, production=False),
    Rule(
        "llm_nonproduction_cost_usd_total",
        {f"cost_nano_usd_{part}": "" for part in COST_TYPES},
        USD_PLACES,
        production=False,
    ),
)


@dataclass(frozen=True)
class HistogramRule:
    """A histogram: ``counts`` are its buckets' columns (not cumulative, +Inf last), ``total`` its sum's."""

    name: str
    total: int
    bounds: tuple[str, ...] = field(default=())
    counts: tuple[int, ...] = field(default=())

    @classmethod
    def of(cls, name: str, measure: str, bounds_us: tuple[int, ...]) -> HistogramRule:
        """``measure``: duration or ttft, as the names of its measures begin."""
        ends = (*(str(us) for us in bounds_us), "inf")
        return cls(
            name,
            MEASURE_INDEX[f"{measure}_us_sum"],
            (*(text.bound(us) for us in bounds_us), "+Inf"),
            tuple(MEASURE_INDEX[f"{measure}_le_{end}"] for end in ends),
        )

    @property
    def metric(self) -> Metric:
        return METRIC[self.name]


HISTOGRAMS: Final[tuple[HistogramRule, ...]] = (
    HistogramRule.of("llm_request_duration_seconds", "duration", DURATION_BUCKETS_US),
    HistogramRule.of("llm_time_to_first_token_seconds", "ttft", TTFT_BUCKETS_US),
)
SQUARES: Final = METRIC["llm_cost_squares_usd2_total"]
SQUARES_HI: Final = MEASURE_INDEX["cost_squares_hi"]
SQUARES_LO: Final = MEASURE_INDEX["cost_squares_lo"]
QUARANTINED: Final = METRIC["llm_quarantined_total"]
SOURCE_CONFLICTS: Final = METRIC["llm_source_conflicts_total"]
ACCEPTED: Final = METRIC["llm_ledger_accepted_time_seconds"]
SERIES: Final = METRIC["llm_ledger_series"]
