"""The demo's day fed by the test itself: outcomes, work and people beside usage, and the truth of each."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from collectors.replay.account import Account, Body, Expected
from collectors.replay.feeder import Feeder, SourceError
from collectors.replay.generator import Plan, bodies
from collectors.replay.posting import Collector
from stream.contract.rows import WINDOWS

_DAY_S = 86_400
Cell = tuple[int, str, str, int]  #: as-of day, department, use case ("": all), window in days
_PATIENCE_S = 180.0


@dataclass
class Witness(Account):
    """An account that also notes who was active: (person, department, use case, day) of production."""

    active: set[tuple[str, str, str, int]] = field(default_factory=set)
    events: int = 0

    def accepted(self, body: Body) -> None:
        super().accepted(body)
        self.events += len(body.events)
        told = json.loads(body.payload)
        for event, expected in zip(told if isinstance(told, list) else [told], body.events, strict=True):
            if isinstance(expected, Expected) and expected.series is not None:
                self._note(event)

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("environment", "production") == "production":
            work = (event.get("department", "unattributed"), event.get("use_case", "unattributed"))
            day = int(datetime.fromisoformat(event["time"]).timestamp() // _DAY_S)
            self.active.add((event["user"], *work, day))

    def people(self) -> dict[Cell, tuple[int, int]]:
        """Distinct people of every cell, and how many of them belong to no department: sets, nothing else."""
        cells: dict[Cell, set[str]] = defaultdict(set)
        for person, department, use_case, day in self.active:
            for window in WINDOWS:
                for as_of in range(day, day + window):
                    for scope in (("", ""), (department, ""), ("", use_case)):
                        cells[as_of, *scope, window].add(person)
        return {
            cell: (len(found), sum(person.startswith("guest-") for person in found))
            for cell, found in cells.items()
        }


class DayFeeding:
    """Sends the demo's day from entry to ``finish``; what Chaos asks of who sends."""

    def __init__(self, plan: Plan, url: str, tokens: dict[str, str]) -> None:
        self.account = Witness()
        self._plan = plan
        self._feeder = Feeder(Collector.at(url, tokens), self.account, patience_s=_PATIENCE_S)
        self._stop = threading.Event()
        self._error: SourceError | None = None
        self._thread = threading.Thread(target=self._run, name="day", daemon=True)
        self._sent = 0
        self.began = time.monotonic()

    @property
    def sent(self) -> int:
        return self._sent

    @property
    def accepted(self) -> int:
        return self.account.events

    @property
    def retries(self) -> int:
        return self._feeder.retries

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def check(self) -> None:
        """Raises what ended the sending before its time."""
        if self._error is not None:
            raise self._error

    @contextmanager
    def as_fast_as_taken(self) -> Iterator[None]:
        """Its bodies come at their own times: each connection has one under way often enough."""
        self.check()
        yield

    def _run(self) -> None:
        try:
            for body in bodies(self._plan):
                if self._stop.wait(max(0.0, self.began + body.at_s - time.monotonic())):
                    return
                self._sent += len(body.events)
                self._feeder.send(body)
        except SourceError as error:
            self._error = error

    def finish(self) -> None:
        """Send no more, and wait for all that is under way."""
        self._stop.set()
        self._thread.join()
        self.check()
        self._feeder.__exit__(None, None, None)

    def __enter__(self) -> Self:
        self._feeder.__enter__()
        self.began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
