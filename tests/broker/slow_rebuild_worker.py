"""A toy worker whose rebuilds take their time, so that a rebalance can fall into one."""

from __future__ import annotations

import sys
import time

from stream.agents.spec import AgentSpec
from stream.app import run_worker
from stream.settings import WorkerSettings
from tests.broker.toy_partition import ToyPartition
from tests.broker.toy_worker import toy_spec

PER_RECORD_S = 0.02


class SlowToRebuild(ToyPartition):
    def rebuild(self, offset: int, timestamp_ms: int, value: bytes) -> None:
        time.sleep(PER_RECORD_S)
        super().rebuild(offset, timestamp_ms, value)


def spec(prefix: str, agent: str) -> AgentSpec:
    name, count = agent.split(":")
    toy = toy_spec(prefix, name, int(count))
    return AgentSpec(name, toy.source, toy.changelog, toy.partitions, SlowToRebuild, toy.parse_configuration)


if __name__ == "__main__":
    run_worker(
        WorkerSettings.model_validate_json(sys.argv[1]),
        lambda _: [spec(sys.argv[2], agent) for agent in sys.argv[3:]],
    )
