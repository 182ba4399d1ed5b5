"""A toy worker whose agent ``b`` waits for its broker at a flush between records: a replica lags."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from stream.agents.durability import Durability
from stream.agents.folding import Folding
from tests.broker.toy_worker import main

STUCK_S = 12.0
SAID = "b waits for its broker"
_write, _tick = Durability._write, Folding.tick
_between: set[str] = set()  #: agents whose timer flushes
_was_stuck: set[str] = set()


async def tick(self: Folding) -> None:
    if self.turn.locked():
        return
    _between.add(self.spec.name)
    await _tick(self)
    _between.discard(self.spec.name)


async def write_late(self: Durability, stage: Sequence[Any]) -> None:
    if self._agent == "b" in _between and "b" not in _was_stuck:
        _was_stuck.add("b")
        print(SAID, flush=True)
        await asyncio.sleep(STUCK_S)
    await _write(self, stage)


if __name__ == "__main__":
    Durability._write, Folding.tick = write_late, tick  # type: ignore[method-assign]
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
