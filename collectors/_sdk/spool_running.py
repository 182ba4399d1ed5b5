"""The spool of a collector as its configuration says, and its replay while the collector runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from collectors._sdk.configuration import DEFAULT_SPOOL, MEBIBYTE, SpoolPart
from collectors._sdk.errors import SpoolUnusable
from collectors._sdk.meters import Meters
from collectors._sdk.spool import Spool, SpoolBounds
from collectors._sdk.spool_disk import DirectoryDisk
from collectors._sdk.spool_replay import Replay
from collectors._sdk.spool_segments import Segments

_MOST_SEGMENT_BYTES: Final = 8 * MEBIBYTE
_HOUR_S: Final = 3600
log = logging.getLogger(__name__)


def open_spool(
    part: SpoolPart, base: Path, clock: Callable[[], int], meters: Meters, *, wanted: bool
) -> Spool | None:
    """``wanted``: whether any receiver spools; if none does, what an earlier run left is still to be sent. A
    relative directory is relative to ``base``. Raises SpoolUnusable.
    """
    directory = base / part.directory if part.directory is not None else DEFAULT_SPOOL
    if not wanted and not directory.exists():
        return None
    most_bytes = part.max_mib * MEBIBYTE
    disk = DirectoryDisk(directory)
    try:
        segments = Segments(disk, disk.lane, min(_MOST_SEGMENT_BYTES, most_bytes // 4))
    except OSError as error:
        disk.close()
        raise SpoolUnusable(
            f"spool.directory: {directory}: cannot be read: {error.strerror}; mend it, or name another"
        ) from None
    bounds = SpoolBounds(most_bytes, part.max_age_hours * _HOUR_S, part.fsync_ms / 1000)
    return Spool(segments, clock, meters, bounds, disk.close)


@contextlib.asynccontextmanager
async def replaying(spool: Spool | None, replay: Callable[[Spool], Replay]) -> AsyncIterator[None]:
    """Sends what is held while the context lasts, and closes the spool at its end."""
    if spool is None:
        yield
        return
    task = asyncio.create_task(replay(spool).run())
    task.add_done_callback(_tell)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        await spool.close()


def _tell(task: asyncio.Task[None]) -> None:
    """A replay never ends by itself; what is held stays where it is, and its age shows on /metrics."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("spool: the replay has ended; start the collector anew", exc_info=error)
