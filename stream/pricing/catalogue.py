"""The bundled catalogue as a price book: the one place that reads genai-prices.

Held to genai-prices 0.2.3. What it does there, and the book keeps:
- a tier is a cliff: ``total input > start`` puts the whole request at the tier's rate;
- of the conditional prices the last active one holds, the first where none is; days and hours are UTC;
- variants (service tier, batch, fast, route) lay over the standard price, rate by rate, the first match wins,
  and are ignored when a model was found through another provider's fallback;
- two Whisper models at Groq bill at least ten seconds;
- a model listed without any price costs nothing there. Here it is ``free`` only if its name says so: an
  unknown price must not look like a price of zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Final

from genai_prices import types as genai
from genai_prices.data_units import unit_data
from genai_prices.units import UnitRegistry

from stream.contract.names import US_PER_SECOND
from stream.pricing.book import (
    BOOK_VERSION,
    Clause,
    Constraint,
    ModelEntry,
    PriceBook,
    ProviderEntry,
    Rate,
    Slice,
    Variant,
)
from stream.pricing.errors import CatalogueError
from stream.pricing.units import NAME_OF_USAGE_KEY, to_pico

_EPOCH: Final = date(1970, 1, 1)
#: Provider names in use (OpenTelemetry, LiteLLM, Azure) that the catalogue's own matching misses or misreads.
PROVIDER_ALIASES: Final = {
    "aws.bedrock": "aws",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "azure_ai": "azure",
    "azure_openai": "azure",
    "azure_text": "azure",
    "fireworks_ai": "fireworks",
    "gcp.gen_ai": "google",
    "x_ai": "x-ai",
}
#: Context key of a variant -> the event's label that says it.
_CONTEXT_LABEL: Final = {
    "service_tier": "service_tier",
    "processing": "service_tier",
    "speed": "service_tier",
    "search_type": "service_tier",
    "route": "region",
}
#: genai-prices keeps these in code, not in its data.
_MINIMUMS: Final = {
    ("groq", model): (("audio_seconds", 10),) for model in ("whisper-large-v3", "whisper-large-v3-turbo")
}


def compile_catalogue(providers: Iterable[genai.Provider], source: str) -> PriceBook:
    """Book of ``providers``, in their order (the order decides which match wins).

    Raises CatalogueError for a unit, clause or context that this version does not know, RateOutOfBounds.
    """
    compiler = _Compiler()
    entries = tuple(compiler.provider(provider) for provider in providers)
    return PriceBook(
        version=BOOK_VERSION,
        source=source,
        providers=entries,
        prices=tuple(compiler.prices),
        aliases=dict(PROVIDER_ALIASES),
    )


@cache
def bundled_catalogue() -> PriceBook:
    """Book of the installed genai-prices snapshot (never of one fetched at run time)."""
    from genai_prices.data import providers  # 1.6 MB of source: loaded when first needed

    return compile_catalogue(providers, f"genai-prices {version('genai-prices')}")


class _Compiler:
    """Collects distinct prices while providers are compiled."""

    def __init__(self) -> None:
        self.prices: dict[tuple[Rate, ...], int] = {}
        self._registry = UnitRegistry(unit_data)

    def provider(self, provider: genai.Provider) -> ProviderEntry:
        return ProviderEntry(
            id=provider.id,
            match=_clause(provider.provider_match) if provider.provider_match else None,
            model_match=_clause(provider.model_match) if provider.model_match else None,
            fallback=tuple(provider.fallback_model_providers or ()),
            models=tuple(self._model(provider.id, model) for model in provider.models),
        )

    def _model(self, provider: str, model: genai.ModelInfo) -> ModelEntry:
        where = f"{provider}/{model.id}"
        if isinstance(model.prices, genai.ModelPrice):
            slices = [Slice(self._price(where, model.prices), Constraint())]
        else:
            slices = [Slice(self._price(where, p.prices), _constraint(p.constraint)) for p in model.prices]
        variants = [
            Variant(self._price(where, v.prices), _constraint(v.constraint), _when(where, v.when))
            for v in model.price_variants or ()
        ]
        return ModelEntry(
            id=model.id,
            match=_clause(model.match),
            slices=tuple(slices),
            variants=tuple(variants),
            minimums=_MINIMUMS.get((provider, model.id), ()),
            free=model.id.endswith(":free"),
        )

    def _price(self, where: str, price: genai.ModelPrice) -> int:
        rates = [self._rate(where, key, value) for key, value in vars(price).items() if value is not None]
        rates.sort(key=lambda rate: rate.name)
        return self.prices.setdefault(tuple(rates), len(self.prices))

    def _rate(self, where: str, price_key: str, value: Decimal | genai.TieredPrices) -> Rate:
        try:
            unit = self._registry.unit_for_price_key(price_key)
            name = NAME_OF_USAGE_KEY[unit.usage_key]
        except KeyError:
            raise CatalogueError(f"{where}: price {price_key} belongs to no leaf or unit; add it") from None
        if isinstance(value, Decimal):
            return Rate(name, to_pico(value, unit.per, name))
        tiers = tuple((tier.start, to_pico(tier.price, unit.per, name)) for tier in value.tiers)
        return Rate(name, to_pico(value.base, unit.per, name), tiers)


def _clause(match: genai.MatchLogic) -> Clause:
    match match:
        case genai.ClauseOr():
            return Clause("or", parts=tuple(_clause(part) for part in match.or_))
        case genai.ClauseAnd():
            return Clause("and", parts=tuple(_clause(part) for part in match.and_))
        case genai.ClauseStartsWith():
            return Clause("starts_with", match.starts_with.lower())
        case genai.ClauseEndsWith():
            return Clause("ends_with", match.ends_with.lower())
        case genai.ClauseContains():
            return Clause("contains", match.contains.lower())
        case genai.ClauseEquals():
            return Clause("equals", match.equals.lower())
        case genai.ClauseRegex():
            return Clause("regex", match.regex)
    raise CatalogueError(f"match clause {type(match).__name__} is unknown; add it")


def _constraint(constraint: genai.StartDateConstraint | genai.TimeOfDateConstraint | None) -> Constraint:
    match constraint:
        case None:
            return Constraint()
        case genai.StartDateConstraint():
            return Constraint(from_day=(constraint.start_date - _EPOCH).days)
        case genai.TimeOfDateConstraint():
            return Constraint(start_us=_of_day(constraint.start_time), end_us=_of_day(constraint.end_time))
    raise CatalogueError(f"price constraint {type(constraint).__name__} is unknown; add it")


def _of_day(value: time) -> int:
    if value.tzinfo is not None:
        value = datetime.combine(_EPOCH, value).astimezone(UTC).time()
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * US_PER_SECOND + value.microsecond


def _when(where: str, when: dict[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    conditions = []
    for key, value in sorted(when.items()):
        if key not in _CONTEXT_LABEL:
            raise CatalogueError(f"{where}: variant on {key} is told by no label; add it")
        values = {value.lower()}
        if key == "route":  # "mistral/eu": the region label says "eu"
            values.add(value.lower().rpartition("/")[2])
        conditions.append((_CONTEXT_LABEL[key], tuple(sorted(values))))
    return tuple(conditions)
