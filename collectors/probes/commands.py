"""``tokonomics probe``: what the probes of a configuration find, now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_FAILED = 1


def mount(app: typer.Typer, *, panel: str = "Run") -> None:
    """Add the group ``probe`` to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Synthetic checks: does the service answer, and how fast?")
    group.callback()(lambda: None)  # else the only command would take the group's place
    group.command()(check)
    app.add_typer(group, name="probe", rich_help_panel=panel)


def check(
    config: Annotated[
        Path,
        typer.Option(
            envvar="TOKONOMICS_COLLECTOR_CONFIG",
            metavar="FILE",
            help="The collector's configuration, whose probes are sent.",
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False,
) -> None:
    """Send every enabled probe once, and say what came: outcome, duration, tokens, and how to mend it.

    Nothing is written to the log. Ends with code 1 where a probe does not succeed.
    """
    import asyncio

    from collectors._sdk.configuration_file import load_configuration
    from collectors.probes.found import Found, as_json, as_text
    from collectors.probes.probe import make_ready
    from collectors.probes.sending import send_each

    configured = load_configuration(config, None)
    probes = make_ready(configured.file.probes, configured.directory)
    off = [part.name for part in configured.file.probes if not part.enabled]
    found = [Found(*pair) for pair in zip(probes, asyncio.run(send_each(probes)), strict=True)]
    typer.echo(as_json(found) if json else as_text(found, off))
    if any(one.answered.verdict.said for one in found):
        raise typer.Exit(_FAILED)
