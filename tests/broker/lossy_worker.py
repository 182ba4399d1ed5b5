"""A toy worker that loses three records of every partition on their way to the fold, once."""

from __future__ import annotations

import sys
from typing import Any

from stream.agents.folding import Folding
from stream.agents.ownership import Slot
from tests.broker.toy_worker import main

LOST = range(120, 123)
_fold = Folding._fold
_lost: set[tuple[int, int]] = set()


async def fold_but_lose(self: Folding, slot: Slot, message: Any) -> None:
    place = (message.partition, message.offset)
    if message.offset in LOST and place not in _lost:
        _lost.add(place)
        return
    await _fold(self, slot, message)


if __name__ == "__main__":
    Folding._fold = fold_but_lose  # type: ignore[method-assign]
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
