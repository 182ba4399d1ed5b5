"""Configurations by the hash of their content, read from llm.config.v1. Blocking: run in a thread."""

from __future__ import annotations

import threading

from stream.agents.sidelog import SideLog
from stream.agents.stopping import ConfigurationMissing

_PARTITION = 0  #: the topic has one


class ConfigStore:
    """Contents by digest. A content never changes, so that a found one is kept; only those asked for are."""

    def __init__(self, log: SideLog, topic: str) -> None:
        self._log = log
        self._topic = topic
        self._found: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def get(self, digest: bytes, timeout_s: float) -> bytes:
        """Content of a configuration, as it stands in the topic.

        Raises ConfigurationMissing when it has not appeared within ``timeout_s`` seconds.
        """
        with self._lock:
            if digest not in self._found:
                self._found[digest] = self._search(digest, timeout_s)
            return self._found[digest]

    def _search(self, digest: bytes, timeout_s: float) -> bytes:
        stop = threading.Event()
        timer = threading.Timer(timeout_s, stop.set)
        timer.daemon = True
        timer.start()
        try:
            for entry in self._log.read(self._topic, _PARTITION, self._first_offset(), 2**62, stop):
                if entry.key == digest and entry.value is not None:
                    return entry.value
        finally:
            timer.cancel()
        raise ConfigurationMissing(
            f"configuration {digest.decode('ascii', 'replace')[:12]} is not in {self._topic} "
            f"after {timeout_s:.0f} s; write it again with `tokonomics config apply`"
        )

    def _first_offset(self) -> int:
        return self._log.head(self._topic, _PARTITION).first_offset
