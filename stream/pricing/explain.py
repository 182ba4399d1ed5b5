"""Why a price is what it is: what matched, in which slice, whence the rates. Pure; for people and --json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from stream.contract.leaves import LEAVES, UNITS
from stream.contract.names import US_PER_DAY
from stream.pricing.book import PriceBook
from stream.pricing.quote import Candidates, Quoted, candidates, inherited, quote
from stream.pricing.resolve import Resolution, Resolver
from stream.pricing.rows import FREE, PRICED, build_rows, kind_of
from stream.pricing.units import LEAF_USAGE_KEY, PER_MILLION, PICO_PER_USD

_EPOCH: Final = date(1970, 1, 1)
_EPOCH_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class RateLine:
    """Rate of one leaf or unit as exact decimals in USD, per million tokens or each. ``tiers``: (above total
    input, rate). ``from_name``: whose rate it takes. ``origin``: catalogue, variant or override; ``who`` and
    ``why`` of an override.
    """

    name: str
    per: str
    usd: str
    tiers: tuple[tuple[int, str], ...]
    from_name: str
    origin: str
    who: str | None
    why: str | None


@dataclass(frozen=True)
class Explanation:
    """``status``: priced, free or unpriced. ``slice_from``, ``slice_until``: UTC days (until exclusive)
    between which nothing changes, None where open. ``hours``: UTC times of day at which rates change.
    ``suggestions``: names that were perhaps meant, on a miss.
    """

    provider: str
    model: str
    at: str
    region: str
    service_tier: str
    status: str
    matched_provider: str | None
    matched_model: str | None
    miss: str | None
    steps: tuple[str, ...]
    slice_from: str | None
    slice_until: str | None
    hours: tuple[str, ...]
    rates: tuple[RateLine, ...]
    minimums: tuple[tuple[str, int], ...]
    suggestions: tuple[str, ...]
    source: str


def explain(
    book: PriceBook,
    provider: str,
    model: str,
    at: datetime,
    *,
    region: str = "",
    service_tier: str = "",
) -> Explanation:
    """Explanation of the rates that ``book`` holds for these labels at ``at`` (with zone)."""
    resolver = Resolver(book)
    found = resolver.resolve(provider, model)
    what = candidates(book, found, region, service_tier)
    day, of_day = divmod((at - _EPOCH_TIME) // _MICROSECOND, US_PER_DAY)
    rates = quote(book, what, day, of_day)
    since, until, hours = _slices(book, what, day)
    kind = kind_of(what, rates)
    return Explanation(
        provider=provider,
        model=model,
        at=at.astimezone(UTC).isoformat(),
        region=region,
        service_tier=service_tier,
        status={PRICED: "priced", FREE: "free"}.get(kind, "unpriced"),
        matched_provider=found.owner,
        matched_model=found.model.id if found.model else None,
        miss=found.miss if not rates else None,
        steps=found.steps,
        slice_from=since,
        slice_until=until,
        hours=hours,
        rates=tuple(line for name in (*LEAVES, *UNITS) if (line := _line(name, rates))),
        minimums=found.model.minimums if found.model else (),
        suggestions=() if rates or found.model else tuple(_suggest(resolver, found, provider, model)),
        source=book.source,
    )


def _line(name: str, rates: dict[str, Quoted]) -> RateLine | None:
    taken = inherited(name, rates)
    if taken is None:
        return None
    from_name, quoted = taken
    token = name in LEAF_USAGE_KEY
    return RateLine(
        name=name,
        per="million tokens" if token else "each",
        usd=_usd(quoted.rate.base, token),
        tiers=tuple((above, _usd(pico, token)) for above, pico in quoted.rate.tiers),
        from_name=from_name,
        origin=quoted.origin,
        who=quoted.override.who if quoted.override else None,
        why=quoted.override.why if quoted.override else None,
    )


def _usd(pico: int, token: bool) -> str:
    """Exact decimal of a rate, without an exponent."""
    usd = Decimal(pico) * (PER_MILLION if token else 1) / PICO_PER_USD
    return format(usd.normalize(), "f")


def _slices(book: PriceBook, what: Candidates, day: int) -> tuple[str | None, str | None, tuple[str, ...]]:
    rows = build_rows(book, what)
    before = [int(start) for start in rows.from_days if start <= day]
    after = [int(start) for start in rows.from_days if start > day]
    hours = tuple((_EPOCH_TIME + int(us) * _MICROSECOND).time().isoformat() for us in rows.from_us)
    return _date(before[-1:]), _date(after[:1]), hours


def _date(days: list[int]) -> str | None:
    return (_EPOCH + timedelta(days=days[0])).isoformat() if days else None


def _suggest(resolver: Resolver, found: Resolution, provider: str, model: str) -> Iterable[str]:
    book = resolver.book
    if found.miss == "unknown_provider" and provider:
        known = [p.id for p in book.providers] + list(book.aliases)
        return get_close_matches(provider.lower(), known, n=5, cutoff=0.5)
    entry = next((p for p in book.providers if p.id == found.provider), None)
    sellers = [entry] if entry else list(book.providers)
    sellers += [p for p in book.providers if entry and p.id in entry.fallback]
    ids = list(dict.fromkeys(m.id for seller in sellers for m in seller.models))
    ids += [o.model for o in book.overrides if o.model != "*" and o.provider == found.provider]
    near = get_close_matches(model.lower(), [name.lower() for name in ids], n=5, cutoff=0.6)
    by_lower = {name.lower(): name for name in ids}
    return [by_lower[name] for name in near]
