"""Which partitions this worker holds, keyed by (topic, partition), and their way to counting."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from faust.types import TP

from stream.agents.holes import Hole
from stream.agents.ports import Configurations, Partition
from stream.agents.sidelog import LogHead
from stream.agents.spec import AgentSpec
from stream.core.changelog import Plan


class Phase(Enum):
    """The changelog is being read; the log is folded again without rows; it counts."""

    REPLAYING = "replaying"
    REBUILDING = "rebuilding"
    LIVE = "live"


@dataclass(eq=False)
class Slot:
    """One assigned partition. Made anew whenever its state has to come from the changelog."""

    tp: TP
    spec: AgentSpec
    core: Partition
    configurations: Configurations
    phase: Phase = Phase.REPLAYING
    replayed: int = 0  #: changelog records loaded
    first_replayed: int | None = None  #: lowest changelog offset loaded
    plan: Plan | None = None
    ids: dict[str, str] = field(default_factory=dict)  #: of the source topic and the changelog, when planned
    head: LogHead | None = None  #: how the source log began when it was last looked at
    hole: Hole | None = None
    unacked: deque[Any] = field(default_factory=deque)  #: Faust messages folded or seen twice, in order
    cancelled: threading.Event = field(default_factory=threading.Event)
    highest_seen: int = -1  #: of the source offsets delivered, folded or not: lag without asking the broker
    repositioning: bool = False  #: a seek is under way: what comes is from the position being left


class Ownership:
    """Slots of the present assignment. A slot exists from assignment on; it may count while ``held``."""

    def __init__(self) -> None:
        self._slots: dict[TP, Slot] = {}
        self.held = False
        self._releases = 0

    def assign(self, spec: AgentSpec, configurations: Configurations, assigned: set[TP]) -> set[TP]:
        """Take a new assignment of the spec's source topic; returns the partitions that start from nothing.

        A live partition that stays keeps its memory: it is a valid prefix whatever others wrote meanwhile.
        """
        wanted = {tp for tp in assigned if tp.topic == spec.source}
        for tp in [tp for tp in self._slots if tp.topic == spec.source and tp not in wanted]:
            self._slots.pop(tp).cancelled.set()
        fresh = {tp for tp in wanted if tp not in self._slots or self._slots[tp].phase is not Phase.LIVE}
        for tp in fresh:
            if tp in self._slots:
                self._slots[tp].cancelled.set()
            self._slots[tp] = Slot(tp, spec, spec.new_partition(tp.partition, configurations), configurations)
        return fresh

    def release(self) -> None:
        """A rebalance begins: nothing may be folded or acknowledged until the next assignment is complete."""
        self.held = False
        self._releases += 1
        for slot in self._slots.values():
            slot.hole = None
            slot.unacked.clear()
            if slot.phase is not Phase.LIVE:
                slot.cancelled.set()

    @property
    def releases(self) -> int:
        """How many rebalances have begun: what was planned before the newest is void."""
        return self._releases

    def hold(self, releases: int) -> bool:
        """The assignment is complete, unless another rebalance has begun since ``releases`` was read."""
        if releases != self._releases:
            return False
        self.held = True
        return True

    def slot(self, tp: TP) -> Slot | None:
        """The slot of an assigned partition, held or not."""
        return self._slots.get(tp)

    def live(self, tp: TP) -> Slot | None:
        """The slot, if it may fold now."""
        slot = self._slots.get(tp) if self.held else None
        return slot if slot is not None and slot.phase is Phase.LIVE else None

    def is_current(self, slot: Slot) -> bool:
        """True while the slot is held: what belongs to a former assignment must not be acknowledged."""
        return self.held and self._slots.get(slot.tp) is slot

    def __iter__(self) -> Iterator[Slot]:
        return iter(list(self._slots.values()))
