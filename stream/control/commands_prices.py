"""``tokonomics prices``: why a request costs what it costs."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stream.control.options import BROKER, OUTPUT_PANEL, Broker, Json

if TYPE_CHECKING:
    from stream.pricing import PriceBook

_EXAMPLE: Final = {"input": 1000, "output": 200}
_MOST: Final = 1_000_000_000
_BOOK_PANEL: Final = "Which price book"


def explain(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model as your source names it.")],
    provider: Annotated[
        str, typer.Option(metavar="NAME", help="The provider as your source names it; by default any.")
    ] = "",
    region: Annotated[str, typer.Option(metavar="NAME", help="Region of the request.")] = "",
    service_tier: Annotated[
        str, typer.Option(metavar="NAME", help="Service tier of the request, such as batch or flex.")
    ] = "",
    at: Annotated[
        str, typer.Option(metavar="TIME", help="2026-01-31 or 2026-01-31T12:00+01:00 (UTC if no zone); now.")
    ] = "",
    tokens: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=COUNT",
            help="What an example request uses, repeatable: input=1000, input_cache_read=…, output=…,"
            " web_searches=…. Default: input=1000 output=200.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Of this configuration file. Default: the bundled catalogue alone.",
            rich_help_panel=_BOOK_PANEL,
        ),
    ] = None,
    in_force: Annotated[
        bool,
        typer.Option("--in-force", help="The one in force: asks the broker.", rich_help_panel=_BOOK_PANEL),
    ] = False,
    broker: Broker = BROKER,
    json: Json = False,
) -> None:
    """Explain what a model's requests cost, and where each rate comes from.

    Says which entry of the price book matched and how, each rate with its source (the catalogue, or an
    override with who agreed it and why), and what an example request costs, exactly. Ends with code 1 for a
    model without a price.
    """
    from stream.control.example_cost import example_cost
    from stream.control.explanation_text import explanation_lines, miss_lines
    from stream.pricing import explain as explain_price

    if config is not None and in_force:
        raise typer.BadParameter("give --config or --in-force, not both", param_hint="--in-force")
    time, used = _time(at), _used(tokens)
    book = _book(config, broker if in_force else None)
    found = explain_price(book, provider, model, time, region=region, service_tier=service_tier)
    missed = found.status == "unpriced"
    cost = None if missed else example_cost(book, (provider, model, region, service_tier), time, used)
    if json:
        shown = {**asdict(found), "example": None if cost is None else asdict(cost)}
        typer.echo(json_format.dumps(shown, ensure_ascii=False))
    elif not missed:
        typer.echo("\n".join(explanation_lines(found, cost)))
    if missed:
        for line in miss_lines(found):
            typer.echo(f"error: {line}", err=True)
        raise typer.Exit(1)


def _time(text: str) -> datetime:
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-01-31T12:00", param_hint="--at") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _used(given: list[str] | None) -> dict[str, int]:
    from stream.contract.leaves import LEAVES, UNITS

    used: dict[str, int] = {}
    for text in given or ():
        name, _, count = text.partition("=")
        if name not in LEAVES and name not in UNITS:
            raise typer.BadParameter(
                f"{name!r} is none of {', '.join((*LEAVES, *UNITS))}", param_hint="--tokens"
            )
        if not (count.isascii() and count.isdigit() and int(count) <= _MOST):
            raise typer.BadParameter(
                f"{text!r}: write a whole number up to {_MOST}, as {name}=1000", param_hint="--tokens"
            )
        used[name] = int(count)
    return used or dict(_EXAMPLE)


def _book(config: Path | None, broker: str | None) -> PriceBook:
    from stream.pricing import compile_book, decode_book

    if broker is not None:
        from stream.control.configuration import in_force

        return decode_book(in_force(broker).configuration.price_book)
    if config is not None:
        from stream.control.configuration_file import load_configuration

        return decode_book(load_configuration(config).price_book)
    return compile_book()
