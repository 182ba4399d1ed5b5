"""A worker process with toy partitions: ``python toy_worker.py SETTINGS_JSON PREFIX NAME:PARTITIONS...``.

Each agent NAME reads PREFIX.src.NAME and keeps its state in PREFIX.state.NAME.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stream.agents.spec import AgentSpec
from stream.app import run_worker
from stream.settings import WorkerSettings
from tests.broker.toy_partition import ToyPartition


def parse_configuration(digest: str, value: bytes) -> bytes:
    if value == b"broken":
        raise ValueError("its content has another hash; apply it again")
    return value


def toy_spec(prefix: str, name: str, partitions: int) -> AgentSpec:
    source, changelog = f"{prefix}.src.{name}", f"{prefix}.state.{name}"
    return AgentSpec(name, source, changelog, partitions, ToyPartition, parse_configuration)


def main(settings: str, prefix: str, agents: Sequence[str]) -> None:
    wanted = [(name, int(count)) for name, count in (agent.split(":") for agent in agents)]
    run_worker(
        WorkerSettings.model_validate_json(settings),
        lambda _: [toy_spec(prefix, name, count) for name, count in wanted],
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
