"""The demo's sources as one process: ``python -m collectors.replay.demo_source --to URL --account FILE``.

Runs until SIGTERM or SIGINT, then finishes what is under way, writes its account and ends. With
``--organisation DIRECTORY`` it writes what its organisation declares (people.csv, program.yaml) and ends.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from collectors.replay.account import Account
from collectors.replay.feeder import Feeder, SourceError
from collectors.replay.generator import SOURCES, Plan, bodies
from collectors.replay.posting import BadAddress, Collector
from collectors.replay.programme import directory, programme


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the account is complete, 1 when it is not: the reason is on standard error."""
    asked = _parser().parse_args(arguments)
    now_us = time.time_ns() // 1000
    if asked.organisation is not None:
        _write(asked.organisation / "people.csv", directory(now_us).encode())
        _write(asked.organisation / "program.yaml", programme(now_us).encode())
        return 0
    if asked.to is None or asked.account is None:
        print("error: --to and --account are needed", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tokens = dict(pair.split("=", 1) for pair in asked.token)
    plan = Plan(seed=asked.seed, start_us=now_us, per_second=asked.per_second)
    account = Account()
    try:
        with Feeder(Collector.at(asked.to, tokens), account, patience_s=asked.patience) as feeder:
            feeder.feed(bodies(plan), stop, paced=True)
    except (SourceError, BadAddress) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        _write(asked.account, account.to_json())
    return 0


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, since somebody waits for it."""
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    os.replace(draft, path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo_source", description=__doc__)
    parser.add_argument("--to", help="address of the collector")
    parser.add_argument("--account", type=Path, help="file to write the account to")
    parser.add_argument("--organisation", type=Path, help="directory for what the organisation declares")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-second", type=float, default=Plan.per_second, help="requests, on average")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds until a body is given up")
    parser.add_argument(
        "--token", action="append", default=[], help=f"SOURCE=TOKEN; sources: {', '.join(SOURCES)}"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
