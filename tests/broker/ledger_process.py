"""A ledger process for tests that kill it: URL BROKER, then AGENT STATE_TOPIC CLOSED_TOPIC of each log.

Ends in order on SIGTERM.
"""

from __future__ import annotations

import signal
import sys
import threading

from stream.ledger import database
from stream.ledger.database import open_ledger
from stream.ledger.follower import Follower
from stream.ledger.logreader import LogTopics


def main(url: str, broker: str, *names: str) -> None:
    database.BUSY_TIMEOUT_MS = 300  # so that a lock is soon an error to live with
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    logs = [LogTopics(*names[i : i + 3]) for i in range(0, len(names), 3)]
    Follower(open_ledger(url), broker, logs=logs).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
