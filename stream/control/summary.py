"""What a configuration says, short enough to read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stream.contract.configuration import DEFAULT_BOUNDS, Configuration
from stream.control.comparison import aim_of, override_text
from stream.control.configuration import InForce
from stream.control.rates import day_text
from stream.control.standing import Standing
from stream.pricing.book import decode_book

_FEW: Final = 8  #: lines of a kind, unless all are asked for


@dataclass(frozen=True)
class PriceSummary:
    """``catalogue``: name and version. ``overrides``: each in a line."""

    catalogue: str
    providers: int
    models: int
    provider_aliases: dict[str, str]
    deployments: dict[str, str]
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """``behind``: partitions of the telemetry log whose worker has not taken this configuration.
    ``without_epoch``: those into which it was never written, and ``begun``: number of a newer one without
    any epoch there, both of an interrupted `config apply`. ``logs``: the same of every log, by its name.
    """

    number: int | None
    digest: str | None
    generation: str
    partitions: int
    fold_version: int
    zone: str
    cost_policy: str
    bounds: dict[str, int]
    declared: dict[str, list[str]]
    prices: PriceSummary
    behind: list[int]
    without_epoch: list[int]
    begun: int | None
    logs: dict[str, LogSummary]


@dataclass(frozen=True)
class LogSummary:
    """``generation``: id of the log. ``behind``, ``without_epoch``: its partitions, as of Summary."""

    generation: str
    behind: list[int]
    without_epoch: list[int]


def summary(found: InForce) -> Summary:
    """Of the configuration in force. Raises BookError for a price book that cannot be read."""
    configuration, standing = found.configuration, found.standing
    return Summary(
        number=standing.number,
        digest=standing.digest,
        generation=standing.generation,
        partitions=len(standing.partitions),
        fold_version=configuration.fold_version,
        zone=configuration.zone,
        cost_policy=configuration.cost_policy,
        bounds=configuration.bounds,
        declared=configuration.declared,
        prices=_prices(configuration),
        behind=standing.behind,
        without_epoch=standing.without_epoch,
        begun=standing.begun,
        logs={
            name: LogSummary(one.generation, one.behind, one.without_epoch)
            for name, one in found.standings.items()
        },
    )


def summary_text(found: Summary, full: bool) -> str:
    """``full``: every bound, declared name, deployment and override."""
    prices = found.prices
    counts = f"{prices.providers} providers, {prices.models} models, {len(prices.overrides)} overrides"
    lines = [
        f"configuration  {found.number} ({found.digest if full else (found.digest or '')[:12]})",
        f"log            {found.generation}, {found.partitions} partitions",
        f"zone           {found.zone}",
        f"cost policy    {found.cost_policy}",
        f"prices         {prices.catalogue}: {counts}",
    ]
    lines += [f"  override     {line}" for line in _some(prices.overrides, full)]
    lines += [f"  deployment   {line}" for line in _some(_pairs(prices.deployments), full)]
    if full:
        lines += [f"  alias        {line}" for line in _pairs(prices.provider_aliases)]
    lines.append(f"bounds         {', '.join(_bounds(found.bounds, full)) or 'as by default'}")
    lines += [
        f"declared       {label}: {', '.join(_some(names, full))}" for label, names in found.declared.items()
    ]
    if full:
        lines += [f"log            {name}: {log.generation}" for name, log in found.logs.items()]
    return "\n".join(lines + standing_lines(found.logs, found.begun))


def standing_lines(logs: Mapping[str, LogSummary | Standing], begun: int | None) -> list[str]:
    """Where a configuration does not hold yet, and what to do. ``logs``: by name."""
    behind = {name: log.behind for name, log in logs.items() if log.behind}
    without_epoch = {name: log.without_epoch for name, log in logs.items() if log.without_epoch}
    lines = []
    if begun is not None:
        lines.append(
            f"interrupted    configuration {begun} was written and not applied; run `config apply` again"
        )
    if without_epoch:
        lines.append(
            f"interrupted    not written into {partitions_text(without_epoch)}; run `config apply` again"
        )
    if behind:
        lines.append(
            f"behind         {partitions_text(behind)}: not taken by a worker yet"
            " (`tokonomics doctor` says more)"
        )
    return lines


def _bounds(bounds: dict[str, int], full: bool) -> list[str]:
    """In the order of the labels; those that are not the default's alone, unless ``full``."""
    own = {label: bounds.get(label, usual) for label, usual in DEFAULT_BOUNDS.items()}
    return [f"{label} {most}" for label, most in own.items() if full or most != DEFAULT_BOUNDS[label]]


def _pairs(names: dict[str, str]) -> list[str]:
    return [f"{name} → {meant}" for name, meant in names.items()]


def partitions_text(found: Mapping[str, Sequence[int]]) -> str:
    """Partitions of logs: "llm.tasks.v1 partitions 0, 1; llm.probes.v1 partition 2"."""
    return "; ".join(
        f"{name} partition{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
        for name, numbers in found.items()
    )


def _some(lines: list[str] | tuple[str, ...], full: bool) -> list[str]:
    if full or len(lines) <= _FEW:
        return list(lines)
    return [*lines[:_FEW], f"… and {len(lines) - _FEW} more (--full shows them)"]


def _prices(configuration: Configuration) -> PriceSummary:
    book = decode_book(configuration.price_book)
    return PriceSummary(
        catalogue=book.source,
        providers=len(book.providers),
        models=sum(len(provider.models) for provider in book.providers),
        provider_aliases=book.aliases,
        deployments=book.deployments,
        overrides=tuple(
            f"{aim_of(o)} from {day_text(o.from_day)}: {override_text(o)}" for o in book.overrides
        ),
    )
