"""Which rates hold for a model at an instant: standard price, variants, discounts, overrides. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from stream.pricing.book import Constraint, ModelEntry, OverrideEntry, PriceBook, Rate, Variant
from stream.pricing.resolve import Resolution
from stream.pricing.units import RATE_CHAIN

WILDCARD = "*"


@dataclass(frozen=True, slots=True)
class Candidates:
    """What can come to hold for one label tuple: a hashable key of a set of rate rows.

    ``model``: entry or None. ``variants``: those whose labels fit, in their order. ``overrides``: those whose
    labels fit, lowest rank first.
    """

    model: ModelEntry | None
    variants: tuple[Variant, ...]
    overrides: tuple[OverrideEntry, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A rate that holds and whence: "catalogue", a variant, or an override's origin."""

    rate: Rate
    origin: str
    override: OverrideEntry | None = None


def candidates(book: PriceBook, found: Resolution, region: str, service_tier: str) -> Candidates:
    """Everything in the book that may price these labels at some time."""
    labels = {"region": region.strip().lower(), "service_tier": service_tier.strip().lower()}
    variants: tuple[Variant, ...] = ()
    if found.model is not None and not found.by_fallback:
        variants = tuple(v for v in found.model.variants if _fits(v, labels))
    ranked = [(rank, o) for o in book.overrides if (rank := _rank(o, found, labels)) is not None]
    ranked.sort(key=lambda pair: pair[0])
    return Candidates(found.model, variants, tuple(override for _, override in ranked))


def _fits(variant: Variant, labels: Mapping[str, str]) -> bool:
    return all(labels[label] in values for label, values in variant.when)


def _rank(o: OverrideEntry, found: Resolution, labels: Mapping[str, str]) -> tuple[int, ...] | None:
    """How closely an override is aimed at these labels, None where it is not: by the very name, by the model
    that the name means, by the provider; then region; then service tier. Only overrides with the same five
    fields have equal ranks, and those may not overlap.
    """
    if o.provider not in (found.provider, WILDCARD):
        return None
    if (o.region and o.region != labels["region"]) or (
        o.service_tier and o.service_tier != labels["service_tier"]
    ):
        return None
    if o.model in found.names:
        aim = 9 - found.names.index(o.model)
    elif found.model is not None and o.model == found.model.id.lower():
        aim = 2
    elif o.model == WILDCARD:
        aim = 1
    else:
        return None
    return aim, o.provider != WILDCARD, o.region != "", o.service_tier != ""


def active(constraint: Constraint, day: int, of_day_us: int) -> bool:
    """Whether a price holds on a UTC day (days since 1970) at a time of that day (microseconds)."""
    if constraint.from_day is not None:
        return day >= constraint.from_day
    if constraint.start_us is None or constraint.end_us is None:
        return True
    if constraint.end_us < constraint.start_us:
        return of_day_us >= constraint.start_us or of_day_us < constraint.end_us
    return constraint.start_us <= of_day_us < constraint.end_us


def _stands(override: OverrideEntry, day: int) -> bool:
    return override.from_day <= day and (override.until_day is None or day <= override.until_day)


def quote(book: PriceBook, what: Candidates, day: int, of_day_us: int) -> dict[str, Quoted]:
    """Rates by leaf or unit that hold at an instant, before leaves inherit from one another."""
    rates = _catalogue_rates(book, what, day, of_day_us)
    standing = [o for o in what.overrides if _stands(o, day)]
    factors = [o for o in standing if o.factor is not None]
    if factors:
        rates = {name: _discounted(quoted, factors[-1]) for name, quoted in rates.items()}
    for override in standing:
        if override.replace:
            rates = {}
        rates |= {rate.name: Quoted(rate, override.origin, override) for rate in override.rates}
    return rates


def _catalogue_rates(book: PriceBook, what: Candidates, day: int, of_day_us: int) -> dict[str, Quoted]:
    if what.model is None:
        return {}
    holding = [s for s in what.model.slices if active(s.constraint, day, of_day_us)]
    price = (holding[-1] if holding else what.model.slices[0]).price
    rates = {rate.name: Quoted(rate, "catalogue") for rate in book.prices[price]}
    for variant in reversed(what.variants):  # the first that holds wins, so it is laid on last
        if active(variant.constraint, day, of_day_us):
            origin = "catalogue, " + ", ".join(f"{label} {values[0]}" for label, values in variant.when)
            rates |= {rate.name: Quoted(rate, origin) for rate in book.prices[variant.price]}
    return rates


def _discounted(quoted: Quoted, by: OverrideEntry) -> Quoted:
    factor = Fraction(by.factor or 1)

    def times(pico: int) -> int:
        return round(pico * factor)  # of a fraction: exact, half to even

    rate = quoted.rate
    tiers = tuple((above, times(pico)) for above, pico in rate.tiers)
    origin = f"{quoted.origin} × {by.factor}, {by.origin}"
    return Quoted(Rate(rate.name, times(rate.base), tiers), origin, by)


def rate_in_tier(rate: Rate, total_input: int) -> int:
    """pico-USD per single one for a request of ``total_input`` tokens."""
    return next((pico for above, pico in reversed(rate.tiers) if total_input > above), rate.base)


def inherited(name: str, rates: Mapping[str, Quoted]) -> tuple[str, Quoted] | None:
    """The name whose rate a leaf or unit takes and the rate; None where it has none."""
    for source in RATE_CHAIN[name]:
        if source in rates:
            return source, rates[source]
    return None


def thresholds(rates: Iterable[Quoted]) -> set[int]:
    """Total input tokens above which some rate changes."""
    return {above for quoted in rates for above, _ in quoted.rate.tiers}
