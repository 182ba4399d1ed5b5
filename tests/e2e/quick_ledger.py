"""``tokonomics ledger`` with a short hold at zero: ``python -m tests.e2e.quick_ledger HOLD_S [options]``."""

from __future__ import annotations

import argparse

from stream.metrics.server import run_ledger

from stream.settings import LedgerSettings


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("hold_s", type=float)
    parser.add_argument("--database")
    parser.add_argument("--port", type=int)
    parser.add_argument("--broker")
    parser.add_argument("--broker-kind")
    asked = parser.parse_args()
    run_ledger(
        LedgerSettings(
            database=asked.database,
            port=asked.port,
            broker=asked.broker,
            broker_kind=asked.broker_kind,
            zero_hold_s=asked.hold_s,
        )
    )


if __name__ == "__main__":
    main()
