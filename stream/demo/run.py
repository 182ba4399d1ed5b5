"""One demo from start to end."""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from stream.demo.accounts import Books, SourceAccount, differences, shortened
from stream.demo.books import BooksUnread, read_books
from stream.demo.directory import new_run_directory
from stream.demo.errors import DemoError
from stream.demo.fleet import Fleet, make_broker, require_ports
from stream.demo.parts import SOURCE_KEYS, BrokerKind, Layout, Ports

_READY_S: Final = 60.0
_FIRST_FIGURES_S: Final = 90.0
_SOURCE_ENDS_S: Final = 60.0
_NO_PROGRESS_S: Final = 20.0
_LOOK_S: Final = 0.5


@dataclass(frozen=True)
class Wish:
    """What was asked for. ``seconds``: feed that long, then balance; None: until interrupted."""

    ports: Ports
    broker: BrokerKind
    broker_port: int | None
    seconds: float | None
    seed: int
    directory: Path


def run_demo(wish: Wish, interrupted: threading.Event, say: Callable[[str], None]) -> None:
    """Run a demo. Raises DemoError when something fails or the accounts differ, Interrupted when asked to."""
    ports = wish.ports
    require_ports(
        (
            ("collector", ports.collector, "--collector-port or TOKONOMICS_COLLECTOR_PORT"),
            ("ledger", ports.ledger, "--ledger-port or TOKONOMICS_LEDGER_PORT"),
            ("board", ports.board, "--board-port or TOKONOMICS_BOARD_PORT"),
        )
    )
    directory = new_run_directory(wish.directory)
    with Fleet(directory, interrupted) as fleet:
        broker = make_broker(wish.broker, wish.broker_port, directory)
        fleet.start_broker(broker)
        tokens = {source: secrets.token_hex(16) for source in SOURCE_KEYS}
        layout = Layout(directory, ports, broker.bootstrap, wish.broker, tokens)
        layout.collector_file.write_text(layout.collector_configuration())
        fleet.run(layout.organisation(), _READY_S)
        _start_services(fleet, layout)
        fleet.start(layout.source(wish.seed))
        fed_since = time.monotonic()
        _await_figures(fleet, layout)
        say(_addresses(layout, wish.seconds))
        if wish.seconds is None:
            while True:
                fleet.wait(lambda: False, 3600.0)
        fleet.wait(lambda: False, fed_since + wish.seconds - time.monotonic())
        _balance(fleet, layout, say)


def _start_services(fleet: Fleet, layout: Layout) -> None:
    fleet.run(layout.topics(), _READY_S)
    services = layout.services()
    for part in services:
        fleet.start(part)
    for part in services:
        fleet.await_ready(part, _READY_S)


def _await_figures(fleet: Fleet, layout: Layout) -> None:
    """Wait until the ledger holds what the board will show."""

    def counted() -> bool:
        try:
            return read_books(layout).counted > 0
        except BooksUnread:
            return False

    if not fleet.wait(counted, _FIRST_FIGURES_S):
        raise DemoError(
            "no_figures",
            f"demo: the ledger holds nothing {_FIRST_FIGURES_S:g} s after the source began"
            f" (logs: {layout.directory})",
        )


def _addresses(layout: Layout, seconds: float | None) -> str:
    ports = layout.ports
    until = "until Ctrl-C" if seconds is None else f"for {seconds:g} s"
    return (
        f"board      http://127.0.0.1:{ports.board}/\n"
        f"metrics    http://127.0.0.1:{ports.ledger}/metrics\n"
        f"collector  {layout.collector_url}/v1/events\n"
        f"broker     {layout.broker} ({layout.kind})\n"
        f"logs       {layout.directory}\n"
        f"feeding {until}"
    )


def _balance(fleet: Fleet, layout: Layout, say: Callable[[str], None]) -> None:
    """Stop the source, wait until its account and the ledger agree, say the last line. Raises DemoError."""
    fleet.signal("source", signal.SIGTERM)
    fleet.await_end("source", _SOURCE_ENDS_S)
    try:
        account = SourceAccount.from_json(layout.account.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise DemoError(
            "no_account", f"source: its account {layout.account} cannot be read: {error}"
        ) from None
    books = _await_balance(fleet, layout, account)
    say(books.line(account))
    if found := differences(account, books):
        raise DemoError(
            "unbalanced", f"the accounts do not balance: {shortened(found)} (logs: {layout.directory})"
        )


def _await_balance(fleet: Fleet, layout: Layout, account: SourceAccount) -> Books:
    """The ledger's books once they balance, or as they are when nothing has moved for a while."""
    last = read_books(layout)
    moved = time.monotonic()
    while differences(account, last) and time.monotonic() - moved < _NO_PROGRESS_S:
        fleet.wait(lambda: False, _LOOK_S)
        books = read_books(layout)
        if books != last:
            last, moved = books, time.monotonic()
    return last
