"""The product's ledger process: ``python -m tests.prometheus.ledger_process SETTINGS_JSON``."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

from stream.broker.ports import LOOPBACK, free_port
from stream.broker.process import ServerProcess
from stream.metrics.server import run_ledger
from stream.settings import LedgerSettings
from tests.prometheus.growing import wait_until

ROOT = Path(__file__).resolve().parents[2]


class LedgerUnderTest:
    """A ledger process on a database and port that stay the same over restarts."""

    def __init__(
        self,
        bootstrap: str,
        directory: Path,
        hold_s: float,
        port: int | None = None,
        *,
        program: Path | None = None,
        people: Path | None = None,
    ) -> None:
        self.port = port or free_port()
        self.settings = LedgerSettings(
            database=f"sqlite:///{directory}/ledger.sqlite",
            port=self.port,
            broker=bootstrap,
            broker_kind="embedded",
            zero_hold_s=hold_s,
            program=program,
            directory=people,
        )
        command = [sys.executable, "-m", "tests.prometheus.ledger_process", self.settings.model_dump_json()]
        self.process = ServerProcess(
            "ledger", command, directory / f"{self.port}.log", {"PYTHONPATH": str(ROOT)}
        )

    def get(self, path: str) -> tuple[int, str]:
        """Status and text; 0 while nobody listens."""
        try:
            reply = httpx.get(f"http://{LOOPBACK}:{self.port}{path}", timeout=5)
        except httpx.TransportError:
            return 0, ""
        return reply.status_code, reply.text

    def start(self) -> None:
        """Start, and wait until figures are shown."""
        self.process.start()
        wait_until(lambda: self.get("/health")[0] == 200 or not self.process.running, "figures are shown", 30)
        assert self.process.running, self.process.log_file.read_text()

    def errors(self) -> list[str]:
        """What it said on its output, but for log lines."""
        return [line for line in self.process.log_file.read_text().splitlines() if " tokonomics." not in line]


if __name__ == "__main__":
    run_ledger(LedgerSettings.model_validate_json(sys.argv[1]))
