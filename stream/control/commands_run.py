"""``tokonomics worker``, ``ledger`` and ``board``: the processes that run until they are told to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from stream.control.options import (
    BROKER,
    DATABASE,
    KIND,
    MIN_GROUP_SIZE,
    UTC,
    Broker,
    Database,
    Host,
    Kind,
    MinGroupSize,
    People,
    Program,
    Zone,
)

LogLevel = Literal["debug", "info", "warning", "error"]


def worker(
    slot: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="TOKONOMICS_SLOT",
            help="Number of this worker, its own and the same after a restart; the first is 0.",
        ),
    ],
    group: Annotated[
        str, typer.Option(envvar="TOKONOMICS_GROUP", help="Consumer group that all workers share.")
    ] = "tokonomics",
    directory: Annotated[
        Path,
        typer.Option(envvar="TOKONOMICS_DIRECTORY", help="For files of the worker's own; may be lost."),
    ] = Path(".tokonomics"),
    metrics_port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            help="Port for the worker's own health figures on 127.0.0.1 (never business figures); 0: none.",
        ),
    ] = 0,
    log_level: Annotated[
        LogLevel, typer.Option(envvar="TOKONOMICS_LOG_LEVEL", help="How much is logged, to stderr.")
    ] = "info",
    broker: Broker = BROKER,
    broker_kind: Kind = KIND,
) -> None:
    """Run a worker: it prices and folds its share of the partitions.

    Start as many as you like, each with a slot of its own. Ends in order on SIGTERM and Ctrl-C, waits for a
    broker that is away, and ends with code 70 when it cannot go on exactly; a restart goes on where it was.
    """
    from stream.app import run_worker
    from stream.settings import WorkerSettings

    run_worker(
        WorkerSettings(
            broker=broker,
            broker_kind=broker_kind,
            slot=slot,
            group=group,
            directory=directory,
            metrics_port=metrics_port,
            log_level=log_level,
        )
    )


def ledger(
    database: Database = DATABASE,
    host: Host = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="TOKONOMICS_LEDGER_PORT", help="Port of /metrics.")
    ] = 9464,
    zero_hold: Annotated[
        float,
        typer.Option(
            min=0,
            max=86_400,
            metavar="SECONDS",
            help="How long a new series stands at 0 on /metrics: two scrapes and two evaluations of your"
            " rules, so that increase() sees its first value.",
        ),
    ] = 150.0,
    program: Program = None,
    people: People = None,
    min_group_size: MinGroupSize = MIN_GROUP_SIZE,
    zone: Zone = UTC,
    broker: Broker = BROKER,
    broker_kind: Kind = KIND,
) -> None:
    """Keep the ledger: write what the workers have folded into the database, and serve it on /metrics.

    One process for each database. Ends in order on SIGTERM and Ctrl-C, and waits for a broker that is away.
    """
    from stream.metrics.server import run_ledger
    from stream.settings import LedgerSettings

    run_ledger(
        LedgerSettings(
            database=database,
            host=host,
            port=port,
            zero_hold_s=zero_hold,
            program=program,
            directory=people,
            min_group_size=min_group_size,
            zone=zone,
            broker=broker,
            broker_kind=broker_kind,
        )
    )


def board(
    database: Database = DATABASE,
    host: Host = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="TOKONOMICS_BOARD_PORT", help="Port of the page.")
    ] = 8080,
    program: Program = None,
    people: People = None,
    min_group_size: MinGroupSize = MIN_GROUP_SIZE,
    zone: Zone = UTC,
) -> None:
    """Serve the board: one page on what the ledger holds, and the same as JSON.

    Reads the ledger's database and nothing else; may run anywhere that reaches it, as often as you like.
    """
    from stream.board.server import run_board
    from stream.settings import BoardSettings

    run_board(
        BoardSettings(
            database=database,
            host=host,
            port=port,
            program=program,
            directory=people,
            min_group_size=min_group_size,
            zone=zone,
        )
    )
