"""A worker process with toy partitions: `python toy_worker.py SETTINGS_JSON NAME:PARTITIONS...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from toy_partition import ToyPartition

from stream.agents.spec import AgentSpec
from stream.app import run_worker
from stream.settings import WorkerSettings


def main(settings: str, agents: Sequence[str]) -> None:
    """``agents``: name:partitions each."""

    def specs(_: int) -> Sequence[AgentSpec]:
        return [
            AgentSpec(name, f"src.{name}", f"state.{name}", int(count), ToyPartition)
            for name, count in (agent.split(":") for agent in agents)
        ]

    run_worker(WorkerSettings.model_validate_json(settings), specs)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
