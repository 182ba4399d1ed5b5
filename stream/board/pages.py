"""Pages kept for a moment, so that many viewers cost one reading, and a ledger in trouble costs none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from stream.board.period import Period
from stream.ledger.errors import LedgerError

KEEP_S: Final = 2.0
_KEEP_SHARE: Final = 5.0  #: a page that took long to make is kept so many times as long
PATIENCE_S: Final = 1.0  #: with a last page at hand, nobody waits longer for the next, …
OLD_S: Final = 15.0  #: … unless that is so old: nobody has looked since, …
LONG_PATIENCE_S: Final = 10.0  #: … and after so long it is shown after all, and says that it is old
T = TypeVar("T")


@dataclass(frozen=True)
class Shown(Generic[T]):
    """What a viewer gets. ``trouble``: why it is the last page and not a new one; "" when it is new."""

    drawn: T
    trouble: str = ""


class Pages(Generic[T]):
    """The newest page of each period. For one event loop. ``make``: blocking; raises LedgerError."""

    def __init__(self, make: Callable[[Period, int], T], now_us: Callable[[], int]) -> None:
        self._make_page, self._now_us = make, now_us
        self._held: dict[str, tuple[T, float, float]] = {}  # page, since when and until when it is new
        self._making: dict[str, asyncio.Task[T]] = {}

    async def get(self, period: Period) -> Shown[T]:
        """The page of a period, made anew when the held one is old. Raises LedgerError when none is held."""
        held = self._held.get(period.key)
        if held is not None and time.monotonic() < held[2]:
            return Shown(held[0])
        making = self._making.get(period.key)
        if making is None:
            making = asyncio.create_task(self._make(period))
            self._making[period.key] = making
            making.add_done_callback(lambda _: self._making.pop(period.key, None))
        if held is None:
            return Shown(await asyncio.shield(making))
        old = time.monotonic() - held[1] >= OLD_S
        try:
            patience_s = LONG_PATIENCE_S if old else PATIENCE_S
            return Shown(await asyncio.wait_for(asyncio.shield(making), patience_s))
        except TimeoutError:
            making.add_done_callback(_seen)
            return Shown(held[0], "the ledger is slow to answer" if old else "")
        except LedgerError as error:
            return Shown(held[0], str(error))

    async def _make(self, period: Period) -> T:
        began = time.monotonic()
        drawn = await asyncio.to_thread(self._make_page, period, self._now_us())
        ended = time.monotonic()
        self._held[period.key] = (drawn, ended, ended + max(KEEP_S, _KEEP_SHARE * (ended - began)))
        return drawn


def _seen(task: asyncio.Task[T]) -> None:
    """Somebody else asked and left: the error was, or will be, shown to the next who asks."""
    if not task.cancelled():
        task.exception()
