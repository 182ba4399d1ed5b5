"""Configurations by the hash of their content, read from llm.config.v1. Blocking: never on the event loop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from stream.agents.sidelog import SideLog
from stream.agents.stopping import ConfigurationMissing

_log = logging.getLogger("tokonomics.configuration")
_PARTITION = 0  #: the topic has one
_NO_END = 2**62


class ConfigStore:
    """Parsed configurations by digest. A content never changes, so that what was found is kept.

    ``parse``: (digest, value as it stands in the topic) -> what the fold takes; raises ValueError.
    """

    def __init__(
        self, log: SideLog, topic: str, parse: Callable[[str, bytes], object], patience_s: float
    ) -> None:
        self._log, self._topic, self._parse, self._patience_s = log, topic, parse, patience_s
        self._found: dict[str, object] = {}
        self._lock = threading.Lock()

    def held(self, digest: str) -> bool:
        """True when ``load`` would return at once."""
        return digest in self._found

    def load(self, digest: str) -> object:
        """A configuration. Raises ConfigurationMissing: it did not appear, or does not parse."""
        with self._lock:
            if digest not in self._found:
                value = self._search(digest)
                try:
                    self._found[digest] = self._parse(digest, value)
                except ValueError as error:
                    raise ConfigurationMissing(f"configuration {digest[:12]}: {error}") from error
                _log.info("loaded configuration=%s", digest[:12])
            return self._found[digest]

    def _search(self, digest: str) -> bytes:
        """Value of the digest's record. Reads from the topic's beginning: there are few."""
        stop = threading.Event()
        timer = threading.Timer(self._patience_s, stop.set)
        timer.daemon = True
        timer.start()
        try:
            first = self._log.head(self._topic, _PARTITION).first_offset
            for entry in self._log.read(self._topic, _PARTITION, first, _NO_END, stop):
                if entry.key == digest.encode() and entry.value is not None:
                    return entry.value
        finally:
            timer.cancel()
        raise ConfigurationMissing(
            f"configuration {digest[:12]} is not in {self._topic} after {self._patience_s:.0f} s; "
            "write it again with `tokonomics config apply`"
        )
