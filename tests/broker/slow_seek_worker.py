"""A toy worker in which Faust takes its time to end its seek after a replay, with or without our work-around.

``python -m tests.broker.slow_seek_worker mended|stock SETTINGS_JSON PREFIX NAME:PARTITIONS``
"""

from __future__ import annotations

import asyncio
import sys
import time

from stream.agents import runtime
from stream.agents.ports import Partition
from stream.agents.repositioning import ExactConsumer
from stream.agents.spec import AgentSpec
from stream.app import run_worker
from stream.core.changelog import LogStart, Plan
from stream.core.partition import Offer
from stream.settings import WorkerSettings
from tests.broker.toy_partition import ToyPartition
from tests.broker.toy_worker import parse_configuration

SLOW_S = 1.6  #: beyond the second for which Faust's fetcher sleeps after a replay
FOLD_S = 0.008  #: so that the queue is not empty when Faust empties it
_seek = ExactConsumer.perform_seek


class NothingToRefold(ToyPartition):
    """Goes live at once, as an agent without deciding state does: it is not paused for a rebuild."""

    def plan(self, start: LogStart) -> Plan:
        plan = super().plan(start)
        self.end_rebuild()
        return Plan(plan.resume_at, plan.resume_at, ())

    def offer(self, offset: int, timestamp_ms: int, value: bytes) -> Offer:
        time.sleep(FOLD_S)
        return super().offer(offset, timestamp_ms, value)


async def seek_slowly(self: ExactConsumer) -> None:
    await _seek(self)
    await asyncio.sleep(SLOW_S)


def make_partition(partition: int, configurations: object) -> Partition:
    return NothingToRefold(partition, configurations)  # type: ignore[arg-type]


def main(variant: str, settings: str, prefix: str, agent: str) -> None:
    name, count = agent.split(":")
    ExactConsumer.perform_seek = seek_slowly  # type: ignore[method-assign]
    if variant == "stock":
        runtime.quiet_before_seek = lambda app: None  # type: ignore[attr-defined]
    spec = AgentSpec(
        name,
        f"{prefix}.src.{name}",
        f"{prefix}.state.{name}",
        int(count),
        make_partition,
        parse_configuration,
    )
    run_worker(WorkerSettings.model_validate_json(settings), lambda _: [spec])


if __name__ == "__main__":
    main(*sys.argv[1:])
