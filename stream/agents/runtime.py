"""Ties the parts to Faust's signals. One runtime per Faust app; agents are added from a list of specs."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import faust

from stream.agents.configs import ConfigStore
from stream.agents.context import Context
from stream.agents.faults import quiet_before_seek
from stream.agents.folding import Folding
from stream.agents.gaps import close_due_holes
from stream.agents.ownership import Phase
from stream.agents.planning import plan_assignment
from stream.agents.positions import Positions
from stream.agents.replay import Replay
from stream.agents.sidelog import SideLog
from stream.agents.spec import AgentSpec
from stream.agents.table import ExactTable
from stream.agents.topicids import TopicIds
from stream.contract import topics
from stream.settings import WorkerSettings

_log = logging.getLogger("tokonomics.assignment")
_TICK_S = 0.25
_HOLES_EVERY_S = 1.0


class Runtime:
    """The exact runtime of one Faust app."""

    def __init__(self, app: faust.App, settings: WorkerSettings) -> None:
        self.context = Context(
            app, settings, SideLog(settings.broker), TopicIds(settings.broker, settings.flush_timeout_s)
        )
        self._positions, self._replay = Positions(self.context), Replay(self.context)
        self._foldings: list[Folding] = []
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_partitions_assigned.connect(self._replay.begin)
        app.on_rebalance_complete.connect(self._on_rebalance_complete)
        app.on_before_shutdown.connect(self._on_shutdown)

    def add(self, spec: AgentSpec) -> Any:
        """Make the agent of a spec; returns the Faust agent."""
        app, folding = self.context.app, Folding(self.context, spec)
        source = app.topic(
            spec.source,
            value_type=bytes,
            value_serializer="raw",
            key_serializer="raw",
            partitions=spec.partitions,
        )
        store = ConfigStore(
            self.context.log, topics.CONFIG, spec.parse_configuration, self.context.settings.config_timeout_s
        )
        ExactTable.declare(app, spec, self.context.ownership, store)
        self._foldings.append(folding)

        async def tick() -> None:
            await self._tick(folding)

        async def close_holes() -> None:
            await self.context.or_stop(close_due_holes(self.context, folding))

        # timers of its own: no agent waits for what the flush of another waits for
        app.timer(_TICK_S, name=f"flush.{spec.name}")(tick)
        app.timer(_HOLES_EVERY_S, name=f"holes.{spec.name}")(close_holes)

        async def agent(stream: Any) -> None:
            await folding.consume(stream)

        return app.agent(source, name=f"{app.conf.id}.{spec.name}")(agent)

    async def _on_revoked(self, *_: Any, **__: Any) -> None:
        self.context.ownership.release()

    async def _on_rebalance_complete(self, *_: Any, **__: Any) -> None:
        """The changelog has been replayed; Faust is about to seek and to resume."""
        began = time.monotonic()
        self._replay.end()
        quiet_before_seek(self.context.app)
        self.context.consumer.after_seek = self._positions.after_seek
        ownership = self.context.ownership
        releases = ownership.releases
        await self.context.or_stop(plan_assignment(self.context))
        if ownership.hold(releases):
            self.context.meters.rebalances.inc()
            held = ",".join(f"{slot.tp.topic}[{slot.tp.partition}]" for slot in ownership)
            _log.info("assigned partitions=%s planned_s=%.2f", held or "none", time.monotonic() - began)

    async def _on_shutdown(self, *_: Any, **__: Any) -> None:
        """Everything folded becomes durable and is acknowledged; Faust then commits and leaves the group."""
        self.context.stopping_since = time.monotonic()
        self._replay.end()
        if self.context.ownership.held:
            ends = [self.context.or_stop(folding.flush_now(force=True)) for folding in self._foldings]
            await asyncio.gather(*ends)
        self.context.ownership.release()
        self.context.pool.shutdown(wait=False, cancel_futures=True)

    async def _tick(self, folding: Folding) -> None:
        await self.context.or_stop(folding.tick())
        for phase in Phase:
            count = sum(s.phase is phase and s.spec is folding.spec for s in self.context.ownership)
            self.context.meters.partitions.labels(folding.spec.name, phase.value).set(count)


def exact_agent(runtime: Runtime, spec: AgentSpec) -> Any:
    """One agent from a spec. One app with four agents, or one app each, is only another list."""
    return runtime.add(spec)
