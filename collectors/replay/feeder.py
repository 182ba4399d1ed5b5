"""Sends bodies over a few connections at once and keeps the account of what became of them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from collectors.replay.account import Account, Body
from collectors.replay.posting import Answer, Collector, Poster

#: A body with a bad event is kept except for that event; only one that is not JSON is refused whole.
PATIENCE_S: Final = 120.0
_QUEUED_PER_CONNECTION: Final = 2
_TICK_S: Final = 0.2


class SourceError(Exception):
    """The collector refused what it should have taken, or took what it should have refused."""

    reason = "unexpected_answer"


class Feeder:
    """Sends what ``send`` is given; a context manager that waits at its end for what is under way.

    ``account`` is complete after the end. Bodies that nobody answers for ``patience_s`` are unresolved there.
    The first answer that should not have been ends the feeding: ``send`` and the end raise SourceError.
    """

    def __init__(
        self, collector: Collector, account: Account, *, connections: int = 4, patience_s: float = PATIENCE_S
    ) -> None:
        self.account, self._patience_s = account, patience_s
        self._queue: queue.Queue[Body | None] = queue.Queue(connections * _QUEUED_PER_CONNECTION)
        self._lock = threading.Lock()
        self._error: str | None = None
        self._posters = [Poster(collector) for _ in range(connections)]
        self._threads = [
            threading.Thread(target=self._run, args=(poster,), name=f"feeder-{i}", daemon=True)
            for i, poster in enumerate(self._posters)
        ]

    @property
    def retries(self) -> int:
        """How often a body was sent again because its answer asked for it or never came."""
        return sum(poster.retries for poster in self._posters)

    def send(self, body: Body) -> None:
        """Hand a body over; waits while too many are under way. Raises SourceError."""
        while True:
            if self._error is not None:
                raise SourceError(self._error)
            try:
                self._queue.put(body, timeout=_TICK_S)
                return
            except queue.Full:
                continue

    def feed(self, bodies: Iterable[Body], stop: threading.Event, *, paced: bool) -> None:
        """Send bodies in order until they end or ``stop`` is set; ``paced``: each at its own time."""
        began = time.monotonic()
        for body in bodies:
            if paced and stop.wait(max(0.0, began + body.at_s - time.monotonic())):
                return
            if stop.is_set():
                return
            self.send(body)

    def _run(self, poster: Poster) -> None:
        while (body := self._queue.get()) is not None:
            if self._error is None:
                self._post(poster, body)
        poster.close()

    def _post(self, poster: Poster, body: Body) -> None:
        give_up_at = time.monotonic() + self._patience_s
        answer = poster.post(body.payload, body.source, give_up_at, body.path)
        if body.again and answer is Answer.ACCEPTED:
            answer = poster.post(body.payload, body.source, give_up_at, body.path)
        with self._lock:
            if answer is Answer.GIVEN_UP:
                self.account.lost_sight_of(body)
                self._error = f"gave up after {self._patience_s:g} s: {poster.said}"
            elif (answer is Answer.ACCEPTED) != bool(body.events):
                expected = "taken" if body.events else "refused whole"
                said = "was taken" if answer is Answer.ACCEPTED else poster.said
                self._error = f"a body of {body.source} should have been {expected}: {said}"
            elif answer is Answer.ACCEPTED:
                self.account.accepted(body)
            else:
                self.account.refused(body)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        if self._error is not None and error is None:
            raise SourceError(self._error)
