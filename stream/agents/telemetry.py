"""The telemetry agent: usage batches priced and folded into rows. A spec; the runtime does the rest."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stream.agents.ports import Configurations
from stream.agents.spec import AgentSpec
from stream.contract import topics
from stream.contract.columns import UsageBatch
from stream.contract.configuration import Configuration, decode_configuration
from stream.core.measures import Costs
from stream.core.partition import ExactPartition
from stream.core.telemetry import TelemetryState
from stream.pricing import Pricer, decode_book


class PricedConfiguration:
    """A configuration with its price book at work."""

    def __init__(self, configuration: Configuration) -> None:
        """Raises ValueError for a zone or a price book that cannot be read, PricingError for an unknown
        policy.
        """
        self.bounds, self.declared = configuration.bounds, configuration.declared
        self.fold_version, self.zone = configuration.fold_version, _zone(configuration.zone)
        self._pricer = Pricer(decode_book(configuration.price_book), configuration.cost_policy)

    def costs(self, batch: UsageBatch) -> Costs:
        """Costs of all N events of a batch."""
        priced = self._pricer.price_batch(batch)
        return Costs(
            priced.leaf_nano_usd,
            priced.unit_nano_usd,
            priced.unsplit_nano_usd,
            priced.cost_nano_usd,
            priced.status,
        )


def _zone(name: str) -> ZoneInfo:
    """Raises ValueError for a zone that this installation does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"zone: {name!r} is not known here; install tzdata on this worker") from error


def parse_configuration(digest: str, value: bytes) -> PricedConfiguration:
    """What the fold takes from a record of llm.config.v1. Raises ValueError."""
    return PricedConfiguration(decode_configuration(digest, value))


def new_partition(number: int, configurations: Configurations) -> ExactPartition:
    """A partition of the telemetry log without any state."""
    return ExactPartition(number, configurations.load, TelemetryState)


def telemetry_spec(partitions: int) -> AgentSpec:
    """The agent that folds llm.telemetry.v1. ``partitions``: of the log, fixed at its creation."""
    return AgentSpec(
        name="telemetry",
        source=topics.TELEMETRY,
        changelog=topics.STATE_TELEMETRY,
        partitions=partitions,
        new_partition=new_partition,
        parse_configuration=parse_configuration,
        targets={
            "closed": topics.CLOSED_TELEMETRY,
            "quarantine": topics.QUARANTINE,
            "telemetry": topics.TELEMETRY,
            "activity": topics.ACTIVITY,
        },
    )
