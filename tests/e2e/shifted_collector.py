"""``tokonomics collect`` with a clock that a test moves: real time plus the seconds that a file holds.

``python -m tests.e2e.shifted_collector CLOCK_FILE --port … --broker … --broker-kind …``
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from collectors.host import HostSettings, build_host, listen


def set_clock(file: Path, ahead_s: int) -> None:
    """Let the collectors that read ``file`` be ``ahead_s`` seconds ahead of the real time."""
    draft = file.with_suffix(".part")
    draft.write_text(str(ahead_s))
    os.replace(draft, file)


def clock_of(file: Path) -> Callable[[], int]:
    """Microseconds since 1970, shifted."""
    return lambda: time.time_ns() // 1000 + int(file.read_text()) * 1_000_000


async def serve(clock: Path, settings: HostSettings) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with listen(settings.host, settings.port) as listening:
        await build_host(settings, clock_of(clock)).serve(listening, stop)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("clock", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--broker")
    parser.add_argument("--broker-kind")
    asked = parser.parse_args()
    asyncio.run(serve(asked.clock, HostSettings(broker=asked.broker, port=asked.port)))


if __name__ == "__main__":
    main()
