"""Pages kept for a moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

import pytest

from stream.board import pages
from stream.board.drawing import Drawn, make
from stream.board.pages import Pages
from stream.board.period import PERIODS, Window
from stream.board.summary import Readings
from stream.ledger.errors import LedgerError
from tests.unit.board.rows import NOW_US, Ledger

PERIOD = PERIODS[0]


def held(read: Callable[[Window], Readings]) -> Pages[Drawn]:
    return Pages(partial(make, read), lambda: NOW_US)


def test_many_viewers_cost_one_reading() -> None:
    """A hundred who ask at once, and more within the time a page is kept, read the ledger once."""
    readings = []

    def read(window: Window) -> Readings:
        readings.append(window)
        return Ledger().readings

    async def ask() -> None:
        found = held(read)
        await asyncio.gather(*(found.get(PERIOD) for _ in range(100)))
        await found.get(PERIOD)

    asyncio.run(ask())
    assert len(readings) == 1


def test_a_ledger_that_fails_leaves_the_last_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason; the next that can be read is new again. Without a last page the error is raised."""
    monkeypatch.setattr(pages, "KEEP_S", 0.0)
    monkeypatch.setattr(pages, "_KEEP_SHARE", 0.0)
    trouble: list[LedgerError] = [LedgerError("missing", "no ledger")]

    def read(_: Window) -> Readings:
        if trouble:
            raise trouble[0]
        return Ledger().readings

    async def ask() -> None:
        found = held(read)
        with pytest.raises(LedgerError, match="no ledger"):
            await found.get(PERIOD)
        trouble.clear()
        first = await found.get(PERIOD)
        assert first.trouble == ""
        trouble.append(LedgerError("unavailable", "database is locked"))
        last = await found.get(PERIOD)
        assert (last.drawn, last.trouble) == (first.drawn, "database is locked")
        trouble.clear()
        assert (await found.get(PERIOD)).trouble == ""

    asyncio.run(ask())


def test_nobody_waits_for_a_slow_ledger_with_a_page_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last page comes after a moment of patience; the reading that is under way is not begun again."""
    monkeypatch.setattr(pages, "KEEP_S", 0.0)
    monkeypatch.setattr(pages, "_KEEP_SHARE", 0.0)
    monkeypatch.setattr(pages, "OLD_S", 0.0)
    monkeypatch.setattr(pages, "PATIENCE_S", 0.05)
    monkeypatch.setattr(pages, "LONG_PATIENCE_S", 0.05)
    go_on, begun = threading.Event(), []
    go_on.set()

    def read(_: Window) -> Readings:
        begun.append(1)
        assert go_on.wait(30)
        return Ledger().readings

    async def ask() -> None:
        found = held(read)
        first = await found.get(PERIOD)
        go_on.clear()
        slow = [await found.get(PERIOD) for _ in range(2)]
        assert [one.drawn for one in slow] == [first.drawn] * 2
        assert slow[0].trouble == "the ledger is slow to answer"
        monkeypatch.setattr(pages, "OLD_S", 30.0)
        assert (await found.get(PERIOD)).trouble == ""  # some seconds old, as its own time says
        go_on.set()

    asyncio.run(ask())
    assert len(begun) == 2


def test_who_comes_after_a_long_while_gets_a_new_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old page is not shown just because the next takes a moment longer than usual."""
    monkeypatch.setattr(pages, "KEEP_S", 0.0)
    monkeypatch.setattr(pages, "_KEEP_SHARE", 0.0)
    monkeypatch.setattr(pages, "OLD_S", 0.0)
    monkeypatch.setattr(pages, "PATIENCE_S", 0.01)
    slow = threading.Event()

    def read(_: Window) -> Readings:
        slow.wait(0.3)
        return Ledger().readings

    async def ask() -> None:
        found = held(read)
        first = await found.get(PERIOD)
        later = await found.get(PERIOD)
        assert later.drawn is not first.drawn and later.trouble == ""

    asyncio.run(ask())
