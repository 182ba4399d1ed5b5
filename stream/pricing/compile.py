"""Catalogue and overrides into one book. Pure, apart from the bundled catalogue it starts from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Final

import msgspec

from stream.pricing.book import OverrideEntry, PriceBook, Rate
from stream.pricing.errors import OverlapError, OverrideError, RateOutOfBounds
from stream.pricing.resolve import Resolver
from stream.pricing.schema import WILDCARD, Override, Overrides, TieredRate
from stream.pricing.units import LEAF_USAGE_KEY, PER_MILLION, rate_bound, to_pico

_EPOCH: Final = date(1970, 1, 1)


def compile_book(overrides: Overrides | None = None, catalogue: PriceBook | None = None) -> PriceBook:
    """The book of ``catalogue`` (default: the bundled one) with ``overrides`` over it.

    Equal input gives equal bytes. Raises OverrideError, OverlapError.
    """
    book = _bundled() if catalogue is None else catalogue
    if overrides is None:
        return book
    aliases = book.aliases | overrides.provider_aliases
    book = msgspec.structs.replace(book, aliases=aliases)
    resolver = Resolver(book)
    entries = [
        _entry(resolver, override, f"override {number}")
        for number, override in enumerate(overrides.overrides, 1)
    ]
    _refuse_overlaps(entries)
    _refuse_factors_out_of_bounds(book, entries)
    deployments = {_deployment(resolver, key): model for key, model in overrides.deployments.items()}
    return msgspec.structs.replace(
        book, deployments=book.deployments | deployments, overrides=(*book.overrides, *entries)
    )


def _bundled() -> PriceBook:
    from stream.pricing.catalogue import bundled_catalogue  # a worker, which has its book, never loads it

    return bundled_catalogue()


def _canonical(resolver: Resolver, provider: str) -> str:
    found = None if provider == WILDCARD else resolver.provider_named(provider)
    return found.id if found else provider


def _deployment(resolver: Resolver, key: str) -> str:
    provider, _, name = key.partition("/")
    return f"{_canonical(resolver, provider)}/{name}"


def _entry(resolver: Resolver, o: Override, origin: str) -> OverrideEntry:
    usd = Fraction(o.conversion.usd if o.conversion else 1)
    try:
        rates = [_rate(name, value, usd) for name, value in sorted((o.rates or {}).items())]
    except RateOutOfBounds as error:
        raise OverrideError([f"{origin} ({o.provider}/{o.model}): {error}"]) from None
    return OverrideEntry(
        provider=_canonical(resolver, o.provider),
        model=o.model,
        region=o.region or "",
        service_tier=o.service_tier or "",
        from_day=(o.from_ - _EPOCH).days,
        until_day=None if o.until is None else (o.until - _EPOCH).days,
        rates=tuple(rates),
        factor=None if o.factor is None else format(o.factor.normalize(), "f"),
        replace=o.replace,
        who=o.who,
        why=o.why,
        origin=origin,
    )


def _rate(name: str, value: Decimal | TieredRate, usd: Fraction) -> Rate:
    per = PER_MILLION if name in LEAF_USAGE_KEY else 1
    if isinstance(value, Decimal):
        return Rate(name, to_pico(Fraction(value) * usd, per, name))
    tiers = tuple((tier.above, to_pico(Fraction(tier.rate) * usd, per, name)) for tier in value.tiers)
    return Rate(name, to_pico(Fraction(value.base) * usd, per, name), tiers)


def _refuse_overlaps(entries: Iterable[OverrideEntry]) -> None:
    problems = [
        f"{second.origin}: {second.provider}/{second.model} from {_day(second.from_day)} overlaps "
        f"{first.origin}, which holds {_until(first)}; end the one before the other begins"
        for first, second in combinations(entries, 2)
        if _rank_key(first) == _rank_key(second) and _overlap(first, second)
    ]
    if problems:
        raise OverlapError(problems)


def _refuse_factors_out_of_bounds(book: PriceBook, entries: Iterable[OverrideEntry]) -> None:
    dearest: dict[str, int] = {}
    for rate in (rate for price in book.prices for rate in price):
        dearest[rate.name] = max(dearest.get(rate.name, 0), rate.base, *(pico for _, pico in rate.tiers))
    for entry in entries:
        factor = Fraction(entry.factor or 0)
        beyond = [name for name, pico in dearest.items() if pico * factor > rate_bound(name)]
        if beyond:
            raise OverrideError([f"{entry.origin}: factor {entry.factor} takes {beyond[0]} out of bounds"])


def _rank_key(o: OverrideEntry) -> tuple[str, str, str, str, bool]:
    return o.provider, o.model, o.region, o.service_tier, o.factor is None


def _overlap(a: OverrideEntry, b: OverrideEntry) -> bool:
    return (a.until_day is None or b.from_day <= a.until_day) and (
        b.until_day is None or a.from_day <= b.until_day
    )


def _day(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def _until(o: OverrideEntry) -> str:
    return "until further notice" if o.until_day is None else f"until {_day(o.until_day)}"
