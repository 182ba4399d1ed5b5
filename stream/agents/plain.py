"""The spec of an agent that needs no prices: of a configuration it takes bounds and declared names alone."""

from __future__ import annotations

from collections.abc import Mapping

from stream.agents.ports import Configurations
from stream.agents.spec import AgentSpec
from stream.contract.configuration import decode_configuration
from stream.contract.topics import QUARANTINE, Log
from stream.core.partition import ExactPartition, StateFactory


def plain_spec(
    log: Log, state: StateFactory, partitions: int, targets: Mapping[str, str] | None = None
) -> AgentSpec:
    """The agent that folds ``log`` with ``state``. ``partitions``: of the log, fixed at its creation.
    ``targets``: what its writes may name besides ``closed`` and ``quarantine``.
    """

    def new_partition(number: int, configurations: Configurations) -> ExactPartition:
        return ExactPartition(number, configurations.load, state)

    return AgentSpec(
        name=log.agent,
        source=log.source,
        changelog=log.state,
        partitions=partitions,
        new_partition=new_partition,
        parse_configuration=decode_configuration,
        targets={"closed": log.closed, "quarantine": QUARANTINE, **(targets or {})},
    )
