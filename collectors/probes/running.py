"""Follows every probe's timetable, each in a task of its own, inside the collector's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry

from collectors.probes.budget import Budget
from collectors.probes.judging import SUCCESS, Answered
from collectors.probes.meters import ProbeMeters
from collectors.probes.outbox import Deliver, Outbox
from collectors.probes.probe import Probe
from collectors.probes.schedule import Due
from stream.contract.identity import check_hash
from stream.contract.names import US_PER_SECOND
from stream.contract.records import Check

if TYPE_CHECKING:
    from collectors.probes.sending import Sender

#: The clock is looked at again so often while nothing is due: it may be set.
_LOOK_AGAIN_US: Final = 5 * US_PER_SECOND
_DRAIN_S: Final = 5.0
log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def running(
    probes: Sequence[Probe], deliver: Deliver, clock: Callable[[], int], registry: CollectorRegistry
) -> AsyncIterator[None]:
    """Checks are made and delivered while the context lasts; at its end a check under way is dropped, and
    what was found is delivered. ``clock``: microseconds since 1970.
    """
    if not probes:
        yield
        return
    from collectors.probes.sending import sending  # the HTTP client takes a while: only who probes waits

    meters = ProbeMeters(registry)
    outbox = Outbox(deliver, meters)
    async with sending() as sender:
        runs = [Run(probe, sender, outbox, clock, meters).follow() for probe in probes]
        tasks = [asyncio.create_task(run, name="probe") for run in (*runs, outbox.run())]
        for task in tasks:
            task.add_done_callback(_tell)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await outbox.drain(_DRAIN_S)


def _tell(task: asyncio.Task[None]) -> None:
    """A task that ends by itself is a fault of ours; the others go on."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("probes: a task has ended; start the collector anew", exc_info=error)


class Run:
    """One probe's checks, one after the other: a check ends before its next is due."""

    def __init__(
        self,
        probe: Probe,
        sender: Sender,
        outbox: Outbox,
        clock: Callable[[], int],
        meters: ProbeMeters,
    ) -> None:
        self._probe, self._sender, self._outbox = probe, sender, outbox
        self._clock, self._meters = clock, meters
        self._budget = Budget(probe.tokens_per_day, probe.tokens_a_check)
        self._paused = False
        self._outcome = SUCCESS
        self._meters.paused.labels(probe.name).set(0)

    async def follow(self) -> None:
        """For ever. The clock may be set at any time, and the machine may sleep."""
        done: int | None = None
        while True:
            now_us = self._clock()
            due = self._probe.timetable.next(now_us, done)
            wait_us = due.at_us - now_us
            await asyncio.sleep(min(wait_us, _LOOK_AGAIN_US) / US_PER_SECOND)
            if wait_us > _LOOK_AGAIN_US:
                continue
            if done is not None and due.slot > done + 1:
                self._skip("late", due.slot - done - 1)
            done = due.slot
            await self._make(due)

    async def _make(self, due: Due) -> None:
        now_us = self._clock()
        if now_us > due.latest_us:
            self._skip("late")
            return
        if not self._budget.allows(now_us):
            self._skip("budget")
            self._pause(True)
            return
        self._pause(False)
        self._take(due, await self._sender.send(self._probe))

    def _take(self, due: Due, answered: Answered) -> None:
        probe, verdict = self._probe, answered.verdict
        tokens = self._budget.spend(self._clock(), verdict.tokens)
        self._meters.checks.labels(probe.name, verdict.outcome).inc()
        self._outbox.put(
            Check(
                event=check_hash(probe.name, due.due_us),
                time_us=due.due_us,
                labels=(*probe.labels, verdict.outcome),
                duration_us=answered.duration_us,
                tokens=tokens,
            )
        )
        if verdict.outcome != self._outcome:
            self._outcome = verdict.outcome
            log.warning("probe %s: %s: %s", probe.name, verdict.outcome, verdict.said or "answers again")

    def _skip(self, reason: str, checks: int = 1) -> None:
        self._meters.skipped.labels(self._probe.name, reason).inc(checks)

    def _pause(self, paused: bool) -> None:
        if paused and not self._paused:
            log.warning(
                "probe %s: its %d tokens of the day are used up: paused until the next day (UTC);"
                " raise tokens_per_day, or every_seconds",
                self._probe.name,
                self._probe.tokens_per_day,
            )
        if paused != self._paused:
            self._paused = paused
            self._meters.paused.labels(self._probe.name).set(paused)
