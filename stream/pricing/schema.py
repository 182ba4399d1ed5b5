"""The override file as its writer sees it (pydantic). See ``overrides`` for reading it with line numbers.

```yaml
version: 1
provider_aliases:
  our-gateway: azure
deployments:
  azure/chat-prod: gpt-4o
overrides:
  - provider: azure
    model: gpt-4o
    region: westeurope            # optional, as is service_tier
    from: 2026-01-01
    until: 2026-12-31             # last day it holds, UTC; left out: until further notice
    currency: EUR
    conversion: {usd: 1.0843, date: 2025-12-30, source: ECB}
    rates:                        # per million tokens; other units each
      input: 2.10
      output: {base: 8.40, tiers: [{above: 200000, rate: 12.60}]}
      web_searches: 0.009
    who: Procurement
    why: Framework contract 2026
  - provider: anthropic
    from: 2026-01-01
    factor: 0.92                  # 8 % off whatever the catalogue says, for every model
    who: Procurement
    why: Volume discount
```
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from stream.contract.names import is_model
from stream.pricing.units import RATE_CHAIN

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
USD: Final = "USD"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
WILDCARD: Final = "*"
#: Names of the two forms of a rate within an error's location; no field is called so.
FLAT, TIERED = "a rate", "a tiered rate"


def _model_name(text: str) -> str:
    if not is_model(text):
        raise ValueError("is no name of 1 to 150 letters, digits and . _ : / @ + -")
    return text.lower()


def _model_or_any(text: str) -> str:
    return text if text == WILDCARD else _model_name(text)


def _deployment(text: str) -> str:
    provider, slash, name = text.partition("/")
    if not (provider and slash and name):
        raise ValueError("write it as provider/deployment-name")
    return _model_name(text)


def _iso_date(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return value
    raise ValueError("write the day as 2026-01-31")


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("is no number")
    return value


def _rated(name: str) -> str:
    if name not in RATE_CHAIN:
        raise ValueError(f"is no leaf or unit; one of {', '.join(RATE_CHAIN)}")
    return name


Day = Annotated[date, BeforeValidator(_iso_date)]
Name = Annotated[str, AfterValidator(_model_name)]
NameOrAny = Annotated[str, AfterValidator(_model_or_any)]
Deployment = Annotated[str, AfterValidator(_deployment)]
Rated = Annotated[str, AfterValidator(_rated)]
Label = Annotated[str, StringConstraints(to_lower=True, strip_whitespace=True, min_length=1, max_length=150)]
#: Bounded in size and digits, so that no exponent makes exact arithmetic endless.
Exact = Annotated[
    Decimal, BeforeValidator(_number), Field(allow_inf_nan=False, max_digits=30, decimal_places=24)
]
Money = Annotated[Exact, Field(ge=0, le=1_000_000)]
Positive = Annotated[Exact, Field(gt=0, le=1_000_000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class TierRate(BaseModel):
    """The rate of the whole request once its total input is more than ``above`` tokens."""

    model_config = _STRICT
    above: Annotated[int, Field(ge=0, le=1_000_000_000)]
    rate: Money


class TieredRate(BaseModel):
    """A rate that depends on the request's total input."""

    model_config = _STRICT
    base: Money
    tiers: Annotated[tuple[TierRate, ...], Field(min_length=1, max_length=8)]

    @model_validator(mode="after")
    def _ascending(self) -> TieredRate:
        starts = [tier.above for tier in self.tiers]
        if starts != sorted(set(starts)):
            raise ValueError("tiers must ascend by `above`")
        return self


def _rate_kind(value: object) -> str:
    return TIERED if isinstance(value, dict | TieredRate) else FLAT


AnyRate = Annotated[
    Annotated[Money, Tag(FLAT)] | Annotated[TieredRate, Tag(TIERED)],
    Discriminator(_rate_kind),
]


class Conversion(BaseModel):
    """What one unit of the contract's currency is in USD, as of a day, and who says so."""

    model_config = _STRICT
    usd: Positive
    date: Day
    source: Reason


class Override(BaseModel):
    """Rates, or a factor upon the catalogue's, for a provider's model (or all of them) over some days."""

    model_config = _STRICT
    provider: NameOrAny
    model: NameOrAny = WILDCARD
    region: Label | None = None
    service_tier: Label | None = None
    from_: Annotated[Day, Field(alias="from", description="First day it holds, UTC.")]
    until: Annotated[Day | None, Field(description="Last day it holds, UTC.")] = None
    rates: Annotated[dict[Rated, AnyRate], Field(min_length=1)] | None = None
    factor: Annotated[Exact, Field(gt=0, le=10)] | None = None
    replace: Annotated[bool, Field(description="Catalogue rates not named here do not hold.")] = False
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] = USD
    conversion: Conversion | None = None
    who: Reason
    why: Reason

    @model_validator(mode="after")
    def _coherent(self) -> Override:
        if (self.rates is None) == (self.factor is None):
            raise ValueError("give either `rates` or `factor`")
        if self.until is not None and self.until < self.from_:
            raise ValueError(f"`until` {self.until} lies before `from` {self.from_}")
        if self.rates is not None and (self.currency == USD) != (self.conversion is None):
            raise ValueError("`conversion: {usd, date, source}` goes with a currency other than USD")
        if self.factor is not None and (self.replace or self.conversion or self.currency != USD):
            raise ValueError("`factor` stands without `replace`, `currency` and `conversion`")
        return self


class Overrides(BaseModel):
    """The whole file. An entry is never changed or removed once it held: end it, and append the next."""

    model_config = _STRICT
    version: Literal[1] = 1
    provider_aliases: dict[Name, Name] = {}
    deployments: dict[Deployment, Name] = {}
    overrides: tuple[Override, ...] = ()
