"""Kills the product's processes while they work, one after the other, and says where each kill fell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support.statelog import StateLog
from tests.support.system import BROKER, COLLECTOR, LEDGER, System, worker

_FOLDS_AGAIN_S = 120.0
_FOLDED = "tokonomics_worker_folded_records_total"
_FLUSHES = "tokonomics_worker_flush_seconds_count"


@dataclass(frozen=True)
class Kill:
    """``durable``: telemetry offset of each partition that the state held when the kill fell, ``since``: what
    it held after the recovery before it. ``recovery_s``: until the killed process worked again.
    """

    number: int
    target: str
    at_s: float
    sent: int
    since: tuple[int, ...]
    durable: tuple[int, ...]
    recovery_s: float

    @property
    def amid_folding(self) -> bool:
        """Every partition had become durable further since the last recovery."""
        return all(now > before for now, before in zip(self.durable, self.since, strict=True))


class Feeding(Protocol):
    """Who sends meanwhile."""

    @property
    def sent(self) -> int:
        """Events handed to a connection so far."""
        ...

    @property
    def accepted(self) -> int:
        """Events that the collector has answered with 2xx."""
        ...

    @property
    def retries(self) -> int: ...

    @property
    def seconds(self) -> float:
        """Since the begin."""
        ...

    def check(self) -> None:
        """Raises what ended the sending before its time."""

    def as_fast_as_taken(self) -> AbstractContextManager[None]:
        """Bodies are under way, at any moment, until the end of the block."""
        ...


class Chaos:
    """One run of kills: each waits until all is folded live again, kills, starts, waits for the recovery."""

    def __init__(self, system: System, sending: Feeding, log: StateLog) -> None:
        self._system, self._sending, self._log = system, sending, log
        self.kills: list[Kill] = []
        self._since = log.upto()

    def kill_all(self, targets: Iterable[str]) -> None:
        for target in targets:
            self.kill(target)

    def kill(self, target: str) -> None:
        self.await_folding(target)
        at_s, sent, durable = self._sending.seconds, self._sending.sent, self._log.upto()
        with self._sending.as_fast_as_taken() if target == COLLECTOR else nullcontext():
            self._system.kill(target)
        killed = time.monotonic()
        self._system.start(target)
        self._await_recovery(target)
        took_s = time.monotonic() - killed
        self.kills.append(
            Kill(len(self.kills) + 1, target, at_s, sent, self._since, durable, round(took_s, 1))
        )
        self._since = self._log.upto()

    def _await_recovery(self, target: str) -> None:
        """Until what was killed is back; the broker takes workers with it that then stop and are started."""
        if target == BROKER:
            for slot in self._system.slots:
                self._revive(worker(slot))
        self._system.await_ready(target)

    def _revive(self, name: str) -> None:
        """A worker that lost its broker may end rather than go on: its supervisor starts it again."""
        deadline = time.monotonic() + _FOLDS_AGAIN_S
        before = self._system.worker_metric(name, _FOLDED) if self._system.running(name) else 0
        while self._system.worker_metric(name, _FOLDED) <= before:
            if not self._system.running(name):
                self._system.start(name)
                before = 0
            assert time.monotonic() < deadline, f"{name} folds nothing any more{self._system.logs()}"
            time.sleep(0.1)

    def await_folding(self, target: str) -> None:
        """Wait until every partition became durable further since the last recovery, and the target itself
        worked just now.
        """
        since, moved = self._since, self._works(target)
        self._system.wait(
            lambda: all(now > then for now, then in zip(self._log.upto(), since, strict=True)) and moved(),
            f"all partitions are folded beyond {since}, and {target} works; durable {self._log.upto()}",
            _FOLDS_AGAIN_S,
        )
        self._sending.check()

    def _works(self, target: str) -> Callable[[], bool]:
        """Whether the target has done something since now."""
        measure = {COLLECTOR: self._accepted, LEDGER: self._counted, BROKER: self._accepted}.get(
            target, lambda: self._folded(target)
        )
        before = measure()
        return lambda: measure() > before

    def _accepted(self) -> int:
        return self._sending.accepted

    def _counted(self) -> int:
        return self._system.read_books().counted

    def _folded(self, name: str) -> int:
        """Records folded by this process, once what it folded before has become durable."""
        flushes = self._system.worker_metric(name, _FLUSHES)
        return self._system.worker_metric(name, _FOLDED) if flushes > 1 else 0

    def report(self, title: str, file: Path) -> str:
        """The table of kills, also written to ``file``."""
        last = self._sending.sent
        lines = [
            f"{title}: {last} events in {self._sending.seconds:.0f} s, {self._sending.retries} posted again",
            f"{'kill':>4}  {'target':<10} {'at s':>6}  {'sent':>8}  {'of all':>6}  {'back s':>6}"
            "  durable telemetry offset of each partition",
        ]
        for kill in self.kills:
            offsets = " ".join(f"{offset:>6}" for offset in kill.durable)
            lines.append(
                f"{kill.number:>4}  {kill.target:<10} {kill.at_s:>6.1f}  {kill.sent:>8}"
                f"  {kill.sent / last:>6.1%}  {kill.recovery_s:>6.1f}  {offsets}"
            )
        text = "\n".join(lines) + "\n"
        file.write_text(text)
        return text
