"""Options that several commands share, so that they are called and explained alike everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

BrokerKind = Literal["kafka", "embedded"]
BROKER: Final = "127.0.0.1:9092"
KIND: Final[BrokerKind] = "kafka"
DATABASE: Final = "sqlite:///.tokonomics/ledger.sqlite"
_BROKER_PANEL: Final = "Broker"
OUTPUT_PANEL: Final = "Output"

Broker = Annotated[
    str,
    typer.Option(
        "--broker",
        envvar="TOKONOMICS_BROKER",
        metavar="HOST:PORT",
        help="Where the broker is; several, comma separated.",
        rich_help_panel=_BROKER_PANEL,
    ),
]
Kind = Annotated[
    BrokerKind,
    typer.Option(
        "--broker-kind",
        envvar="TOKONOMICS_BROKER_KIND",
        help="Apache Kafka (and what speaks its protocol), or the embedded broker of the demo.",
        rich_help_panel=_BROKER_PANEL,
    ),
]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="TOKONOMICS_DATABASE",
        metavar="URL",
        help="The ledger's database, as SQLAlchemy writes it (sqlite:///FILE).",
    ),
]
Host = Annotated[
    str,
    typer.Option("--host", metavar="ADDRESS", help="Address to listen on; 0.0.0.0 for all of this machine."),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON, for machines.", rich_help_panel=OUTPUT_PANEL),
]
ConfigurationPath = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="Configuration file (YAML); deploy/config.example.yaml shows one."),
]
