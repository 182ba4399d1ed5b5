"""Delivery to the broker, or else into the spool: for receivers whose clients do not send a body again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from collectors._sdk.admission import Admitted
from collectors._sdk.batcher import Batcher
from collectors._sdk.errors import NotNow
from collectors._sdk.meters import Meters
from collectors._sdk.spool import Spool
from collectors._sdk.spool_bodies import to_frame

_IN_THREAD_EVENTS: Final = 500  #: larger bodies are packed in a thread, so that others are answered


class Delivery(Protocol):
    """Where the bodies of a receiver go."""

    async def wait_for_way(self, hold_s: float) -> None:
        """Returns once a body could be taken. Raises NotNow when none can and that stays so for
        ``hold_s``.
        """

    async def deliver(self, admitted: Admitted) -> None:
        """Returns once nothing of a body can be lost any more. Raises NotNow."""


@dataclass(frozen=True)
class Direct:
    """To the broker alone."""

    batcher: Batcher

    async def wait_for_way(self, hold_s: float) -> None:
        await self.batcher.wait_for_broker(hold_s)
        await self.batcher.wait_for_room(hold_s)

    async def deliver(self, admitted: Admitted) -> None:
        await self.batcher.deliver(admitted)


@dataclass(frozen=True)
class Spooling:
    """``patience_s``: how long the broker is waited for; what it acknowledges later as well is known again by
    its identity. ``clock``: microseconds since 1970. ``receiver``: its name, for the meters.
    """

    batcher: Batcher
    spool: Spool
    patience_s: float
    clock: Callable[[], int]
    meters: Meters
    receiver: str

    async def wait_for_way(self, hold_s: float) -> None:
        try:
            self.spool.check()
        except NotNow as error:
            try:
                await Direct(self.batcher).wait_for_way(hold_s)
            except NotNow:
                raise error from None

    async def deliver(self, admitted: Admitted) -> None:
        accepted_us = self.clock()
        try:
            await self.batcher.deliver(admitted, patience_s=self.patience_s)
            return
        except NotNow:
            self.spool.check()
        if len(admitted.records) > _IN_THREAD_EVENTS:
            frame = await asyncio.to_thread(to_frame, admitted, accepted_us)
        else:
            frame = to_frame(admitted, accepted_us)
        await self.spool.put(frame)
        self.meters.spooled.labels(self.receiver).inc(frame.events)
