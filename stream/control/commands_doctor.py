"""``tokonomics doctor``."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from stream.control.options import BROKER, DATABASE, KIND, Broker, Json, Kind

_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    database: Annotated[
        str | None,
        typer.Option(
            envvar="TOKONOMICS_DATABASE",
            metavar="URL",
            help="Look at the ledger in this database, too. Default: that of .tokonomics, if there.",
        ),
    ] = None,
    collector: Annotated[
        str | None,
        typer.Option(
            envvar="TOKONOMICS_COLLECTOR", metavar="URL", help="Ask the collector at this address, too."
        ),
    ] = None,
    directory: Annotated[
        Path, typer.Option(envvar="TOKONOMICS_DIRECTORY", help="Look at the free space here.")
    ] = Path(".tokonomics"),
    broker: Broker = BROKER,
    broker_kind: Kind = KIND,
    json: Json = False,
) -> None:
    """Look at everything, alter nothing, and say what to mend.

    Machine and libraries, broker, topics and their settings, the log, the configuration in force, clocks,
    workers; the ledger and a collector where they are named. Ends with code 1 when something must be mended.
    """
    from stream.control.doctor.examine import Wish, examine
    from stream.control.doctor.findings import closing, failed, table

    if database is None and Path(DATABASE.removeprefix("sqlite:///")).is_file():
        database = DATABASE
    findings = list(examine(Wish(broker, broker_kind, directory, database, collector)))
    if json:
        typer.echo(json_format.dumps({"failed": failed(findings), "findings": [asdict(f) for f in findings]}))
    else:
        for status, line in table(findings):
            colour = _COLOURS.get(status)
            typer.echo(typer.style(line[:4], fg=colour) + line[4:])
        typer.echo(closing(findings))
    if failed(findings):
        raise typer.Exit(1)
