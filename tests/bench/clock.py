"""Our worker with a clock: CPU and wall time from the first record offered to the last one durable.

python -m tests.bench.clock BOOTSTRAP KIND EVENTS LAST_OFFSET DIRECTORY
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from stream.agents.ports import Configurations
from stream.agents.spec import AgentSpec
from stream.agents.telemetry import telemetry_spec
from stream.app import run_worker
from stream.core.partition import ExactPartition, Flush, Offer
from stream.core.telemetry import TelemetryState
from stream.settings import WorkerSettings


class Clocked(ExactPartition):
    """Prints its times and ends the process when ``last`` is durable."""

    last = 0
    events = 0
    began: tuple[float, float] | None = None

    def offer(self, offset: int, timestamp_ms: int, value: bytes) -> Offer:
        if self.began is None:
            self.began = time.process_time(), time.perf_counter()
        return super().offer(offset, timestamp_ms, value)

    def confirm(self, flush: Flush) -> None:
        super().confirm(flush)
        if self.durable_offset >= self.last and self.began is not None:
            cpu, wall = time.process_time() - self.began[0], time.perf_counter() - self.began[1]
            print(json.dumps({"events": self.events, "cpu_s": cpu, "wall_s": wall}), flush=True)
            os._exit(0)


def _specs(partitions: int) -> Sequence[AgentSpec]:
    def clocked(number: int, configurations: Configurations) -> Any:
        return Clocked(number, configurations.load, TelemetryState)

    return [replace(telemetry_spec(partitions), new_partition=clocked)]


def main() -> None:
    bootstrap, kind, events, last, directory = sys.argv[1:6]
    Clocked.events, Clocked.last = int(events), int(last)
    settings = WorkerSettings(
        broker=bootstrap,
        broker_kind=cast("Any", kind),
        group=f"bench-{os.getpid()}",
        directory=Path(directory),
        log_level="warning",
    )
    sys.argv = [sys.argv[0]]
    run_worker(settings, _specs)


if __name__ == "__main__":
    main()
