"""The replay: in order, again until it is acknowledged, and a segment goes only after all that is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from collectors._sdk import spool_replay
from collectors._sdk.configuration import SpoolPart
from collectors._sdk.errors import NotNow
from collectors._sdk.meters import Meters
from collectors._sdk.spool import Spool
from collectors._sdk.spool_bodies import to_frame
from collectors._sdk.spool_frames import Frame
from collectors._sdk.spool_replay import Replay
from collectors._sdk.spool_running import open_spool, replaying
from collectors._sdk.usage import USAGE
from tests.unit.collectors.samples import admit, event

BODIES = 12


class Acknowledging:
    """In place of the batcher. ``deliveries``: numbers of bodies, in order; ``failing``: how often each
    is put off first; ``held``: bodies that are never answered.
    """

    most_queued = 8
    ready = True

    def __init__(self, failing: dict[int, int], held: frozenset[int] = frozenset()) -> None:
        self.failing, self.held = dict(failing), held
        self.deliveries: list[int] = []
        self.acknowledged: list[int] = []

    def flush(self) -> None:
        """Nothing gathers here."""

    async def deliver(self, admitted: Any, *, accepted_us: int) -> None:
        self.deliveries.append(accepted_us)
        await asyncio.sleep(0)
        if accepted_us in self.held:
            await asyncio.Event().wait()
        if self.failing.get(accepted_us, 0):
            self.failing[accepted_us] -= 1
            raise NotNow(503, "not_acknowledged", "away")
        self.acknowledged.append(accepted_us)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_replay, "_AGAIN_S", 0.001)
    monkeypatch.setattr(spool_replay, "_LOOK_S", 0.001)


def replay(
    directory: Path, batcher: Acknowledging, meters: Meters, use: Callable[[Spool], Awaitable[None]]
) -> None:
    """``use`` runs beside the replay of what the directory holds."""

    async def run() -> None:
        spool = open_spool(SpoolPart(directory=directory), Path(), lambda: 1, meters, wanted=True)
        assert spool is not None
        async with replaying(spool, lambda held: Replay(held, batcher, [USAGE], meters)):  # type: ignore[arg-type]
            await use(spool)

    asyncio.run(run())


def fill(directory: Path, *odd: Frame) -> None:
    """Numbered bodies of two events, and frames that no release can read."""

    async def run() -> None:
        spool = open_spool(SpoolPart(directory=directory), Path(), lambda: 1, Meters(), wanted=True)
        assert spool is not None
        for number in range(1, BODIES + 1):
            both = admit([event(event_id=f"{number}-a"), event(event_id=f"{number}-b")])
            await spool.put(to_frame(both, number))
        for frame in odd:
            await spool.put(frame)
        await spool.close()

    asyncio.run(run())


async def until_empty(spool: Spool) -> None:
    async with asyncio.timeout(10):
        while spool.events:
            await asyncio.sleep(0.001)


def sample(meters: Meters, name: str) -> float:
    found = meters.registry.get_sample_value(name)
    assert found is not None
    return found


def test_each_body_is_sent_in_order_until_it_is_acknowledged(tmp_path: Path) -> None:
    """A body that was put off comes again, the others do not; each counts once."""
    fill(tmp_path)
    batcher, meters = Acknowledging({2: 3, 7: 1}), Meters()
    replay(tmp_path, batcher, meters, until_empty)
    assert list(dict.fromkeys(batcher.deliveries)) == list(range(1, BODIES + 1))
    assert sorted(batcher.acknowledged) == list(range(1, BODIES + 1))
    assert len(batcher.deliveries) == BODIES + 4
    assert sample(meters, "llm_collector_spool_replayed_events_total") == 2 * BODIES
    assert not list(tmp_path.glob("*/*.seg"))


def test_what_is_not_acknowledged_stays_on_the_disk(tmp_path: Path) -> None:
    """A replay that ends in the middle sends the segment again, all of it."""
    fill(tmp_path)
    batcher = Acknowledging({}, held=frozenset({BODIES}))

    async def until_held(spool: Spool) -> None:
        async with asyncio.timeout(10):
            while BODIES not in batcher.deliveries:
                await asyncio.sleep(0.001)

    replay(tmp_path, batcher, Meters(), until_held)
    assert list(tmp_path.glob("*/*.seg"))
    again = Acknowledging({})
    replay(tmp_path, again, Meters(), until_empty)
    assert again.acknowledged == list(range(1, BODIES + 1))


def test_what_cannot_be_read_is_counted_and_kept(tmp_path: Path) -> None:
    """All others are sent, once; the file stays beside the spool."""
    fill(tmp_path, Frame(1, 99, b"of a later release"))
    batcher, meters = Acknowledging({}), Meters()
    replay(tmp_path, batcher, meters, until_empty)
    assert batcher.acknowledged == list(range(1, BODIES + 1))
    assert sample(meters, "llm_collector_spool_damaged_total") == 1
    assert len(list(tmp_path.glob("*/*.unread"))) == 1
    assert not list(tmp_path.glob("*/*.seg"))
