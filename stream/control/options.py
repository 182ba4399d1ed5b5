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
_READ_PANEL: Final = "What figures are held against"
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
Program = Annotated[
    Path | None,
    typer.Option(
        "--program",
        envvar="TOKONOMICS_PROGRAM",
        metavar="FILE",
        help="The programme, for ROI and targets; deploy/program.example.yaml shows one.",
        rich_help_panel=_READ_PANEL,
    ),
]
People = Annotated[
    Path | None,
    typer.Option(
        "--people",
        envvar="TOKONOMICS_PEOPLE",
        metavar="FILE",
        help="Target populations (CSV or YAML), for adoption; the same file the collector reads.",
        rich_help_panel=_READ_PANEL,
    ),
]
MinGroupSize = Annotated[
    int,
    typer.Option(
        "--min-group-size",
        min=1,
        envvar="TOKONOMICS_MIN_GROUP_SIZE",
        help="No figure of fewer people is shown.",
        rich_help_panel=_READ_PANEL,
    ),
]
Zone = Annotated[
    str,
    typer.Option(
        "--zone",
        envvar="TOKONOMICS_ZONE",
        metavar="ZONE",
        help="Zone in which people-days are counted, as in the configuration applied.",
        rich_help_panel=_READ_PANEL,
    ),
]
UTC: Final = "UTC"
MIN_GROUP_SIZE: Final = 5
ConfigurationPath = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="Configuration file (YAML); deploy/config.example.yaml shows one."),
]
