"""What /metrics must say of a View, worked out the slow way: by name of the measure, in Decimal, without
the exposition's rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from stream.contract.leaves import LEAVES
from stream.contract.names import COST_STATUSES, OUTCOMES
from stream.contract.rows import COST_TYPES, DURATION_BUCKETS_US, TTFT_BUCKETS_US, USAGE_MEASURES
from stream.ledger.figures import View
from tests.unit.metrics.expected_work import work

Sample = tuple[str, frozenset[tuple[str, str]]]
Cell = dict[str, int]  # measure -> amount, or first seen
NANO, MICRO, SQUARE = Decimal("1e-9"), Decimal("1e-6"), Decimal("1e-12")
SINGLE = {
    "llm_usage_missing_total": "usage_missing",
    "llm_usage_completed_total": "usage_completed",
    "llm_cache_hits_total": "cache_hits",
    "llm_duplicates_total": "duplicates",
    "llm_redelivered_total": "redelivered",
    "llm_conflicts_total": "conflicts",
    "llm_labels_folded_total": "labels_folded",
}


def make_view(series: dict[tuple[str, ...], dict[str, int]], seen_us: int = 1, **more: object) -> View:
    """A View from measures by name; what is above 0 was first seen at ``seen_us``."""
    values = np.array(
        [[given.get(measure, 0) for measure in USAGE_MEASURES] for given in series.values()], np.int64
    ).reshape(len(series), len(USAGE_MEASURES))
    return View(list(series), values, np.where(values > 0, seen_us, 0), **more)  # type: ignore[arg-type]


def expected(view: View, now_us: int, hold_us: int) -> dict[Sample, Decimal]:
    """Every sample of the page."""
    parts: dict[Sample, list[tuple[int, Decimal]]] = {}  # (first seen, amount) of what adds up to a sample
    for row, labels in enumerate(view.labels):
        amounts = dict(zip(USAGE_MEASURES, view.values[row].tolist(), strict=True))
        seen = dict(zip(USAGE_MEASURES, view.first_seen_us[row].tolist(), strict=True))
        if labels[0] == "production":
            names = dict(zip(("department", "use_case", "provider", "model"), labels[1:], strict=True))
            found = [*_plain(names, amounts, seen), *_squares(names, amounts, seen)]
            found += _histogram(
                "llm_request_duration_seconds", "duration", DURATION_BUCKETS_US, names, amounts, seen
            )
            found += _histogram(
                "llm_time_to_first_token_seconds", "ttft", TTFT_BUCKETS_US, names, amounts, seen
            )
        else:
            found = list(_other({"environment": labels[0], "department": labels[1]}, amounts, seen))
        for sample, first_us, amount in found:
            if first_us:
                parts.setdefault(sample, []).append((first_us, amount))
    for (source, reason), held in view.refusals.items():
        parts[_at("llm_quarantined_total", source_key=source, reason=reason)] = [
            (held.first_seen_us, Decimal(held.events))
        ]
    for (source, other, reason), held in view.conflicts.items():
        sample = _at("llm_source_conflicts_total", source_key=source, other_source_key=other, reason=reason)
        parts[sample] = [(held.first_seen_us, Decimal(held.events))]
    for sample, first_us, amount in work(view):
        if first_us:
            parts.setdefault(sample, []).append((first_us, amount))
    page = {
        sample: sum((amount for _, amount in found), Decimal(0))
        if min(found)[0] + hold_us <= now_us
        else Decimal(0)
        for sample, found in parts.items()
    }
    page[_at("llm_ledger_series")] = Decimal(len(view.labels))
    if view.accepted_us:
        page[_at("llm_ledger_accepted_time_seconds")] = view.accepted_us * MICRO
    for agent, at_us in view.accepted_us_by_agent.items():
        page[_at("llm_ledger_agent_accepted_time_seconds", agent=agent)] = at_us * MICRO
    return page


Found = Iterator[tuple[Sample, int, Decimal]]


def _at(name: str, **labels: str) -> Sample:
    return name, frozenset(labels.items())


def _plain(names: dict[str, str], amounts: Cell, seen: Cell) -> Found:
    def one(name: str, measure: str, unit: Decimal = Decimal(1), **extra: str) -> tuple[Sample, int, Decimal]:
        return _at(name, **names, **extra), seen[measure], amounts[measure] * unit

    for outcome in OUTCOMES:
        yield one("llm_requests_total", f"requests_{outcome}", outcome=outcome)
        yield one("llm_attempts_total", f"attempts_{outcome}", outcome=outcome)
    for leaf in LEAVES:
        yield one("llm_tokens_total", f"tokens_{leaf}", token_type=leaf)
    for part in COST_TYPES:
        yield one("llm_cost_usd_total", f"cost_nano_usd_{part}", NANO, token_type=part)
    for status in COST_STATUSES:
        yield one("llm_cost_events_total", f"events_{status}", cost_status=status)
    for name, measure in SINGLE.items():
        yield one(name, measure)
    yield one("llm_reported_cost_usd_total", "reported_nano_usd", NANO)


def _squares(names: dict[str, str], amounts: Cell, seen: Cell) -> Found:
    firsts = [seen[m] for m in ("cost_squares_hi", "cost_squares_lo") if seen[m]]
    total = Decimal(amounts["cost_squares_hi"] * 2**32 + amounts["cost_squares_lo"])
    yield _at("llm_cost_squares_usd2_total", **names), min(firsts, default=0), total * SQUARE


def _histogram(
    name: str, measure: str, bounds_us: tuple[int, ...], names: dict[str, str], amounts: Cell, seen: Cell
) -> Found:
    buckets = [(str(us / 1e6), f"{measure}_le_{us}") for us in bounds_us] + [("+Inf", f"{measure}_le_inf")]
    firsts = [seen[m] for m in (*(m for _, m in buckets), f"{measure}_us_sum") if seen[m]]
    first_us, upto = min(firsts, default=0), 0
    for le, bucket in buckets:
        upto += amounts[bucket]
        yield _at(f"{name}_bucket", **names, le=le), first_us, Decimal(upto)
    yield _at(f"{name}_count", **names), first_us, Decimal(upto)
    yield _at(f"{name}_sum", **names), first_us, amounts[f"{measure}_us_sum"] * MICRO


def _other(names: dict[str, str], amounts: Cell, seen: Cell) -> Found:
    for outcome in OUTCOMES:
        measure = f"requests_{outcome}"
        sample = _at("llm_nonproduction_requests_total", **names, outcome=outcome)
        yield sample, seen[measure], Decimal(amounts[measure])
    for part in COST_TYPES:
        measure = f"cost_nano_usd_{part}"
        sample = _at("llm_nonproduction_cost_usd_total", **names)
        yield sample, seen[measure], amounts[measure] * NANO
