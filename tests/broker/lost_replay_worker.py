"""A toy worker whose changelog records are fetched and lost once, at the begin of its first replay.

``python -m tests.broker.lost_replay_worker mended|stock SETTINGS_JSON PREFIX NAME:PARTITIONS``
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from faust.tables.recovery import Recovery

from stream.agents.replay import Replay
from stream.agents.spec import AgentSpec
from stream.app import run_worker
from stream.settings import WorkerSettings
from tests.broker.slow_seek_worker import make_partition
from tests.broker.toy_worker import parse_configuration

_seek = Recovery._seek_offsets
_lost: list[object] = []


async def seek_beyond(self: Recovery, consumer: Any, tps: Any, offsets: Counter[Any], title: str) -> None:
    """To the end, as if all had been fetched already, and to the begin when it is asked again."""
    await _seek(self, consumer, tps, offsets, title)
    if not _lost and any(self.active_highwaters[tp] >= 0 for tp in tps):
        _lost.append(True)
        await consumer.seek_wait({tp: self.active_highwaters[tp] + 1 for tp in tps})


async def do_nothing(self: Replay, *_: Any, **__: Any) -> None:
    """In place of the work-around."""


def main(variant: str, settings: str, prefix: str, agent: str) -> None:
    name, count = agent.split(":")
    Recovery._seek_offsets = seek_beyond  # type: ignore[method-assign]
    if variant == "stock":
        Replay.begin = do_nothing  # type: ignore[method-assign]
    source, changelog = f"{prefix}.src.{name}", f"{prefix}.state.{name}"
    spec = AgentSpec(name, source, changelog, int(count), make_partition, parse_configuration)
    run_worker(WorkerSettings.model_validate_json(settings), lambda _: [spec])


if __name__ == "__main__":
    main(*sys.argv[1:])
