"""Looks after the changelog's replay: what was fetched and never came is sought again.

Faust 0.15.3 now and then drops changelog records that it has fetched, after a rebalance: the consumer
stands at the end, the replay waits for ever, and the worker's watchdog ends it after a minute (seen with
eight changelog partitions, of which three never came). Records that come twice change nothing: the highest
source offset wins.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any, Final, cast

from aiokafka.errors import IllegalStateError
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP

from stream.agents.context import Context

STALLED_S: Final = 6.0  #: a fetch that finds nothing returns after one second
_LOOK_EVERY_S: Final = 0.5
_log = logging.getLogger("tokonomics.assignment")


class Replay:
    """One watch at a time, from an assignment until the replay is over or the next assignment comes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._watch: asyncio.Task[None] | None = None

    async def begin(self, *_: Any, **__: Any) -> None:
        """Partitions have been assigned. Takes what Faust's signal brings."""
        self.end()
        self._watch = asyncio.create_task(self._context.or_stop(self._look()))

    def end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    @property
    def _recovery(self) -> Recovery:
        return cast(TableManager, self._context.app.tables).recovery

    async def _look(self) -> None:
        recovery = self._recovery
        left, since = -1, time.monotonic()
        while not self._context.ownership.held:
            await asyncio.sleep(_LOOK_EVERY_S)
            missing = {tp: n for tp, n in recovery.active_remaining().items() if n > 0}
            if not recovery.in_recovery or not missing or sum(missing.values()) != left:
                left, since = sum(missing.values()), time.monotonic()
            elif time.monotonic() - since >= STALLED_S:
                await self._seek_again(missing)
                since = time.monotonic()

    async def _seek_again(self, missing: Iterable[TP]) -> None:
        consumer, recovery = self._context.consumer, self._recovery
        named = sorted(f"{tp.topic}[{tp.partition}]" for tp in missing)
        _log.warning("replay_stalled partitions=%s: read again from where it stands", ",".join(named))
        places = {tp: max(0, recovery.active_offsets[tp]) for tp in missing if tp in consumer.assignment()}
        for tp in places:
            consumer._read_offset[tp] = None  # else Faust takes what comes again for what it has had
        try:
            await consumer.seek_wait(places)
        except IllegalStateError:
            return  # revoked meanwhile: the next assignment begins a replay of its own
