"""A ledger process for tests that kill it: URL BROKER STATE_TOPIC CLOSED_TOPIC. Ends in order on SIGTERM."""

from __future__ import annotations

import signal
import sys
import threading

from stream.ledger import database
from stream.ledger.database import open_ledger
from stream.ledger.follower import Follower


def main(url: str, broker: str, state: str, closed: str) -> None:
    database.BUSY_TIMEOUT_MS = 300  # so that a lock is soon an error to live with
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Follower(open_ledger(url), broker, topics=(state, closed)).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
