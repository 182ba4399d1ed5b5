"""Applying a configuration to a running installation, and reading the one in force."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stream.contract.configuration import Configuration
from stream.contract.records import Epoch, Generation
from stream.contract.topics import LOGS, TELEMETRY, TELEMETRY_LOG, TOPICS, Log
from stream.control.broker_client import BrokerClient, SeenTopic
from stream.control.epochs import read_config_log, write_content, write_epochs
from stream.control.errors import ConfigurationUnreadable, GenerationMissing, TopicsMissing
from stream.control.heads import agreed_generation, without_generation
from stream.control.markers import newest_marker
from stream.control.notes import ConfigLog
from stream.control.standing import Standing, standing_of
from stream.control.topics import read_heads

_MEND: Final = "run `tokonomics topics create`"
_LOOK_AGAIN_S: Final = 0.5


@dataclass(frozen=True)
class Applied:
    """``written``: by log, its partitions that got the epoch now; the others had it. ``standings``: by log,
    what holds after.
    """

    epoch: Epoch
    written: Mapping[str, tuple[int, ...]]
    standings: Mapping[str, Standing]

    @property
    def standing(self) -> Standing:
        """Of the telemetry log."""
        return self.standings[TELEMETRY]

    @property
    def waited_in_vain(self) -> bool:
        """Workers have run, and not all partitions have taken it."""
        return _awaited(self.standings)


@dataclass(frozen=True)
class InForce:
    """The configuration in force, and where it stands in each log."""

    configuration: Configuration
    standings: Mapping[str, Standing]

    @property
    def standing(self) -> Standing:
        """Of the telemetry log, which says what is in force."""
        return self.standings[TELEMETRY]


def apply(bootstrap: str, configuration: Configuration, *, wait_s: float = 0.0) -> Applied:
    """Write a configuration and its epoch into every partition of every log; goes on where it was stopped.

    ``wait_s``: wait so long for the workers to take it, where any has ever run. Raises ControlError.
    """
    with BrokerClient(bootstrap) as client:
        logs, log = _logs(client)
        epoch = write_content(client, log, configuration)
        written = {
            source.source: tuple(
                write_epochs(client, log, source.source, born.id, range(born.partitions), epoch)
            )
            for source, born in reversed(logs.items())  # telemetry last: it says what is in force
        }
        deadline = time.monotonic() + wait_s
        standings = _standings(client, log, logs)
        while _awaited(standings) and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN_S)
            standings = _standings(client, log, logs)
        return Applied(epoch, written, standings)


def in_force(bootstrap: str, timeout_s: float = 5.0) -> InForce:
    """The configuration that new records are folded with. Raises ControlError."""
    with BrokerClient(bootstrap, timeout_s) as client:
        logs, log = _logs(client)
        standings = _standings(client, log, logs)
        digest = standings[TELEMETRY].digest
        if digest is None:
            raise ConfigurationUnreadable(f"{TELEMETRY}: no configuration is in force; {_MEND}")
        return InForce(log.configuration(digest), standings)


def _logs(client: BrokerClient) -> tuple[dict[Log, Generation], ConfigLog]:
    """Every log with its generation, telemetry first, and llm.config.v1. Raises TopicsMissing,
    GenerationMissing.
    """
    found = client.topics()
    missing = [topic.name for topic in TOPICS if topic.name not in found]
    if missing:
        raise TopicsMissing(f"broker: {client.bootstrap} has no topic {', '.join(missing)}; {_MEND}")
    log = read_config_log(client)
    return {source: standing_generation(client, log, found[source.source]) for source in LOGS}, log


def standing_generation(client: BrokerClient, log: ConfigLog, topic: SeenTopic) -> Generation:
    """The generation of a log that was begun in every partition. Raises GenerationMissing."""
    heads = read_heads(client, topic.name, topic.partitions)
    empty, born = without_generation(heads), log.births.get(topic.id)
    generation = agreed_generation(heads) or (born.generation if born else None)
    if empty or generation is None:
        where = f"[{', '.join(map(str, empty))}]" if empty else ""
        raise GenerationMissing(f"{topic.name}{where}: does not begin with a generation; {_MEND}")
    return generation


def _standings(client: BrokerClient, log: ConfigLog, logs: Mapping[Log, Generation]) -> dict[str, Standing]:
    """Where it stands in each log, by its name; telemetry, which says what is in force, first."""
    standings: dict[str, Standing] = {}
    for source, born in logs.items():
        markers = {p: newest_marker(client, source.state, p, born.id) for p in range(born.partitions)}
        in_force = standings[TELEMETRY].in_force if source is not TELEMETRY_LOG else None
        standings[source.source] = standing_of(log, born.id, born.partitions, markers, in_force)
    return standings


def _awaited(standings: Mapping[str, Standing]) -> bool:
    """Whether a log that workers have folded is behind."""
    return any(
        standing.behind and any(partition.taken is not None for partition in standing.partitions)
        for standing in standings.values()
    )
