"""The processes of a demo, as commands. Pure."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BrokerKind = Literal["embedded", "kafka"]
#: The command line by module, so that the demo runs this very installation and not what is first on the PATH.
TOKONOMICS = (sys.executable, "-c", "from stream.cli import main; main()")
SOURCE = (sys.executable, "-m", "collectors.replay.demo_source")
WORKERS = 2


@dataclass(frozen=True)
class Ports:
    """Where the demo listens, on the loopback address."""

    collector: int
    ledger: int
    board: int


@dataclass(frozen=True)
class Part:
    """One process. ``port``: what it listens on; ``path``: answers 200 there once it is ready."""

    name: str
    command: Sequence[str]
    port: int | None = None
    path: str = ""


@dataclass(frozen=True)
class Layout:
    """A run: its directory, its ports and its broker (host:port)."""

    directory: Path
    ports: Ports
    broker: str
    kind: BrokerKind

    @property
    def database(self) -> str:
        return f"sqlite:///{self.directory / 'ledger.sqlite'}"

    @property
    def account(self) -> Path:
        """The file into which the source writes its account at its end."""
        return self.directory / "account.json"

    @property
    def collector_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.collector}"

    def _to_broker(self) -> tuple[str, ...]:
        return "--broker", self.broker, "--broker-kind", self.kind

    def topics(self) -> Part:
        return Part("topics", (*TOKONOMICS, "topics", "create", *self._to_broker()))

    def services(self) -> list[Part]:
        """What runs until the end, in the order of starting."""
        ports = self.ports
        collect = (*TOKONOMICS, "collect", "--port", str(ports.collector), *self._to_broker())
        ledger = (*TOKONOMICS, "ledger", "--database", self.database, "--port", str(ports.ledger))
        board = (*TOKONOMICS, "board", "--database", self.database, "--port", str(ports.board))
        return [
            Part("collector", collect, ports.collector, "/health"),
            Part("ledger", (*ledger, *self._to_broker()), ports.ledger, "/metrics"),
            *(
                Part(f"worker {slot}", (*TOKONOMICS, "worker", "--slot", str(slot), *self._to_broker()))
                for slot in range(WORKERS)
            ),
            Part("board", board, ports.board, "/"),
        ]

    def source(self, seed: int) -> Part:
        """The demo's input."""
        where = ("--to", self.collector_url, "--account", str(self.account))
        return Part("source", (*SOURCE, *where, "--seed", str(seed)))
