"""``tokonomics demo``: the whole product on this machine."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from stream.demo.errors import EXIT_FAILED, EXIT_INTERRUPTED, DemoError, Interrupted
from stream.demo.parts import BrokerKind, Ports


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(min=1, help="Feed for so long, then end and hold every account to the source's own."),
    ] = None,
    broker: Annotated[
        BrokerKind, typer.Option(help="embedded: in memory, brought along; kafka: Apache Kafka's own.")
    ] = "embedded",
    board_port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="TOKONOMICS_BOARD_PORT", help="Port of the board.")
    ] = 8080,
    ledger_port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="TOKONOMICS_LEDGER_PORT", help="Port of /metrics.")
    ] = 9464,
    collector_port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="TOKONOMICS_COLLECTOR_PORT", help="Port of the collector.")
    ] = 4318,
    broker_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the broker; a free one by default.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which working day is played.")] = 1,
    directory: Annotated[Path, typer.Option(help="Runs are kept below it: logs, ledger, account.")] = Path(
        ".tokonomics/demo"
    ),
) -> None:
    """Run the whole product on this machine, fed with a working day of five departments.

    Starts a broker, the collector, two workers, the ledger and the board, prints their addresses once the
    first figures show, and runs until Ctrl-C. With --seconds it ends by itself: it stops the source, waits
    until all is folded, prints one line of totals and fails unless they balance exactly with the source's
    account.
    """
    from stream.broker.ports import free_port
    from stream.demo.run import Wish, run_demo

    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: interrupted.set())
    ports = Ports(collector=collector_port, ledger=ledger_port, board=board_port, service=free_port())
    wish = Wish(ports, broker, broker_port, seconds, seed, directory)
    try:
        run_demo(wish, interrupted, typer.echo)
    except DemoError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(EXIT_FAILED) from None
    except Interrupted:
        raise typer.Exit(0 if seconds is None else EXIT_INTERRUPTED) from None
