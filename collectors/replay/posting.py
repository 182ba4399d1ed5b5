"""One HTTP connection to a collector: posts a body again and again until it has an answer that settles it."""

from __future__ import annotations

import http.client
import random
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final
from urllib.parse import urlsplit

PATH: Final = "/v1/events"
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 5.0
_ANSWER_CHARS: Final = 300


class Answer(Enum):
    """How a body ended."""

    ACCEPTED = auto()
    REFUSED = auto()  #: whole, with 4xx
    GIVEN_UP = auto()  #: no settling answer in time; it may or may not have been taken


class BadAddress(ValueError):
    """An address that is no http:// URL of a collector."""

    reason = "bad_address"


@dataclass(frozen=True)
class Collector:
    """Where to send. ``tokens``: bearer token by source, "" for the default."""

    host: str
    port: int
    path: str = PATH
    tokens: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, url: str, tokens: dict[str, str] | None = None) -> Collector:
        """From ``http://host:port``, with or without a path. Raises BadAddress."""
        parts = urlsplit(url if "//" in url else f"http://{url}")
        try:
            port = parts.port or 80
        except ValueError:
            port = 0
        if parts.scheme != "http" or not parts.hostname or not port:
            raise BadAddress(f"--to: {url!r} is no address such as http://127.0.0.1:4318")
        path = parts.path if parts.path not in ("", "/") else PATH
        return cls(parts.hostname, port, path, tokens or {})

    def headers(self, source: str) -> dict[str, str]:
        token = self.tokens.get(source, self.tokens.get("", ""))
        headers = {"content-type": "application/json"}
        return headers | {"authorization": f"Bearer {token}"} if token else headers


class Poster:
    """Posts bodies one after the other. Not for several threads at once."""

    def __init__(self, collector: Collector, timeout_s: float = 60.0) -> None:
        self._collector, self._timeout_s = collector, timeout_s
        self._connection: http.client.HTTPConnection | None = None
        self.retries = 0
        self.said = ""  #: what a refusal said, or why nothing could be sent

    def post(self, payload: bytes, source: str, give_up_at: float, path: str = "") -> Answer:
        """Post until the collector accepts or refuses it for good; ``give_up_at``: time.monotonic().
        ``path``: "" for the collector's own.
        """
        wait_s = _FIRST_WAIT_S
        while True:
            status, retry_after_s = self._once(payload, source, path)
            if 200 <= status < 300:
                return Answer.ACCEPTED
            if status and status not in _AGAIN:
                return Answer.REFUSED
            asked_s = retry_after_s if retry_after_s is not None else wait_s * random.uniform(0.5, 1.0)
            if time.monotonic() + asked_s > give_up_at:
                return Answer.GIVEN_UP
            time.sleep(asked_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            self.retries += 1

    def _once(self, payload: bytes, source: str, path: str) -> tuple[int, float | None]:
        """(status, Retry-After in seconds); status 0 when there was no answer."""
        at = self._collector
        if self._connection is None:
            self._connection = http.client.HTTPConnection(at.host, at.port, timeout=self._timeout_s)
        try:
            self._connection.request("POST", path or at.path, payload, at.headers(source))
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            self.said = f"no answer from {at.host}:{at.port}: {error or type(error).__name__}"
            return 0, None
        if response.status >= 300:
            said = " ".join(body.decode(errors="replace").split())[:_ANSWER_CHARS]
            self.said = f"{response.status} {response.reason}: {said}"
        return response.status, _seconds(response.getheader("retry-after"))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _seconds(header: str | None) -> float | None:
    """Retry-After where it is a number of seconds; a date is not honoured."""
    if header is None or not header.strip().isdigit():
        return None
    return min(float(header), 60.0)
