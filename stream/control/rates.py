"""Which rates differ between two price books, and from which day on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from stream.contract.leaves import LEAVES, UNITS
from stream.pricing.book import ModelEntry, OverrideEntry, PriceBook, Rate
from stream.pricing.quote import WILDCARD, Candidates, candidates, inherited, quote
from stream.pricing.resolve import Resolver
from stream.pricing.rows import build_rows
from stream.pricing.units import LEAF_USAGE_KEY, PER_MILLION, PICO_PER_USD

_EPOCH: Final = date(1970, 1, 1)
_NAMES: Final = (*LEAVES, *UNITS)
_AS: Final = "as "


class Seller(NamedTuple):
    """Labels that may be priced otherwise than before."""

    provider: str
    model: str
    region: str = ""
    service_tier: str = ""


@dataclass(frozen=True)
class RateChange:
    """A rate that differs from ``since`` (UTC day, None: ever) until ``until`` (exclusive, None: open).

    ``old``, ``new``: exact USD as text, with the tiers of the context length; None where unpriced. ``time``:
    of the UTC day, from which it holds, where rates change by the hour.
    """

    provider: str
    model: str
    region: str
    service_tier: str
    unit: str
    per: str
    old: str | None
    new: str | None
    since: str | None
    until: str | None
    time: str | None = None


def rate_changes(old: PriceBook, new: PriceBook) -> Iterator[RateChange]:
    """Every rate that is not the same in both books, by provider and model.

    A leaf that takes the rate of another (reasoning output that of output) is named only where it has one of
    its own in either book.
    """
    before, after = Resolver(old), Resolver(new)
    for seller in sorted(_touched(old, new)):
        yield from _of_seller(before, after, seller)


def shown_rate(rate: Rate) -> str:
    """A rate as exact decimals in USD, per million tokens or each: ``2.5 (5 above 200000)``."""
    tiers = ", ".join(f"{_usd(pico, rate.name)} above {above}" for above, pico in rate.tiers)
    return f"{_usd(rate.base, rate.name)}{f' ({tiers})' if tiers else ''}"


def _usd(pico: int, name: str) -> str:
    whole, part = divmod(pico * (PER_MILLION if name in LEAF_USAGE_KEY else 1), PICO_PER_USD)
    return f"{whole}.{part:012d}".rstrip("0").rstrip(".")


def day_text(day: int) -> str:
    """Days since 1970 as 2026-01-31."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def _touched(old: PriceBook, new: PriceBook) -> set[Seller]:
    """Labels whose rates may differ: of entries that differ, and of overrides that only one book has."""
    before, after = _entries(old), _entries(new)
    found = {Seller(*key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    ours = {_content(o) for o in old.overrides} ^ {_content(o) for o in new.overrides}
    for override in (*old.overrides, *new.overrides):
        if _content(override) in ours:
            found |= _aimed_at(override, before.keys() | after.keys())
    return found


def _aimed_at(override: OverrideEntry, known: Iterable[tuple[str, str]]) -> set[Seller]:
    labels = override.region, override.service_tier
    named = {
        (provider, model)
        for provider, model in known
        if override.provider in (provider, WILDCARD) and override.model in (model.lower(), WILDCARD)
    }
    if not named and WILDCARD not in (override.provider, override.model):
        named = {(override.provider, override.model)}  # a model that the catalogue does not know
    return {Seller(*key, *labels) for key in named}


def _content(override: OverrideEntry) -> tuple[object, ...]:
    """An override without its number in the file, which changes when another is put before it."""
    return tuple(getattr(override, name) for name in override.__struct_fields__ if name != "origin")


def _entries(book: PriceBook) -> dict[tuple[str, str], object]:
    """What the catalogue holds for each (provider, model), with the prices themselves for their numbers."""
    return {
        (provider.id, model.id): _priced(book, model)
        for provider in book.providers
        for model in provider.models
    }


def _priced(book: PriceBook, model: ModelEntry) -> object:
    return (
        [(book.prices[s.price], s.constraint) for s in model.slices],
        [(book.prices[v.price], v.constraint, v.when) for v in model.variants],
        model.free,
    )


def _of_seller(before: Resolver, after: Resolver, seller: Seller) -> Iterator[RateChange]:
    olds, news = _candidates(before, seller), _candidates(after, seller)
    days, times = _boundaries((before.book, olds), (after.book, news))
    for time in times:
        segments = [
            (day, _rates(before.book, olds, day, time), _rates(after.book, news, day, time)) for day in days
        ]
        for name in _NAMES:
            yield from _segments(seller, name, time if len(times) > 1 else None, segments)


def _candidates(resolver: Resolver, seller: Seller) -> Candidates:
    found = resolver.resolve(seller.provider, seller.model)
    return candidates(resolver.book, found, seller.region, seller.service_tier)


def _boundaries(*books: tuple[PriceBook, Candidates]) -> tuple[list[int], list[int]]:
    """(a day in each slice, a time in each slice): nothing changes between two of them."""
    rows = [build_rows(*pair) for pair in books]
    days = sorted({int(day) for row in rows for day in row.from_days})
    times = sorted({0} | {int(us) for row in rows for us in row.from_us})
    return [days[0] - 1, *days] if days else [0], times


_Rates = dict[str, tuple[str, Rate]]


def _rates(book: PriceBook, what: Candidates, day: int, of_day_us: int) -> _Rates:
    """name -> (whose rate it takes, rate)."""
    quoted = quote(book, what, day, of_day_us)
    found = {name: inherited(name, quoted) for name in _NAMES}
    return {name: (source, one.rate) for name, (source, one) in ((n, f) for n, f in found.items() if f)}


def _segments(
    seller: Seller, name: str, time: int | None, segments: list[tuple[int, _Rates, _Rates]]
) -> Iterator[RateChange]:
    pairs = [(day, _shown(name, old), _shown(name, new)) for day, old, new in segments]
    start = 0
    while start < len(pairs):
        end = start + 1
        while end < len(pairs) and pairs[end][1:] == pairs[start][1:]:
            end += 1
        day, old, new = pairs[start]
        if old != new and not (_follows(old) and _follows(new)):
            yield RateChange(
                *seller,
                unit=name,
                per="million tokens" if name in LEAF_USAGE_KEY else "each",
                old=old,
                new=new,
                since=day_text(day) if start else None,
                until=day_text(pairs[end][0]) if end < len(pairs) else None,
                time=None if time is None else f"{time // 3_600_000_000:02d}:{time // 60_000_000 % 60:02d}",
            )
        start = end


def _shown(name: str, rates: _Rates) -> str | None:
    """A rate of its own; an inherited one is its parent's, whose line says it."""
    if name not in rates:
        return None
    source, rate = rates[name]
    return shown_rate(rate) if source == name else f"{_AS}{source}"


def _follows(shown: str | None) -> bool:
    return shown is None or shown.startswith(_AS)
