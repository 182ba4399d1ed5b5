"""What differs between two configurations, field by field and rate by rate. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stream.contract.configuration import Configuration
from stream.control.rates import RateChange, day_text, rate_changes, shown_rate
from stream.pricing.book import OverrideEntry, PriceBook, decode_book


@dataclass(frozen=True)
class Change:
    """``field``: as the configuration file calls it. ``old`` or ``new`` is None where it is not there."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Comparison:
    """``settings``: fields but the prices'. ``prices``: catalogue, aliases, deployments and overrides, as
    their file says them. ``rates``: what that does to the rate of each model.
    """

    settings: tuple[Change, ...]
    prices: tuple[Change, ...]
    rates: tuple[RateChange, ...]

    @property
    def same(self) -> bool:
        return not (self.settings or self.prices or self.rates)


def compare(old: Configuration, new: Configuration) -> Comparison:
    """From one configuration to another. Raises BookError for a price book that cannot be read."""
    if old == new:
        return Comparison((), (), ())
    before, after = decode_book(old.price_book), decode_book(new.price_book)
    return Comparison(
        tuple(_settings(old, new)), tuple(_prices(before, after)), tuple(rate_changes(before, after))
    )


def _settings(old: Configuration, new: Configuration) -> Iterator[Change]:
    for name in ("fold_version", "zone", "cost_policy"):
        yield from _changed({name: str(getattr(old, name))}, {name: str(getattr(new, name))})
    yield from _changed(
        {f"bounds.{label}": str(bound) for label, bound in old.bounds.items()},
        {f"bounds.{label}": str(bound) for label, bound in new.bounds.items()},
    )
    for label in dict.fromkeys((*old.declared, *new.declared)):
        before, after = old.declared.get(label, []), new.declared.get(label, [])
        yield from (Change(f"declared.{label}", name, None) for name in before if name not in after)
        yield from (Change(f"declared.{label}", None, name) for name in after if name not in before)


def _prices(old: PriceBook, new: PriceBook) -> Iterator[Change]:
    yield from _changed({"catalogue": old.source}, {"catalogue": new.source})
    for field in ("aliases", "deployments"):
        name = {"aliases": "provider_aliases"}.get(field, field)
        yield from _changed(
            {f"{name}.{key}": value for key, value in getattr(old, field).items()},
            {f"{name}.{key}": value for key, value in getattr(new, field).items()},
        )
    yield from _changed(_overrides(old), _overrides(new))


def _overrides(book: PriceBook) -> dict[str, str]:
    """Each override by what it is aimed at and its first day: of equal ones, no two hold on one day."""
    return {f"override {aim_of(o)} from {day_text(o.from_day)}": override_text(o) for o in book.overrides}


def aim_of(override: OverrideEntry) -> str:
    """What an override is aimed at: ``azure/gpt-4o, region westeurope``."""
    return ", ".join(
        [f"{override.provider}/{override.model}"]
        + ([f"region {override.region}"] if override.region else [])
        + ([f"service tier {override.service_tier}"] if override.service_tier else [])
        + (["factor"] if override.factor is not None else [])
    )


def override_text(override: OverrideEntry) -> str:
    """What an override says, until when, and who agreed it why."""
    if override.factor is not None:
        what = f"× {override.factor}"
    else:
        what = ", ".join(f"{rate.name} {shown_rate(rate)}" for rate in override.rates)
    alone = ", replacing all others" if override.replace else ""
    until = "" if override.until_day is None else f" until {day_text(override.until_day)}"
    return f"{what}{alone}{until} ({override.who}: {override.why})"


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield Change(name, old.get(name), new.get(name))
