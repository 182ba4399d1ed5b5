"""Business metrics: names, types, help and labels, once. Exported by the ledger process alone."""

from __future__ import annotations

from typing import Final

from stream.contract.metric_types import Metric
from stream.contract.metrics_value import COMPUTED
from stream.contract.metrics_work import OUTPUTS, PROBES, TASKS
from stream.contract.names import SERIES_LABELS

_S: Final = SERIES_LABELS
_USAGE: Final[tuple[Metric, ...]] = (
    Metric(
        "llm_requests_total", "counter", "requests", "Final events, whatever their outcome.", (*_S, "outcome")
    ),
    Metric(
        "llm_attempts_total", "counter", "events", "Events counted once: every attempt.", (*_S, "outcome")
    ),
    Metric(
        "llm_tokens_total",
        "counter",
        "tokens",
        "Tokens of all attempts by disjoint leaf.",
        (*_S, "token_type"),
    ),
    Metric(
        "llm_cost_usd_total",
        "counter",
        "US dollars",
        "Cost of all attempts by leaf; units: other units, unsplit: reported costs.",
        (*_S, "token_type"),
    ),
    Metric(
        "llm_cost_squares_usd2_total",
        "counter",
        "US dollars squared",
        "Sum of squared costs of events, for variances.",
    ),
    Metric(
        "llm_cost_events_total",
        "counter",
        "events",
        "Events counted, by how their cost is known.",
        (*_S, "cost_status"),
    ),
    Metric("llm_reported_cost_usd_total", "counter", "US dollars", "Cost as sources report it, beside ours."),
    Metric("llm_usage_missing_total", "counter", "events", "Events counted whose usage was unknown."),
    Metric(
        "llm_usage_completed_total", "counter", "events", "Events whose missing usage a later copy brought."
    ),
    Metric("llm_cache_hits_total", "counter", "events", "Events answered by a response cache, at no cost."),
    Metric("llm_duplicates_total", "counter", "events", "Copies of requests already counted."),
    Metric("llm_redelivered_total", "counter", "events", "Events that arrived again, dropped."),
    Metric("llm_conflicts_total", "counter", "events", "Copies that disagree with what was counted."),
    Metric(
        "llm_labels_folded_total",
        "counter",
        "events",
        "Events with a label beyond its bound, shown as other.",
    ),
    Metric(
        "llm_request_duration_seconds",
        "histogram",
        "seconds",
        "Sent to full response, final successful requests.",
    ),
    Metric(
        "llm_time_to_first_token_seconds",
        "histogram",
        "seconds",
        "Sent to first token, final successful requests.",
    ),
    Metric(
        "llm_quarantined_total",
        "counter",
        "events",
        "Events refused, by source and reason.",
        ("source_key", "reason"),
    ),
    Metric(
        "llm_source_conflicts_total",
        "counter",
        "events",
        "Copies that disagree, with both sources.",
        ("source_key", "other_source_key", "reason"),
    ),
    Metric(
        "llm_nonproduction_requests_total",
        "counter",
        "requests",
        "Final events of other environments.",
        ("environment", "department", "outcome"),
    ),
    Metric(
        "llm_nonproduction_cost_usd_total",
        "counter",
        "US dollars",
        "Cost of other environments.",
        ("environment", "department"),
    ),
)
_LEDGER: Final[tuple[Metric, ...]] = (
    Metric("llm_ledger_accepted_time_seconds", "gauge", "unix seconds", "Newest accept time held.", ()),
    Metric(
        "llm_ledger_agent_accepted_time_seconds",
        "gauge",
        "unix seconds",
        "Newest accept time held of each agent's log: one that stands while others move is not worked on.",
        ("agent",),
    ),
    Metric("llm_ledger_series", "gauge", "series", "Label sets held.", ()),
)
#: In the order of the page: counters and histograms, exact, and how fresh they are.
METRICS: Final = (*_USAGE, *OUTPUTS, *TASKS, *PROBES, *_LEDGER)
METRIC: Final = {metric.name: metric for metric in (*METRICS, *COMPUTED)}
