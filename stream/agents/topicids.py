"""The id that a broker gives a topic at its creation: is a log still the one that was folded? Blocking."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.agents.stopping import FlushTimeout, LogChanged

_ANSWER_MS = 5_000
_PAUSE_S = 0.2
_SETTLING_S = 10.0  #: a broker that has just started may not know its topics yet


class TopicIds:
    """Asks the broker, 1 to 4 ms each time. Safe to use from several threads.

    A topic made anew under a running worker is not always noticed by its consumer: it reconnects and reads
    on at its old position in the new log. What was folded is of the old log alone if the id is still the same
    *after* the last record was folded; therefore every flush asks before it writes.
    """

    def __init__(self, bootstrap: str, patience_s: float) -> None:
        self._bootstrap, self._patience_s = bootstrap, patience_s
        self._client: Any = None
        self._lock = threading.Lock()

    def of(self, topics: Iterable[str]) -> dict[str, str]:
        """Topic -> id. Raises LogChanged when one is gone, FlushTimeout when the broker stays away."""
        wanted, began = sorted(set(topics)), time.monotonic()
        while True:
            found = self._ask(wanted)
            if found is not None and len(found) == len(wanted):
                return found
            waited = time.monotonic() - began
            if found is not None and waited > _SETTLING_S:
                raise LogChanged(f"topics {', '.join(sorted(set(wanted) - set(found)))} are gone")
            if waited > self._patience_s:
                raise FlushTimeout(f"broker {self._bootstrap} has not answered for {waited:.0f} s")
            time.sleep(_PAUSE_S)

    def require(self, ids: Mapping[str, str]) -> None:
        """Raises LogChanged unless every topic still has the id it had."""
        now = self.of(ids)
        changed = sorted(topic for topic, known in ids.items() if now[topic] != known)
        if changed:
            raise LogChanged(
                f"{', '.join(changed)}: made anew under this worker, which writes nothing more; "
                "the next start reads the new log"
            )

    def _ask(self, topics: list[str]) -> dict[str, str] | None:
        """Ids of the topics that exist; None while the broker does not answer."""
        with self._lock:
            try:
                if self._client is None:
                    self._client = KafkaAdminClient(
                        bootstrap_servers=self._bootstrap.split(","),
                        bootstrap_timeout_ms=_ANSWER_MS,
                        request_timeout_ms=_ANSWER_MS,
                    )
                answers = self._client.describe_topics(topics)
            except (KafkaError, OSError):
                self._forget()
                return None
        return {answer["name"]: str(answer["topic_id"]) for answer in answers if answer["error_code"] == 0}

    def _forget(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
