"""The spool: what is answered is on the disk, what cannot be is put off with its reason, and nothing
else is.
"""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cramjam
import pytest

from collectors._sdk.errors import NotNow, SpoolUnusable
from collectors._sdk.meters import Meters
from collectors._sdk.spool import Spool, SpoolBounds
from collectors._sdk.spool_bodies import NotReadable, from_frame, to_frame
from collectors._sdk.spool_disk import DirectoryDisk
from collectors._sdk.spool_frames import Frame, find_frames, pack_frame
from collectors._sdk.spool_segments import Segments
from collectors.host import RECEIVERS
from tests.contract.samples import CONTENT, body, sample
from tests.support.spool_disk import CrashingDisk
from tests.unit.collectors.samples import SECRET, admit

KINDS = [receiver.kind for receiver in RECEIVERS]
_US = 1_000_000


def frames(count: int, size: int = 40) -> list[Frame]:
    return [Frame(1, n + 1, bytes([n % 256]) * size) for n in range(count)]


class Clock:
    """Microseconds, set by hand."""

    now_us = 100 * _US

    def __call__(self) -> int:
        return self.now_us


def spooling(
    use: Callable[[Spool], Awaitable[Any]], disk: Any = None, clock: Clock | None = None, **bounds: Any
) -> Any:
    """What ``use`` returns of a spool with these bounds."""
    disk = disk or CrashingDisk()
    bounds = {"most_bytes": 10_000, "fsync_s": 0.0, **bounds}

    async def run() -> Any:
        spool = Spool(Segments(disk, "00", 1000), clock or Clock(), Meters(), SpoolBounds(**bounds))
        try:
            return await use(spool)
        finally:
            await spool.close()

    return asyncio.run(run())


@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda receiver: receiver.name)
def test_a_body_comes_back_as_it_was_admitted(receiver: Any) -> None:
    """Records, aliases and refusals of every kind; what the source wrote is not on the disk."""
    items = [*(sample(receiver.name, n) for n in range(3)), None, {SECRET: CONTENT}]
    admitted = admit(body(receiver, *items), receiver=receiver)
    frame = to_frame(admitted, 7)
    spooled = from_frame(frame, KINDS)
    again = spooled.admitted
    assert (again.records, again.aliases) == (admitted.records, admitted.aliases)
    assert (again.kind, again.source_key) == (admitted.kind, admitted.source_key)
    assert (spooled.accepted_us, frame.events) == (7, len(admitted.records) + len(admitted.refused))
    assert [(r.index, r.reason, r.digest) for r in again.refused] == [
        (r.index, r.reason, r.digest) for r in admitted.refused
    ]
    assert len(admitted.records) >= 3 and admitted.refused
    stored = bytes(cramjam.zstd.decompress(frame.payload))
    for never in (CONTENT, SECRET, "ann@", "example.org"):
        assert never.encode() not in stored


def test_what_another_release_wrote_is_said() -> None:
    """Neither guessed nor dropped."""
    frame = to_frame(admit([sample("events", 1)]), 1)
    with pytest.raises(NotReadable):
        from_frame(frame, [])
    with pytest.raises(NotReadable):
        from_frame(frame._replace(payload=frame.payload[:-1]), KINDS)


def test_a_torn_end_is_left_out_and_damage_in_the_middle_is_counted() -> None:
    """Each frame before and behind it is read."""
    held = frames(5)
    packed = [pack_frame(frame) for frame in held]
    whole = b"".join(packed)
    for cut in range(len(packed[-1])):
        assert find_frames(whole[: len(whole) - len(packed[-1]) + cut]) == (held[:-1], 0)
    for at in range(len(packed[0]), 2 * len(packed[0])):
        broken = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        assert find_frames(broken) == ([held[0], *held[2:]], 1)


def test_bodies_that_come_together_share_one_fsync() -> None:
    """And each is answered after it."""
    disk = CrashingDisk()

    async def use(spool: Spool) -> None:
        await asyncio.gather(*(spool.put(frame) for frame in frames(50)))

    spooling(use, disk, fsync_s=0.01)
    assert disk.syncs == 1
    assert Segments(disk, "00", 1000).events == 50


def test_beyond_its_bounds_nothing_is_taken() -> None:
    """Full, too old, or more in memory than may wait: 503 with the reason, and what is held stays."""
    clock = Clock()
    clock.now_us = 1

    async def use(spool: Spool) -> list[str]:
        said = []
        for frame in frames(4):
            await spool.put(frame)
        for more, now_us in ((10_000, 1), (0, 10 * _US + 2)):
            clock.now_us = now_us
            with pytest.raises(NotNow) as caught:
                spool.check(more)
            said.append(caught.value.reason)
        clock.now_us = 1
        both = await asyncio.gather(*(spool.put(frame) for frame in frames(2, 600)), return_exceptions=True)
        assert both[0] is None
        assert isinstance(both[1], NotNow)
        said.append(both[1].reason)
        assert both[1].status == 503
        assert spool.events == 5
        return said

    found = spooling(use, clock=clock, oldest_s=10.0, waiting_bytes=1000, fsync_s=0.01)
    assert found == ["spool_full", "spool_old", "spool_busy"]


def test_a_failed_write_is_503_and_nothing_of_it_counts() -> None:
    """At each operation of the disk; the next body is taken."""
    for at in range(3):
        disk = CrashingDisk()

        async def use(spool: Spool, at: int = at, disk: CrashingDisk = disk) -> None:
            disk.fail_in, disk.part = at, 0.7
            with pytest.raises(NotNow, match="No space left") as caught:
                await spool.put(frames(1)[0])
            assert (caught.value.status, caught.value.reason) == (503, "spool_failed")
            assert spool.events == 0
            await spool.put(frames(2)[1])

        spooling(use, disk)
        held = Segments(disk, "00", 1000)
        assert held.events == 1


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The kernel lets no file of this process grow beyond, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_disk_that_is_full_in_the_middle_of_a_body(tmp_path: Path) -> None:
    """A real file system that writes a part and then no more: the part is cut off again."""
    disk = DirectoryDisk(tmp_path / "spool")
    segments = Segments(disk, disk.lane, 100_000)
    segments.append(frames(2))
    size = segments.size
    with largest_file(size + 30), pytest.raises(OSError):
        segments.append(frames(3))
    assert [p.stat().st_size for p in (tmp_path / "spool" / "00").glob("*.seg")] == [size]
    segments.append(frames(1))
    disk.close()
    again = DirectoryDisk(tmp_path / "spool")
    assert Segments(again, again.lane, 1000).events == 3
    again.close()


def test_collectors_share_a_directory_and_what_one_leaves_is_taken_over(tmp_path: Path) -> None:
    """Two at once write to lanes of their own; what a killed one held, the next to start sends."""
    first, second = DirectoryDisk(tmp_path), DirectoryDisk(tmp_path)
    assert (first.lane, second.lane) == ("00", "01")
    Segments(second, second.lane, 1000).append(frames(3))
    assert Segments(first, first.lane, 1000).events == 0
    second.close()
    third = DirectoryDisk(tmp_path)
    assert (third.lane, Segments(third, third.lane, 1000).events) == ("01", 3)
    third.close()
    first.close()
    fourth = DirectoryDisk(tmp_path)
    assert (fourth.lane, Segments(fourth, fourth.lane, 1000).events) == ("00", 3)
    fourth.close()
    assert (tmp_path / "01").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("*/*"))


def test_a_directory_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    """With the mend."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolUnusable, match=r"spool\.directory: .*; name one"):
        DirectoryDisk(tmp_path / "file")
