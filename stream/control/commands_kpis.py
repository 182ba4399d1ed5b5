"""``tokonomics kpis``: what the figures mean, what counts as good, and who decides."""

from __future__ import annotations

import json as json_format
from typing import Annotated

import typer

from stream.contract.kpi_types import Dimension
from stream.control.options import OUTPUT_PANEL, Json


def kpis(
    dimension: Annotated[Dimension | None, typer.Option(help="Of this dimension alone.")] = None,
    json: Json = False,
    markdown: Annotated[
        bool,
        typer.Option(
            "--markdown", help="Print the whole reference, as docs/kpis.md is.", rich_help_panel=OUTPUT_PANEL
        ),
    ] = False,
) -> None:
    """Show the KPI catalogue: targets, how often each is looked at, who decides.

    Definitions, alarms and what to connect are in --json; --markdown adds the reviews and what is realistic.
    Asks nobody: the catalogue is a part of the product.
    """
    from stream.contract.kpis import KPIS, of_dimension
    from stream.control.kpi_reference import reference
    from stream.control.kpi_text import kpi_json, kpi_lines

    if markdown and (json or dimension):
        raise typer.BadParameter("prints all, and alone", param_hint="--markdown")
    if markdown:
        typer.echo(reference(), nl=False)
        return
    shown = of_dimension(dimension) if dimension else KPIS
    if json:
        typer.echo(json_format.dumps([kpi_json(kpi) for kpi in shown], ensure_ascii=False))
    else:
        typer.echo("\n".join(kpi_lines(shown)))
