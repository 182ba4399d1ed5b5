"""Which measures each family shows: the rules of the exposition as data. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from stream.contract.judgements import COMPLIANCE, CONTROL, FINDING, VERDICT
from stream.contract.leaves import LEAVES
from stream.contract.metric_types import Metric
from stream.contract.metrics import METRIC
from stream.contract.names import COST_STATUSES, OUTCOMES
from stream.contract.rows import COST_TYPES, DURATION_BUCKETS_US, TTFT_BUCKETS_US
from stream.metrics import tables, text
from stream.metrics.tables import Table

USD_PLACES: Final = 9  #: nano-USD
SECOND_PLACES: Final = 6  #: microseconds
SQUARE_PLACES: Final = 12  #: micro-USD squared


@dataclass(frozen=True)
class Rule:
    """A family of plain samples. ``parts``: measure -> value of the label that no series has (token_type,
    outcome, cost_status), "" where the family has none; measures that end in one label set are added up.
    ``places``: a unit of the measure is 10**-places of what is shown. ``only``, ``never``: label of the table
    -> value that a series must, must not have. ``named``: label of the family -> the table's name for it.
    """

    name: str
    parts: Mapping[str, str]
    places: int = 0
    production: bool = True
    table: Table = tables.USAGE
    only: Mapping[str, str] = field(default_factory=dict)
    never: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def metric(self) -> Metric:
        return METRIC[self.name]

    @property
    def columns(self) -> dict[int, str]:
        """Column of the table -> value of the extra label."""
        return {self.table.column(measure): value for measure, value in self.parts.items()}


_REQUESTS: Final = {f"requests_{outcome}": outcome for outcome in OUTCOMES}
_USAGE: Final = (
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

_EVENTS: Final = {tables.EVENTS: ""}
#: Aspect of a judgement -> how its families end, and what they call its value.
_ASPECTS: Final = {
    VERDICT: ("verdicts", "verdict"),
    CONTROL: ("controls", "control"),
    FINDING: ("findings", "finding"),
    COMPLIANCE: ("compliance", "rules"),
}
_MOVE: Final = {"from": "from_value", "to": "to_value"}


def _judgements(stem: str, table: Table) -> Iterator[Rule]:
    """First values by aspect, and what came after the first."""
    for aspect, (family, label) in _ASPECTS.items():
        first = {"aspect": aspect, "from_value": ""}
        yield Rule(f"{stem}_{family}_total", _EVENTS, table=table, only=first, named={label: "to_value"})
    yield Rule(f"{stem}_corrections_total", _EVENTS, table=table, never={"from_value": ""}, named=_MOVE)


_TASK_FAMILIES: Final = {
    "llm_tasks_total": "tasks",
    "llm_deliverables_total": "quantity",
    "llm_task_requests_total": "requests",
    "llm_task_seconds_total": "seconds",
    "llm_tasks_timed_total": "tasks_timed",
    **{
        f"llm_task_{measure}_total": measure
        for measure in (
            *("csat_answers", "csat_satisfied", "nps_answers", "nps_promoters", "nps_detractors"),
            *("duplicates", "redelivered", "conflicts"),
        )
    },
}
_PROBE_FAMILIES: Final = {
    "llm_probe_checks_total": "checks",
    "llm_probe_tokens_total": "tokens",
    "llm_probe_redelivered_total": "redelivered",
}
RULES: Final[tuple[Rule, ...]] = (
    *_USAGE,
    Rule("llm_quarantined_total", _EVENTS, table=tables.REFUSALS),
    Rule("llm_source_conflicts_total", _EVENTS, table=tables.CONFLICTS),
    *_judgements("llm_output", tables.OUTPUTS),
    Rule("llm_outcomes_total", _EVENTS, table=tables.DELIVERIES, named=_MOVE),
    *(Rule(name, {measure: ""}, table=tables.TASKS) for name, measure in _TASK_FAMILIES.items()),
    *_judgements("llm_task", tables.WORK),
    *(Rule(name, {measure: ""}, table=tables.PROBES) for name, measure in _PROBE_FAMILIES.items()),
)


@dataclass(frozen=True)
class HistogramRule:
    """A histogram: ``counts`` are its buckets' columns (not cumulative, +Inf last), ``total`` its sum's."""

    name: str
    total: int
    bounds: tuple[str, ...] = field(default=())
    counts: tuple[int, ...] = field(default=())
    table: Table = tables.USAGE

    @classmethod
    def of(
        cls, name: str, measure: str, bounds_us: tuple[int, ...], table: Table = tables.USAGE
    ) -> HistogramRule:
        """``measure``: duration or ttft, as the names of its measures begin."""
        ends = (*(str(us) for us in bounds_us), "inf")
        return cls(
            name,
            table.column(f"{measure}_us_sum"),
            (*(text.bound(us) for us in bounds_us), "+Inf"),
            tuple(table.column(f"{measure}_le_{end}") for end in ends),
            table,
        )

    @property
    def metric(self) -> Metric:
        return METRIC[self.name]


HISTOGRAMS: Final[tuple[HistogramRule, ...]] = (
    HistogramRule.of("llm_request_duration_seconds", "duration", DURATION_BUCKETS_US),
    HistogramRule.of("llm_time_to_first_token_seconds", "ttft", TTFT_BUCKETS_US),
    HistogramRule.of("llm_probe_duration_seconds", "duration", DURATION_BUCKETS_US, tables.PROBES),
)
SQUARES: Final = METRIC["llm_cost_squares_usd2_total"]
SQUARES_HI: Final = tables.USAGE.column("cost_squares_hi")
SQUARES_LO: Final = tables.USAGE.column("cost_squares_lo")
ACCEPTED: Final = METRIC["llm_ledger_accepted_time_seconds"]
AGENT_ACCEPTED: Final = METRIC["llm_ledger_agent_accepted_time_seconds"]
SERIES: Final = METRIC["llm_ledger_series"]
