"""A source that repeats a trace with fresh identities until it is told to end, and knows what it sent."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count, islice
from types import TracebackType
from typing import Any, Self

from collectors.replay.account import Account, Body
from collectors.replay.feeder import Feeder, SourceError
from collectors.replay.posting import Collector
from collectors.replay.replaying import Replay, trace_bodies
from tests.e2e import replayed
from tests.support.oracle import Oracle
from tests.support.traces import Trace

EVENTS_PER_BODY = 50
_AGAIN_EVERY = 10  #: bodies: this one is posted twice, as by a client that lost the answer
#: Bodies that are sent again at the end. No kill may fall before they are accepted: that would mend a loss.
_KEPT_BODIES = 20
KEPT_EVENTS = _KEPT_BODIES * EVENTS_PER_BODY
_BURST = 10 * EVENTS_PER_BODY
_PATIENCE_S = 180.0


@dataclass
class _Repetition:
    """``events``: how many of the trace's first were sent."""

    batch: str
    start_us: int
    events: int = 0


class Sending:
    """Sends from entry to exit, ``per_second`` events. It ends of itself never: ``finish`` says how.

    Every tenth body is posted a second time. Repetition n is the replay's batch ``NAME-n``, so that no two
    share an identity.
    """

    def __init__(self, trace: Trace, url: str, *, per_second: float, name: str, token: str = "") -> None:
        self._trace, self._name, self._per_second = trace, name, per_second
        self._feeder = Feeder(Collector.at(url, {"": token}), Account(), patience_s=_PATIENCE_S)
        self._repetitions: list[_Repetition] = []
        self.sent_again = 0  #: events of bodies that were posted once more on purpose
        self._kept: list[Body] = []
        self._until: int | None = None
        self._hurry = False
        self._stop = threading.Event()
        self._error: SourceError | None = None
        self._thread = threading.Thread(target=self._run, name="sending", daemon=True)
        self.began = time.monotonic()

    @property
    def sent(self) -> int:
        """Events handed to a connection so far."""
        return sum(repetition.events for repetition in self._repetitions)

    @property
    def accepted(self) -> int:
        """Events that the collector has answered with 2xx."""
        return self._feeder.account.sent

    @property
    def retries(self) -> int:
        return self._feeder.retries

    @property
    def seconds(self) -> float:
        """Since the begin."""
        return time.monotonic() - self.began

    def _run(self) -> None:
        try:
            for body in self._bodies():
                self._feeder.send(body)
        except SourceError as error:
            self._error = error

    def _bodies(self) -> Iterator[Body]:
        rows, digest = self._trace.rows(), self._trace.digest
        due = time.monotonic()
        for number in count():
            repetition = _Repetition(f"{self._name}-{number}", time.time_ns() // 1000)
            self._repetitions.append(repetition)
            replay = Replay(
                digest, repetition.start_us, batch=repetition.batch, events_per_body=EVENTS_PER_BODY
            )
            for place, body in enumerate(trace_bodies(rows, replay)):
                if self._until is not None and self.sent >= self._until:
                    return
                due = max(due + len(body.events) / self._per_second, time.monotonic() - 1.0)
                if not self._hurry and self._stop.wait(max(0.0, due - time.monotonic())):
                    return
                repetition.events += len(body.events)
                again = place % _AGAIN_EVERY == 0
                self.sent_again += len(body.events) if again else 0
                if len(self._kept) < _KEPT_BODIES:
                    self._kept.append(body)
                yield replace(body, again=again)

    def slow_down(self, per_second: float) -> None:
        """From now on."""
        self._per_second = per_second

    @contextmanager
    def as_fast_as_taken(self) -> Iterator[None]:
        """Every connection has a body under way, at any moment, until the end of the block."""
        before, self._per_second = self._per_second, math.inf
        accepted = self.accepted
        while self.accepted < accepted + _BURST:
            self.check()
            time.sleep(0.01)
        try:
            yield
        finally:
            self._per_second = before

    def send_first_again(self) -> None:
        """Post once more what was sent first, as a client does that was away for long."""
        for body in list(self._kept):
            self.sent_again += len(body.events)
            self._feeder.send(body)

    def check(self) -> None:
        """Raises what ended the sending before its time."""
        if self._error is not None:
            raise self._error

    def finish(self, until: int, *, hurry: bool = False) -> None:
        """Go on until ``until`` events are sent (``hurry``: as fast as they are taken) and answered."""
        self._hurry, self._until = hurry, max(until, 1)
        self._thread.join()
        self.check()
        self._feeder.__exit__(None, None, None)

    def truth(self) -> Oracle:
        """What must be counted of what was sent, computed from the trace event by event."""
        oracle = Oracle()
        for event in self.events():
            oracle.add(event)
        return oracle

    def events(self) -> Iterator[dict[str, Any]]:
        """All that was sent, as the README says it must look."""
        for repetition in self._repetitions:
            wanted = replayed.events(self._trace, repetition.start_us, batch=repetition.batch)
            yield from islice(wanted, repetition.events)

    def __enter__(self) -> Self:
        self._feeder.__enter__()
        self.began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """After a failure the connections are left to themselves: their collector may be long gone."""
        self._stop.set()
        self._thread.join()
