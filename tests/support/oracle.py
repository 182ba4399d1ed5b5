"""What an event must cost, one event at a time in Decimal: shares no code with stream.pricing or the fold.

Rates are what genai-prices names for the model at the event's time; each is rounded half-even to pico-USD per
token, each leaf's cost half-even to nano-USD.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import lru_cache
from typing import Any

from genai_prices import data_snapshot
from genai_prices.types import ModelPrice, TieredPrices

#: Leaf -> price keys, the first that the model has is its rate: a cache read without a price costs as input.
_PRICE_KEYS: Mapping[str, tuple[str, ...]] = {
    "input": ("input_mtok",),
    "input_cache_read": ("cache_read_mtok", "input_mtok"),
    "input_cache_write": ("cache_write_mtok", "input_mtok"),
    "output": ("output_mtok",),
    "output_reasoning": ("output_reasoning_mtok", "output_mtok"),
}
_PROVIDERS: Mapping[str, str] = {"aws.bedrock": "aws"}
_PICO_PER_MTOK = Decimal(10**12) / 10**6
Series = tuple[str, str, str, str]


def leaves_of(usage: Mapping[str, int]) -> dict[str, int]:
    """Disjoint leaves of inclusive usage (input, cache, output and reasoning tokens only)."""
    read, written = usage.get("cache_read_tokens", 0), usage.get("cache_write_tokens", 0)
    thought = usage.get("output_reasoning_tokens", 0)
    leaves = {
        "input": usage.get("input_tokens", 0) - read - written,
        "input_cache_read": read,
        "input_cache_write": written,
        "output": usage.get("output_tokens", 0) - thought,
        "output_reasoning": thought,
    }
    assert not usage.keys() - {
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "output_tokens",
        "output_reasoning_tokens",
    }
    return {leaf: tokens for leaf, tokens in leaves.items() if tokens}


@lru_cache(maxsize=100_000)
def _price(provider: str, model: str, minute: datetime) -> ModelPrice | None:
    snapshot = data_snapshot.get_snapshot()
    try:
        _, found = snapshot.find_provider_model(model, None, _PROVIDERS.get(provider, provider), None)
    except LookupError:
        return None
    return found.get_prices(minute)


def leaf_costs_nano_usd(
    provider: str, model: str, time: datetime, leaves: Mapping[str, int]
) -> dict[str, int] | None:
    """Cost of each leaf in nano-USD; None when the model has no price."""
    price = _price(provider, model, time.replace(second=0, microsecond=0))
    if price is None:
        return None
    assert price.requests_kcount is None, f"{model}: charges by the request; teach the oracle"
    total_input = sum(tokens for leaf, tokens in leaves.items() if leaf.startswith("input"))
    costs = {}
    with localcontext(prec=60):
        for leaf, tokens in leaves.items():
            rate = next(value for key in _PRICE_KEYS[leaf] if (value := getattr(price, key)) is not None)
            usd_per_mtok = _in_tier(rate, total_input)
            pico = (usd_per_mtok * _PICO_PER_MTOK).quantize(Decimal(1), ROUND_HALF_EVEN)
            costs[leaf] = int((pico * tokens / 1000).quantize(Decimal(1), ROUND_HALF_EVEN))
    return costs


def _in_tier(rate: Decimal | TieredPrices, total_input: int) -> Decimal:
    if isinstance(rate, Decimal):
        return rate
    above = [tier.price for tier in rate.tiers if total_input > tier.start]
    return above[-1] if above else rate.base


@dataclass
class Truth:
    """Totals of one series."""

    attempts: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    cost_nano_usd: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0


class Oracle:
    """Adds up events one by one. An event whose id or response id was seen is a copy; events of one source
    with the same id are the same event. Knows no quarantine: give it good events only.
    """

    def __init__(self) -> None:
        self.series: dict[Series, Truth] = {}
        self._of: dict[str, dict[str, Any]] = {}
        self._events: set[tuple[str, str]] = set()

    def add_all(self, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            self.add(event)

    def add(self, event: dict[str, Any]) -> None:
        """Count one event as it was sent (the public JSON form)."""
        mine = (str(event.get("source", "")), str(event["event_id"]))
        if mine in self._events:
            return
        self._events.add(mine)
        trusted = event.get("response_id") and not event.get("cache_hit")
        request = f"r {event['response_id']}" if trusted else f"e {mine}"
        first = self._of.get(request)
        truth = self._truth(first or event)
        if first is not None:
            truth.duplicates += 1
            if first.get("usage") is None and event.get("usage") is not None and not first.get("cache_hit"):
                first["usage"] = event["usage"]
                self._add_usage(truth, first)
            return
        first = self._of[request] = dict(event)
        outcome = event.get("outcome", "success")
        truth.attempts[outcome] += 1
        if event.get("final", True):
            truth.requests[outcome] += 1
        if event.get("cache_hit"):
            truth.statuses["free"] += 1
        elif event.get("usage") is None:
            truth.statuses["unpriced"] += 1
        else:
            truth.statuses["priced" if self._add_usage(truth, first) else "unpriced"] += 1

    def _add_usage(self, truth: Truth, event: dict[str, Any]) -> bool:
        leaves = leaves_of(event["usage"])
        truth.tokens.update(leaves)
        time = datetime.fromisoformat(event["time"])
        costs = leaf_costs_nano_usd(event["provider"], event["model"], time, leaves)
        truth.cost_nano_usd.update(costs or {})
        return costs is not None

    def _truth(self, event: dict[str, Any]) -> Truth:
        series = (
            event.get("department", "unattributed"),
            event.get("use_case", "unattributed"),
            event["provider"],
            event["model"],
        )
        return self.series.setdefault(series, Truth())
