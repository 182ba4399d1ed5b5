"""Results on their way to the log: they wait, within a bound, while the broker is away."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from collectors._sdk.errors import NotNow
from collectors.probes.meters import ProbeMeters
from stream.contract.records import Check

Deliver = Callable[[Sequence[Check]], Awaitable[None]]
#: A hundred probes a minute for eight hours. What is older than the log admits is for the log to refuse.
MOST_WAITING: Final = 50_000
_MOST_AT_ONCE: Final = 1_000
_AGAIN_S: Final = 1.0
log = logging.getLogger(__name__)


class Outbox:
    """Lives in the event loop. ``deliver`` returns once all is acknowledged, and raises NotNow."""

    def __init__(self, deliver: Deliver, meters: ProbeMeters, most: int = MOST_WAITING) -> None:
        self._deliver, self._meters, self._most = deliver, meters, most
        self._waiting: deque[Check] = deque()
        self._under_way: list[Check] = []
        self._some = asyncio.Event()

    def put(self, check: Check) -> None:
        """Never blocks: beyond the bound the oldest is given up, and counted."""
        self._waiting.append(check)
        if len(self._waiting) > self._most:
            self._waiting.popleft()
            self._meters.dropped.inc()
        self._some.set()
        self._show()

    async def run(self) -> None:
        """Deliver what comes, for ever."""
        while True:
            if not await self._deliver_some():
                await asyncio.sleep(_AGAIN_S)
            elif not self._waiting:
                self._some.clear()
                await self._some.wait()

    async def drain(self, within_s: float) -> None:
        """Deliver what waits, and give up and count what cannot be delivered in time."""
        try:
            async with asyncio.timeout(within_s):
                while (self._waiting or self._under_way) and await self._deliver_some():
                    pass
        except TimeoutError:
            pass
        left = len(self._waiting) + len(self._under_way)
        if left:
            log.warning("%d results of probes are lost: the broker is away at the end", left)
            self._meters.dropped.inc(left)

    async def _deliver_some(self) -> bool:
        """Whether it was acknowledged; what was not is kept, with the same hashes, and counts once."""
        while self._waiting and len(self._under_way) < _MOST_AT_ONCE:
            self._under_way.append(self._waiting.popleft())
        if self._under_way:
            try:
                await self._deliver(tuple(self._under_way))
            except NotNow:
                return False
            self._under_way.clear()
            self._show()
        return True

    def _show(self) -> None:
        self._meters.waiting.set(len(self._waiting) + len(self._under_way))
