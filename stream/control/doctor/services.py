"""The ledger's database and the collector, where the doctor is told of them."""

from __future__ import annotations

import http.client
import time
from typing import Final
from urllib.parse import urlsplit

from stream.control.doctor.findings import Finding, fail, ok, warn

_TIMEOUT_S: Final = 5.0
_OLD_S: Final = 60.0
_US: Final = 1_000_000


def ledger(url: str) -> Finding:
    """Whether the database can be read, is of this release's schema, and is written to."""
    from stream.ledger.database import read_ledger
    from stream.ledger.errors import LedgerError
    from stream.ledger.queries import freshness

    try:
        engine = read_ledger(url)
        try:
            fresh = freshness(engine)
        finally:
            engine.dispose()
    except LedgerError as error:
        said, _, mend = str(error).removeprefix("database: ").partition("; ")
        return fail("ledger", said, mend or "look at --database and at the database itself")
    age_s = time.time() - fresh.written_us / _US
    if not fresh.written_us or age_s > _OLD_S:
        said = f"last written {age_s:.0f} s ago" if fresh.written_us else "nothing was written into it yet"
        return warn("ledger", said, "start `tokonomics ledger`, unless all collectors and workers are off")
    if fresh.behind:
        return warn(
            "ledger", f"{fresh.behind} shards behind the workers", "wait; /metrics answers 503 meanwhile"
        )
    return ok("ledger", f"of this release, written {max(age_s, 0):.0f} s ago")


def collector(url: str) -> Finding:
    """Whether a collector says that it can take events."""
    mend = "start `tokonomics collect`, or name its address with --collector"
    try:
        status, text = _health(url)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return fail("collector", f"{url} does not answer: {getattr(error, 'strerror', None) or error}", mend)
    if status == http.client.OK:
        return ok("collector", f"{url} takes events")
    return fail("collector", f"{url} answers {status} {text:.120}", "look at the collector's log")


def _health(url: str) -> tuple[int, str]:
    """(status, body) of GET /health. Raises OSError, ValueError, HTTPException."""
    parts = urlsplit(url if "//" in url else f"http://{url}")
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/health")
        answer = connection.getresponse()
        return answer.status, answer.read(2000).decode("utf-8", "replace").strip()
    finally:
        connection.close()
