"""``tokonomics collect`` and ``tokonomics replay``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal

import typer

from collectors.probes.commands import mount as mount_probe
from collectors.replay.commands import replay


def mount(app: typer.Typer, *, run_panel: str = "Run", try_panel: str = "Try") -> None:
    """Add the collectors' commands to the command line."""
    app.command(rich_help_panel=run_panel)(collect)
    mount_probe(app, panel=run_panel)
    app.command(rich_help_panel=try_panel)(replay)


def collect(
    config: Annotated[
        Path | None,
        typer.Option(
            envvar="TOKONOMICS_COLLECTOR_CONFIG",
            metavar="FILE",
            help="Tokens, attribution, pseudonyms and limits; deploy/collector.example.yaml shows one.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; 0.0.0.0 for all of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="TOKONOMICS_COLLECTOR_PORT", help="Port to listen on.")
    ] = 4318,
    broker: Annotated[
        str,
        typer.Option(
            envvar="TOKONOMICS_BROKER",
            metavar="HOST:PORT",
            help="Where the broker is; several, comma separated.",
        ),
    ] = "127.0.0.1:9092",
    broker_kind: Annotated[
        Literal["kafka", "embedded"],
        typer.Option(
            envvar="TOKONOMICS_BROKER_KIND", help="Taken alike by every process; makes no difference here."
        ),
    ] = "kafka",
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], typer.Option(help="What is said on standard error.")
    ] = "warning",
) -> None:
    """Receive usage events over HTTP and hand them to the broker.

    Events go to POST /v1/events; an answer 2xx means that the broker has acknowledged everything. Waits for a
    broker that is down, answering 503. SIGTERM and SIGINT end it once what is under way is answered.
    """
    from collectors._sdk.configuration_file import Configured, load_configuration
    from collectors.host import RECEIVERS, HostSettings, run_host

    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    configured = (
        load_configuration(config, (r.name for r in RECEIVERS)) if config is not None else Configured()
    )
    run_host(HostSettings(broker=broker, host=host, port=port, configured=configured))
