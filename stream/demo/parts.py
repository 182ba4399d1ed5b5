"""The processes of a demo, as commands. Pure."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BrokerKind = Literal["embedded", "kafka"]
#: The command line by module, so that the demo runs this very installation and not what is first on the PATH.
TOKONOMICS = (sys.executable, "-c", "from stream.cli import main; main()")
SOURCE = (sys.executable, "-m", "collectors.replay.demo_source")
STAND_IN = (sys.executable, "-m", "collectors.replay.stand_in")
WORKERS = 2
#: On whose account each of the source's senders sends; a bearer token each (collectors.replay.generator).
SOURCE_KEYS = ("demo-gateway", "demo-sdk", "demo-reviews", "demo-work")
#: Nobody's Prometheus scrapes a demo: who looks at /metrics wants to see figures, not new series held at 0.
_SOON = ("--zero-hold", "5")


@dataclass(frozen=True)
class Ports:
    """Where the demo listens, on the loopback address. ``service``: what its probes check."""

    collector: int
    ledger: int
    board: int
    service: int


@dataclass(frozen=True)
class Part:
    """One process. ``port``: what it listens on; ``path``: answers 200 there once it is ready."""

    name: str
    command: Sequence[str]
    port: int | None = None
    path: str = ""


@dataclass(frozen=True)
class Layout:
    """A run: its directory, its ports and its broker (host:port). ``tokens``: bearer token by source_key."""

    directory: Path
    ports: Ports
    broker: str
    kind: BrokerKind
    tokens: Mapping[str, str]

    @property
    def database(self) -> str:
        return f"sqlite:///{self.directory / 'ledger.sqlite'}"

    @property
    def account(self) -> Path:
        """The file into which the source writes its account at its end."""
        return self.directory / "account.json"

    @property
    def people(self) -> Path:
        """Who the organisation's assistants are meant for."""
        return self.directory / "people.csv"

    @property
    def program(self) -> Path:
        return self.directory / "program.yaml"

    @property
    def collector_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.collector}"

    @property
    def collector_file(self) -> Path:
        return self.directory / "collector.yaml"

    def collector_configuration(self) -> str:
        """Content of the collector's file: JSON, which is YAML."""
        content = {
            "pseudonyms": {"key_file": str(self.directory / "pseudonym.key")},
            "spool": {"directory": str(self.directory / "spool")},
            "tokens": [{"token": token, "source_key": name} for name, token in self.tokens.items()],
            "tokens_required": False,
            "directory": {"file": str(self.people), "attribute_department": False},
            "probes": [self._probe()],
        }
        return json.dumps(content, indent=1)

    def _probe(self) -> dict[str, object]:
        return {
            "name": "assistant",
            "check": "openai",
            "url": f"http://127.0.0.1:{self.ports.service}/v1",
            "provider": "stand-in",
            "model": "demo",
            "every_seconds": 5,
            "timeout_seconds": 3,
            "tokens_per_day": 1_000_000,
        }

    def _to_broker(self) -> tuple[str, ...]:
        return "--broker", self.broker, "--broker-kind", self.kind

    def topics(self) -> Part:
        return Part("topics", (*TOKONOMICS, "topics", "create", *self._to_broker()))

    def organisation(self) -> Part:
        """Writes ``people`` and ``program``."""
        return Part("organisation", (*SOURCE, "--organisation", str(self.directory)))

    def services(self) -> list[Part]:
        """What runs until the end, in the order of starting."""
        ports = self.ports
        listening = ("--config", str(self.collector_file), "--port", str(ports.collector))
        collect = (*TOKONOMICS, "collect", *listening, *self._to_broker())
        declared = ("--program", str(self.program), "--people", str(self.people))
        figures = ("--database", self.database, *declared)
        ledger = (*TOKONOMICS, "ledger", *figures, "--port", str(ports.ledger), *_SOON)
        board = (*TOKONOMICS, "board", *figures, "--port", str(ports.board))
        return [
            Part("service", (*STAND_IN, "--port", str(ports.service)), ports.service, "/"),
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
        tokens = [part for pair in self.tokens.items() for part in ("--token", "=".join(pair))]
        return Part("source", (*SOURCE, *where, "--seed", str(seed), *tokens))
