"""``tokonomics explain``: how a figure comes about, down to what was measured, declared and assumed."""

from __future__ import annotations

import datetime as dt
import json as json_format
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from stream.control.options import (
    DATABASE,
    MIN_GROUP_SIZE,
    UTC,
    Database,
    Json,
    MinGroupSize,
    People,
    Program,
    Zone,
)

_SECONDS_PER_HOUR: Final = 3_600
_WIDE: Final = 1_000
_EPOCH: Final = dt.date(1970, 1, 1)


def roi(
    program: Annotated[
        Path,
        typer.Option(
            envvar="TOKONOMICS_PROGRAM",
            metavar="FILE",
            help="The programme (YAML): benefits, costs, risks. deploy/program.example.yaml shows one.",
        ),
    ] = Path("program.yaml"),
    period: Annotated[
        str,
        typer.Option(
            metavar="PERIOD",
            help="programme (its start to now), 90d, or 2026-01-01..2026-04-01 (UTC, end exclusive).",
        ),
    ] = "programme",
    department: Annotated[
        str, typer.Option(metavar="NAME", help="Its own benefits and costs alone, without shared ones.")
    ] = "",
    reading: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Whose derivation is shown: guide, as_measured, prudent or stressed."
        ),
    ] = "as_measured",
    database: Database = DATABASE,
    json: Json = False,
) -> None:
    """Explain the ROI: four readings of one formula, and how each figure comes about.

    Joins what the ledger measured with what the programme declares. Each figure has a low, a central and a
    high value, its source, and the line or the query it comes from. What is not measured is said, not 0.
    """
    from rich.console import Console

    from stream.control.roi_text import as_json, derivation, summary
    from stream.ledger.database import read_ledger
    from stream.readings.program_file import load_program
    from stream.readings.roi import measured, period_of
    from stream.roi import POLICIES, estimate

    if reading not in [policy.key for policy in POLICIES]:
        raise typer.BadParameter(f"{reading!r} is no reading", param_hint="--reading")
    file = load_program(program)
    departments = sorted({case.department for case in file.program.use_cases})
    if department and department not in departments:
        raise typer.BadParameter(
            f"{department!r} is none of {', '.join(departments)}", param_hint="--department"
        )
    asked = period_of(period, file.program.start, int(time.time()) // _SECONDS_PER_HOUR)
    engine = read_ledger(database)
    try:
        found = estimate(file.program, measured(engine, asked), asked, department or None)
    finally:
        engine.dispose()
    if json:
        typer.echo(json_format.dumps(as_json(found, file.place), ensure_ascii=False))
        return
    typer.echo("\n".join(summary(found)))
    wide = None if sys.stdout.isatty() else _WIDE  # a file or pipe gets whole lines
    Console(width=wide, highlight=False).print(derivation(found.reading(reading).tree, file.place))


def kpi(
    key: Annotated[str, typer.Argument(metavar="KPI", help="Its key; `tokonomics kpis` shows them all.")],
    period: Annotated[
        str,
        typer.Option(
            metavar="PERIOD",
            help="30d, 2026-01-01..2026-04-01 (UTC, end exclusive), or programme (its start to now).",
        ),
    ] = "30d",
    program: Program = None,
    people: People = None,
    min_group_size: MinGroupSize = MIN_GROUP_SIZE,
    zone: Zone = UTC,
    database: Database = DATABASE,
    json: Json = False,
) -> None:
    """Explain a KPI: value, numerator, denominator, interval, how it stands to its target, and its origin.

    Where there is no figure, it says what to connect; it is never shown as 0.
    """
    from stream.contract.kpis import KPI
    from stream.control.reading_text import reading_lines
    from stream.ledger.database import read_ledger
    from stream.readings.errors import PeriodInvalid, UnknownKpi
    from stream.readings.ledger import load_directory, read_kpis
    from stream.readings.plain import reading_json
    from stream.readings.program_file import load_program
    from stream.readings.reading import Window
    from stream.readings.roi import PROGRAMME, period_of

    if key not in KPI:
        raise UnknownKpi(f"{key!r:.60} is no KPI; `tokonomics kpis` shows their keys")
    declared = load_program(program).program if program else None
    if declared is None and period == PROGRAMME:
        raise PeriodInvalid("--period: programme needs --program, which says when it began")
    directory = load_directory(people) if people else None
    now_us = time.time_ns() // 1_000
    now_hour = now_us // 1_000_000 // _SECONDS_PER_HOUR
    asked = period_of(period, declared.start if declared else _EPOCH, now_hour)
    engine = read_ledger(database)
    try:
        window = Window(asked.since_hour, asked.until_hour)
        found = read_kpis(
            engine,
            window,
            now_us,
            program=declared,
            directory=directory,
            min_group_size=min_group_size,
            zone=zone,
        )
    finally:
        engine.dispose()
    readings = [reading for reading in found if reading.key == key]
    if json:
        typer.echo(json_format.dumps([reading_json(reading) for reading in readings], ensure_ascii=False))
        return
    for reading in readings:
        typer.echo("\n".join(reading_lines(reading, window)))
