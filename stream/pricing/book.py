"""The price book: everything a worker needs to price, as one plain value with a canonical encoding.

A book suffices alone. It holds match clauses, rates, dates and overrides as data, so that a worker prices
with the book that the log names and never with the catalogue it happens to have installed.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal

import msgspec

from stream.pricing.errors import BookError
from stream.pricing.units import RATE_CHAIN, rate_bound

BOOK_VERSION: Final = 1

ClauseKind = Literal["starts_with", "ends_with", "contains", "regex", "equals", "or", "and"]


class Clause(msgspec.Struct, frozen=True, array_like=True):
    """A test of a name in lower case. ``parts`` for ``or`` and ``and``, else ``text``."""

    kind: ClauseKind
    text: str = ""
    parts: tuple[Clause, ...] = ()


class Rate(msgspec.Struct, frozen=True, array_like=True):
    """Rate of one leaf or unit, pico-USD per single one. ``tiers``: (above, rate), ascending: the rate of the
    whole request once its total input is more than ``above`` tokens (a cliff, not a margin).
    """

    name: str
    base: int
    tiers: tuple[tuple[int, int], ...] = ()


class Constraint(msgspec.Struct, frozen=True, array_like=True):
    """When a price holds. ``from_day``: first UTC day (days since 1970). ``start_us`` to ``end_us``
    (exclusive): microseconds of the UTC day, over midnight where end < start.
    """

    from_day: int | None = None
    start_us: int | None = None
    end_us: int | None = None


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """A price and when it holds. ``price`` is an index into ``PriceBook.prices``."""

    price: int
    constraint: Constraint


class Variant(msgspec.Struct, frozen=True, array_like=True):
    """Rates laid over the standard ones for requests of a service tier or region: every (label, values) of
    ``when`` must hold for the event's label, in lower case.
    """

    price: int
    constraint: Constraint
    when: tuple[tuple[str, tuple[str, ...]], ...]


class ModelEntry(msgspec.Struct, frozen=True, array_like=True):
    """``slices``: the last that holds wins, the first where none does. ``variants``: per rate the first that
    holds wins. ``minimums``: unit -> least count billed for it and its parts together. ``free``: offered as
    free, so no rate means no cost.
    """

    id: str
    match: Clause
    slices: tuple[Slice, ...]
    variants: tuple[Variant, ...] = ()
    minimums: tuple[tuple[str, int], ...] = ()
    free: bool = False


class ProviderEntry(msgspec.Struct, frozen=True, array_like=True):
    """``fallback``: providers whose models this one also sells."""

    id: str
    match: Clause | None
    model_match: Clause | None
    fallback: tuple[str, ...]
    models: tuple[ModelEntry, ...]


class OverrideEntry(msgspec.Struct, frozen=True):
    """A dated rate that wins over the catalogue, or a factor upon it.

    ``provider`` in canonical form, ``model`` lower case or ``*``, ``region`` and ``service_tier`` lower case
    or "" for any. ``from_day`` to ``until_day`` inclusive, UTC; None is open. Exactly one of ``rates`` and
    ``factor`` (a decimal string). ``replace``: catalogue rates that are not named here do not hold.
    """

    provider: str
    model: str
    region: str
    service_tier: str
    from_day: int
    until_day: int | None
    rates: tuple[Rate, ...]
    factor: str | None
    replace: bool
    who: str
    why: str
    origin: str


class PriceBook(msgspec.Struct, frozen=True):
    """``source``: name and version of the catalogue. ``prices``: distinct rate lists. ``aliases``: provider
    names -> provider ids. ``deployments``: "provider/name" -> model name, lower case.
    """

    version: int
    source: str
    providers: tuple[ProviderEntry, ...]
    prices: tuple[tuple[Rate, ...], ...]
    aliases: dict[str, str] = {}
    deployments: dict[str, str] = {}
    overrides: tuple[OverrideEntry, ...] = ()


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(PriceBook).decode


def encode_book(book: PriceBook) -> bytes:
    """Canonical bytes: equal books have equal bytes."""
    return _encode(book)


def decode_book(content: bytes) -> PriceBook:
    """Raises BookError when ``content`` is no price book of this version."""
    try:
        book = _decode(content)
    except msgspec.DecodeError as error:
        raise BookError(f"price book: {error}; compile and apply it again") from None
    if book.version != BOOK_VERSION:
        raise BookError(f"price book: version {book.version}, this release reads {BOOK_VERSION}; upgrade")
    rates = [rate for price in book.prices for rate in price] + [r for o in book.overrides for r in o.rates]
    for rate in rates:
        most = rate_bound(rate.name) if rate.name in RATE_CHAIN else -1
        if any(not 0 <= pico <= most for pico in (rate.base, *(pico for _, pico in rate.tiers))):
            raise BookError(f"price book: rate of {rate.name} {rate.base} is out of bounds; compile it again")
    return book


def book_digest(book: PriceBook) -> str:
    """sha256 of the canonical bytes, hex."""
    return hashlib.sha256(encode_book(book)).hexdigest()
