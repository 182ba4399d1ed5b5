"""What the parts of one worker share. Made once, by the runtime; holds no decisions."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import faust

from stream.agents.meters import Meters
from stream.agents.ownership import Ownership
from stream.agents.repositioning import ExactConsumer
from stream.agents.sidelog import SideLog
from stream.agents.stopping import Stop, reason_of, stop_process
from stream.agents.topicids import TopicIds
from stream.settings import WorkerSettings

_log = logging.getLogger("tokonomics.worker")


@dataclass
class Context:
    app: faust.App
    settings: WorkerSettings
    log: SideLog
    topic_ids: TopicIds
    ownership: Ownership = field(default_factory=Ownership)
    meters: Meters = field(default_factory=Meters)
    stop: Stop = stop_process
    #: rebuilds read and fold here, two at a time: the event loop stays free for what already counts
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(2, thread_name_prefix="rebuild")
    )
    stopping_since: float | None = None  #: when an orderly end began, monotonic
    beat_at: float = field(default_factory=time.monotonic)  #: last sign of life of the event loop

    async def or_stop(self, work: Awaitable[None], matters: Callable[[], bool] = lambda: True) -> None:
        """Await; an error that ``matters()`` ends the process. Faust would swallow it, or skip."""
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 going on could acknowledge what is not counted
            if matters():
                _log.debug("stopping", exc_info=error)
                self.stop(reason_of(error), str(error))

    @property
    def consumer(self) -> ExactConsumer:
        """Faust's consumer, which is ours: the transport makes it."""
        return cast(ExactConsumer, self.app.consumer)
