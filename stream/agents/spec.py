"""What makes one agent: its log, its state, the topics it writes to, and its pure partition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stream.agents.ports import Configurations, Partition

AcceptedLoss = Callable[[str, int, int, int], bool]
"""(topic, partition, first lost offset, first offset left) -> an operator has accepted this loss."""


def no_loss_accepted(topic: str, partition: int, lost_from: int, left_from: int) -> bool:
    return False


@dataclass(frozen=True)
class AgentSpec:
    """One agent. Several specs make one app with several agents, or one app each: only the list differs.

    ``partitions``: of the source topic and of its changelog, which are numbered alike.
    ``new_partition``: (source partition number, configurations) -> partition without any state.
    ``parse_configuration``: (digest, value in llm.config.v1) -> what the fold takes; raises ValueError.
    ``targets``: what ``Write.target`` may name, other than ``state`` -> topic.
    """

    name: str
    source: str
    changelog: str
    partitions: int
    new_partition: Callable[[int, Configurations], Partition]
    parse_configuration: Callable[[str, bytes], object]
    targets: Mapping[str, str] = field(default_factory=dict)
    accepted_loss: AcceptedLoss = no_loss_accepted

    def topic_of(self, target: str) -> str:
        """Topic that a write goes to. Raises KeyError for a target that this agent does not have."""
        return self.changelog if target == "state" else self.targets[target]
