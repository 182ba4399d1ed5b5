"""Ends a worker that has stopped working. A thread, so that a blocked event loop is noticed too."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field

from faust.types import TP

from stream.agents.context import Context
from stream.agents.ownership import Phase
from stream.agents.stopping import NoProgress

_LOOK_EVERY_S = 1.0
_END_WITHIN_S = 45.0  #: well below the 90 s after which systemd kills


@dataclass
class Watch:
    """What was last seen to move, in monotonic seconds. Pure: ``look`` gets the time, raises NoProgress."""

    assignment_timeout_s: float
    progress_timeout_s: float
    held_at: float
    moved_at: dict[TP, tuple[int, float]] = field(default_factory=dict)
    replayed: int = 0

    def look(self, context: Context, now: float) -> None:
        self._look_at_end(context, now)
        if now - context.beat_at > self.progress_timeout_s:
            raise NoProgress(f"the event loop has been blocked for {now - context.beat_at:.0f} s")
        self._look_at_assignment(context, now)
        self._look_at_lag(context, now)

    def _look_at_end(self, context: Context, now: float) -> None:
        since = context.stopping_since
        if since is not None and now - since > _END_WITHIN_S:
            raise NoProgress(
                f"the worker has been ending for {now - since:.0f} s; is the broker reachable? "
                "What it had not made durable is folded again by the next start"
            )

    def _look_at_assignment(self, context: Context, now: float) -> None:
        replayed = sum(slot.replayed for slot in context.ownership)
        idle = context.ownership.held or context.stopping_since is not None
        if idle or replayed != self.replayed:
            self.held_at, self.replayed = now, replayed
        if now - self.held_at > self.assignment_timeout_s:
            raise NoProgress(
                f"no partitions assigned for {now - self.held_at:.0f} s; "
                "is the broker reachable, and is another worker using this slot?"
            )

    def _look_at_lag(self, context: Context, now: float) -> None:
        for slot in context.ownership:
            durable = slot.core.durable_offset
            seen, since = self.moved_at.get(slot.tp, (-2, now))
            idle = slot.phase is not Phase.LIVE or not context.ownership.held or slot.highest_seen <= durable
            if idle or seen != durable:
                self.moved_at[slot.tp] = (durable, now)
            elif now - since > self.progress_timeout_s:
                raise NoProgress(
                    f"{slot.tp.topic}[{slot.tp.partition}]: nothing became durable for {now - since:.0f} s; "
                    f"durable {durable}, delivered {slot.highest_seen}"
                )


class Watchdog(threading.Thread):
    """Looks once a second until ``stopped`` is set."""

    def __init__(self, context: Context, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.stopped = threading.Event()
        self._context = context
        self._loop = loop

    def run(self) -> None:
        settings = self._context.settings
        watch = Watch(settings.assignment_timeout_s, settings.progress_timeout_s, time.monotonic())
        while not self.stopped.wait(_LOOK_EVERY_S):
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._beat)
            try:
                watch.look(self._context, time.monotonic())
            except NoProgress as error:
                self._context.stop(error.reason, str(error))

    def _beat(self) -> None:
        self._context.beat_at = time.monotonic()
