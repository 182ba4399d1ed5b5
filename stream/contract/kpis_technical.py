"""KPIs of technology: is the service quick, there, used, and at what price?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from stream.contract.kpi_decisions import SERVICE, SPENDING, USED
from stream.contract.kpi_types import Alarm, Definition, Kpi, Target


@dataclass(frozen=True)
class LatencyClass:
    """The mean duration of the requests of a class stays below ``mean_below_s`` seconds."""

    key: str
    name: str
    mean_below_s: int


LATENCY_CLASSES: Final = (
    LatencyClass("overall", "overall", 3),
    LatencyClass("chat", "chat", 5),
    LatencyClass("code", "code suggestions", 2),
)
LATENCY_CLASS: Final = {item.key: item for item in LATENCY_CLASSES}

TECHNICAL: Final[tuple[Kpi, ...]] = (
    Kpi(
        key="mean_latency",
        name="Mean latency",
        dimension="technical",
        rank="core",
        targets=tuple(
            Target("below", (Decimal(item.mean_below_s),), "seconds", scope=item.key)
            for item in LATENCY_CLASSES
        ),
        reviewed=("real_time",),
        definition=Definition(
            "mean",
            "seconds from request sent to full response received",
            "answered requests whose duration is known",
            "mean time from request sent to full response received, with p50, p95 and p99",
        ),
        decision=SERVICE,
        inputs=("usage",),
        alarms=tuple(
            Alarm("above", Decimal(item.mean_below_s), "seconds", scope=item.key) for item in LATENCY_CLASSES
        ),
        figures_beside=("p50, p95 and p99", "time to first token"),
    ),
    Kpi(
        key="adoption_rate",
        name="Adoption rate",
        dimension="technical",
        rank="core",
        targets=(Target("above", (Decimal(70),), "percent"),),
        reviewed=("monthly",),
        definition=Definition(
            "rate",
            "people of the target population with at least one request in the last 7 days",
            "people of the target population",
            "people of the target population active in the last 7 days ÷ that population, by department",
        ),
        decision=USED,
        inputs=("usage", "people"),
        alarms=(Alarm("below", Decimal(50), "percent", after_months=3),),
        beside=("output_reuse_rate",),
        figures_beside=("active people none of whose outputs was accepted",),
    ),
    Kpi(
        key="cost_per_request",
        name="Cost per request",
        dimension="technical",
        rank="core",
        targets=(Target("falling"),),
        reviewed=("weekly",),
        definition=Definition(
            "ratio",
            "cost of all attempts",
            "requests",
            "cost of all attempts ÷ requests, in currency and in tokens, by model, use case and department",
        ),
        decision=SPENDING,
        inputs=("usage",),
        alarms=(Alarm("rises"),),
        figures_beside=("tokens per request", "share of requests with a price"),
    ),
    Kpi(
        key="service_uptime",
        name="Service uptime",
        dimension="technical",
        rank="core",
        targets=(Target("above", (Decimal("99.5"),), "percent"),),
        reviewed=("real_time",),
        definition=Definition(
            "rate",
            "requests that the service answered; cancelled and filtered ones it did",
            "requests; apart from them, probes sent at regular times",
            "requests that the service answered ÷ requests, and the same of probes beside it: probes are sent"
            " at regular times, so that theirs is the share of time",
        ),
        decision=SERVICE,
        inputs=("usage",),
        fuller_with=("probes",),
        alarms=(Alarm("budget_burn"),),
        beside=("system_error_rate",),
        figures_beside=("what is left of the error budget",),
    ),
    Kpi(
        key="system_error_rate",
        name="System error rate",
        dimension="technical",
        rank="companion",
        targets=(Target("shown"),),
        reviewed=("real_time",),
        definition=Definition(
            "rate",
            "requests that ended in a time-out, an error or a refusal for load, or in a hallucination that"
            " passed control",
            "requests",
            "time-outs, errors, refusals for load and hallucinations that passed control ÷ requests, by kind",
        ),
        decision=SERVICE,
        inputs=("usage",),
        fuller_with=("outcomes",),
        beside=("service_uptime",),
    ),
    Kpi(
        key="use_per_feature",
        name="Use per feature",
        dimension="technical",
        rank="companion",
        targets=(Target("shown"),),
        reviewed=("monthly",),
        definition=Definition(
            "amount",
            "requests, and distinct people, of each feature",
            "",
            "requests and distinct people by feature, the little used ones named",
        ),
        decision=USED,
        inputs=("usage",),
        fuller_with=("people",),
    ),
)
