"""``tokonomics config``: what the fold depends on, applied, shown and compared."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stream.control.options import BROKER, OUTPUT_PANEL, Broker, ConfigurationPath, Json

if TYPE_CHECKING:
    from stream.contract.configuration import Configuration
    from stream.control.comparison import Comparison
    from stream.control.configuration import Applied

_DIFFERS: Final = 1
Full = Annotated[
    bool, typer.Option("--full", help="Show every line, however many.", rich_help_panel=OUTPUT_PANEL)
]


def apply(
    file: ConfigurationPath,
    wait: Annotated[
        float,
        typer.Option(
            min=0,
            max=3600,
            metavar="SECONDS",
            help="Wait so long until the workers have taken it; end with code 1 when they have not.",
        ),
    ] = 0.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff/--no-diff", help="Show first what changes.", rich_help_panel=OUTPUT_PANEL)
    ] = True,
    full: Full = False,
    broker: Broker = BROKER,
) -> None:
    """Apply a configuration file to the running installation.

    Writes it into Kafka once, and then from where on it holds into every partition; requests before keep
    their prices. Safe to run again after an interruption: it goes on where it stopped. The price catalogue
    is the installed one, so that applying the same file after an upgrade brings its new prices.
    """
    from stream.control.configuration import apply as apply_to
    from stream.control.configuration_file import load_configuration

    wanted = load_configuration(file)
    if diff or dry_run:
        _print_difference(broker, wanted, full)
    if dry_run:
        typer.echo("nothing was written (--dry-run)")
        return
    applied = apply_to(broker, wanted, wait_s=wait)
    typer.echo("\n".join(_applied_lines(applied)))
    if wait and applied.waited_in_vain:
        typer.echo(
            f"error: --wait: {_behind(applied)} not taken within {wait:g} s;"
            " `tokonomics doctor` says which workers lag",
            err=True,
        )
        raise typer.Exit(1)


def show(full: Full = False, broker: Broker = BROKER, json: Json = False) -> None:
    """Show the configuration in force: its settings and prices, and which partitions are behind."""
    from stream.control.configuration import in_force
    from stream.control.summary import summary, summary_text

    found = summary(in_force(broker))
    typer.echo(json_format.dumps(asdict(found), ensure_ascii=False) if json else summary_text(found, full))


def diff(
    file: ConfigurationPath,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with code 1 when something differs, 0 when nothing does.")
    ] = False,
    full: Full = False,
    broker: Broker = BROKER,
    json: Json = False,
) -> None:
    """Show what applying a configuration file would change: settings, names, and the rate of each model."""
    from stream.control.comparison import compare
    from stream.control.configuration import in_force
    from stream.control.configuration_file import load_configuration

    wanted = load_configuration(file)
    found = compare(in_force(broker).configuration, wanted)
    typer.echo(_as_json(found) if json else _as_text(found, full))
    if exit_code and not found.same:
        raise typer.Exit(_DIFFERS)


def _print_difference(broker: str, wanted: Configuration, full: bool) -> None:
    from stream.control.comparison import compare
    from stream.control.configuration import in_force
    from stream.control.errors import ConfigurationUnreadable

    try:
        before = in_force(broker).configuration
    except ConfigurationUnreadable as error:
        typer.echo(f"compared with nothing: {error}")
        return
    typer.echo(_as_text(compare(before, wanted), full))


def _as_json(found: Comparison) -> str:
    shown: dict[str, Any] = {"same": found.same, **asdict(found)}
    return json_format.dumps(shown, ensure_ascii=False)


def _as_text(found: Comparison, full: bool) -> str:
    from stream.control.comparison_text import MOST_RATES, comparison_lines, notes

    lines = list(comparison_lines(found, len(found.rates) if full else MOST_RATES))
    lines += notes(found, datetime.now(UTC).date())
    return "\n".join(lines) or "nothing changes: the configuration in force says the same"


def _applied_lines(applied: Applied) -> list[str]:
    from stream.control.summary import partitions_text, standing_lines

    epoch = applied.epoch
    name = f"configuration {epoch.number} ({epoch.digest[:12]})"
    written = {log: numbers for log, numbers in sorted(applied.written.items()) if numbers}
    if written:
        lines = [f"applied: {name} written into {partitions_text(written)}"]
    else:
        lines = [f"nothing to do: {name} is in every partition already"]
    return lines + standing_lines(applied.standings, applied.standing.begun)


def _behind(applied: Applied) -> str:
    from stream.control.summary import partitions_text

    return partitions_text({log: one.behind for log, one in applied.standings.items() if one.behind})
