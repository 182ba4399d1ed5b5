"""What genai-prices says a request costs, asked through its public calculation: shares no code with ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from genai_prices import Usage
from genai_prices.data_snapshot import DataSnapshot
from genai_prices.types import ModelInfo, ModelPrice, Provider, StartDateConstraint, TieredPrices
from genai_prices.units import UnitRegistry

#: leaf or unit -> every inclusive usage key that counts it
COUNTED_IN: Mapping[str, tuple[str, ...]] = {
    "input": ("input_tokens",),
    "input_cache_read": ("input_tokens", "cache_read_tokens"),
    "input_cache_write": ("input_tokens", "cache_write_tokens"),
    "input_cache_write_1h": ("input_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
    "input_audio": ("input_tokens", "input_audio_tokens"),
    "input_audio_cache_read": (
        "input_tokens",
        "input_audio_tokens",
        "cache_read_tokens",
        "cache_audio_read_tokens",
    ),
    "input_image": ("input_tokens", "input_image_tokens"),
    "input_image_cache_read": (
        "input_tokens",
        "input_image_tokens",
        "cache_read_tokens",
        "cache_image_read_tokens",
    ),
    "input_video": ("input_tokens", "input_video_tokens"),
    "output": ("output_tokens",),
    "output_reasoning": ("output_tokens", "output_reasoning_tokens"),
    "output_audio": ("output_tokens", "output_audio_tokens"),
    "output_image": ("output_tokens", "output_image_tokens"),
    "output_video": ("output_tokens", "output_video_tokens"),
    "output_citation": ("output_tokens", "output_citation_tokens"),
    "audio_seconds": ("audio_seconds",),
    "input_audio_seconds": ("audio_seconds", "input_audio_seconds"),
    "output_audio_seconds": ("audio_seconds", "output_audio_seconds"),
    "input_document_pages": ("input_document_pages",),
    "input_annotated_document_pages": ("input_document_pages", "input_annotated_document_pages"),
    **{
        unit: (unit,)
        for unit in (
            "web_searches",
            "storage_searches",
            "social_searches",
            "code_executions",
            "rerank_searches",
            "input_characters",
            "input_text_messages",
            "input_pixels",
        )
    },
}


@cache
def snapshot() -> DataSnapshot:
    from genai_prices.data import providers

    return DataSnapshot(providers=providers, from_auto_update=False)


@cache
def _pers() -> dict[str, int]:
    from genai_prices.data_units import unit_data

    return {unit.price_key: unit.per for unit in UnitRegistry(unit_data).units.values()}


def inclusive(counts: Mapping[str, int]) -> Usage:
    """Disjoint counts as the inclusive usage that providers report."""
    usage: dict[str, int] = {}
    for name, count in counts.items():
        for key in COUNTED_IN[name]:
            usage[key] = usage.get(key, 0) + count
    return Usage(**usage)


def at(time_us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)


def price(
    provider: Provider, model: ModelInfo, counts: Mapping[str, int], time_us: int, context: dict[str, str]
) -> Decimal:
    """Exact USD of a request."""
    return model.calc_price(
        inclusive(counts), provider, genai_request_timestamp=at(time_us), price_context=context or None
    ).total_price


def nano(usd: Decimal) -> int:
    """Nano-USD, half-even."""
    return int((usd * 10**9).to_integral_value("ROUND_HALF_EVEN"))


def whole_pico(price: ModelPrice) -> bool:
    """Whether every rate of a price is a whole number of pico-USD per single unit."""
    return all(
        (value * 10**12) % _pers()[key] == 0
        for key, entry in vars(price).items()
        for value in (
            [entry.base, *(t.price for t in entry.tiers)] if isinstance(entry, TieredPrices) else [entry]
        )
    )


def instants(model: ModelInfo) -> list[int]:
    """Times (us) on both sides of every date and hour at which a price of the model changes."""
    constraints = [v.constraint for v in model.price_variants or ()]
    if isinstance(model.prices, list):
        constraints += [p.constraint for p in model.prices]
    latest = datetime(2027, 3, 1, 12, tzinfo=UTC)
    moments = {latest}
    for c in constraints:
        if isinstance(c, StartDateConstraint):
            start = datetime.combine(c.start_date, datetime.min.time(), UTC)
            moments |= {start, start - timedelta(microseconds=1)}
        elif c is not None:
            for edge in (c.start_time, c.end_time):
                turn = datetime.combine(latest.date(), edge.replace(tzinfo=None), UTC)
                moments |= {turn, turn - timedelta(microseconds=1)}
    return sorted((m - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for m in moments)


def contexts(model: ModelInfo) -> list[dict[str, str]]:
    """No context, and that of each variant."""
    return [{}, *(dict(v) for v in dict.fromkeys(tuple(v.when.items()) for v in model.price_variants or ()))]
