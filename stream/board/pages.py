"""Pages kept for a moment, so that many viewers cost one reading, and a ledger in trouble costs none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from stream.board import charts
from stream.board.page import Page
from stream.board.period import Period, Window, window
from stream.board.summary import Readings, summarise
from stream.ledger.errors import LedgerError

KEEP_S: Final = 2.0
_KEEP_SHARE: Final = 5.0  #: a page that took long to make is kept so many times as long
PATIENCE_S: Final = 1.0  #: with a last page at hand, nobody waits longer for the next


@dataclass(frozen=True)
class Drawn:
    """A page and its charts as SVG, by key."""

    page: Page
    charts: Mapping[str, str]


@dataclass(frozen=True)
class Shown:
    """What a viewer gets. ``trouble``: why it is the last page and not a new one; "" when it is new."""

    drawn: Drawn
    trouble: str = ""


def make(read: Callable[[Window], Readings], period: Period, now_us: int) -> Drawn:
    """Read, summarise, draw. Blocking. Raises LedgerError."""
    frame = window(period, now_us)
    page = summarise(read(frame), frame)
    drawn = {chart.key: charts.draw(chart, charts.PULSE) for chart in page.pulse}
    drawn |= {chart.key: charts.draw(chart, charts.CHART) for chart in page.charts}
    return Drawn(page, drawn)


class Pages:
    """The newest page of each period. For one event loop."""

    def __init__(self, read: Callable[[Window], Readings], now_us: Callable[[], int]) -> None:
        self._read, self._now_us = read, now_us
        self._held: dict[str, tuple[Drawn, float]] = {}  # page, monotonic time until which it is new
        self._making: dict[str, asyncio.Task[Drawn]] = {}

    async def get(self, period: Period) -> Shown:
        """The page of a period, made anew when the held one is old. Raises LedgerError when none is held."""
        held = self._held.get(period.key)
        if held is not None and time.monotonic() < held[1]:
            return Shown(held[0])
        making = self._making.get(period.key)
        if making is None:
            making = asyncio.create_task(self._make(period))
            self._making[period.key] = making
            making.add_done_callback(lambda _: self._making.pop(period.key, None))
        if held is None:
            return Shown(await asyncio.shield(making))
        try:
            return Shown(await asyncio.wait_for(asyncio.shield(making), PATIENCE_S))
        except TimeoutError:
            making.add_done_callback(_seen)
            return Shown(held[0], "the ledger is slow to answer")
        except LedgerError as error:
            return Shown(held[0], str(error))

    async def _make(self, period: Period) -> Drawn:
        began = time.monotonic()
        drawn = await asyncio.to_thread(make, self._read, period, self._now_us())
        ended = time.monotonic()
        self._held[period.key] = (drawn, ended + max(KEEP_S, _KEEP_SHARE * (ended - began)))
        return drawn


def _seen(task: asyncio.Task[Drawn]) -> None:
    """Somebody else asked and left: the error was, or will be, shown to the next who asks."""
    if not task.cancelled():
        task.exception()
