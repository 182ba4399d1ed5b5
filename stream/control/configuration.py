"""Applying a configuration to a running installation, and reading the one in force."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from stream.contract.configuration import Configuration
from stream.contract.records import Epoch, Generation
from stream.contract.topics import LOGS, TELEMETRY, TELEMETRY_LOG, TOPICS
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
    """``written``: partitions of the telemetry log that got the epoch now; the others had it. ``others``: the
    same by name of the other logs. ``standing``: what holds after.
    """

    epoch: Epoch
    written: tuple[int, ...]
    standing: Standing
    others: tuple[str, ...] = ()

    @property
    def waited_in_vain(self) -> bool:
        """Workers have run, and not all partitions have taken it."""
        return bool(self.standing.behind) and _workers_seen(self.standing)


@dataclass(frozen=True)
class InForce:
    """The configuration in force, and where it stands."""

    configuration: Configuration
    standing: Standing


def apply(bootstrap: str, configuration: Configuration, *, wait_s: float = 0.0) -> Applied:
    """Write a configuration and its epoch into every partition of every log; goes on where it was stopped.

    ``wait_s``: wait so long for the workers to take it, where any has ever run. Raises ControlError.
    """
    with BrokerClient(bootstrap) as client:
        topic, log = required_topics(client), read_config_log(client)
        generation = standing_generation(client, log, topic)
        epoch = write_content(client, log, configuration)
        others = tuple(_write_others(client, log, epoch))
        written = tuple(write_epochs(client, log, TELEMETRY, generation.id, range(topic.partitions), epoch))
        deadline = time.monotonic() + wait_s
        standing = _standing(client, log, topic, generation.id)
        while standing.behind and time.monotonic() < deadline and _workers_seen(standing):
            time.sleep(_LOOK_AGAIN_S)
            standing = _standing(client, log, topic, generation.id)
        return Applied(epoch, written, standing, others)


def in_force(bootstrap: str, timeout_s: float = 5.0) -> InForce:
    """The configuration that new records are folded with. Raises ControlError."""
    with BrokerClient(bootstrap, timeout_s) as client:
        topic, log = required_topics(client), read_config_log(client)
        generation = standing_generation(client, log, topic)
        standing = _standing(client, log, topic, generation.id)
        if standing.digest is None:
            raise ConfigurationUnreadable(f"{TELEMETRY}: no configuration is in force; {_MEND}")
        return InForce(log.configuration(standing.digest), standing)


def required_topics(client: BrokerClient) -> SeenTopic:
    """The telemetry topic, once all topics are there. Raises TopicsMissing."""
    found = client.topics()
    missing = [topic.name for topic in TOPICS if topic.name not in found]
    if missing:
        raise TopicsMissing(f"broker: {client.bootstrap} has no topic {', '.join(missing)}; {_MEND}")
    return found[TELEMETRY]


def _write_others(client: BrokerClient, log: ConfigLog, epoch: Epoch) -> Iterator[str]:
    """Write the epoch into the logs beside the telemetry log; names each partition written."""
    found = client.topics()
    for source in LOGS:
        if source is not TELEMETRY_LOG:
            topic = found[source.source]
            generation = standing_generation(client, log, topic)
            for partition in write_epochs(
                client, log, topic.name, generation.id, range(topic.partitions), epoch
            ):
                yield f"{topic.name}[{partition}]"


def standing_generation(client: BrokerClient, log: ConfigLog, topic: SeenTopic) -> Generation:
    """The generation of a log that was begun in every partition. Raises GenerationMissing."""
    heads = read_heads(client, topic.name, topic.partitions)
    empty, born = without_generation(heads), log.births.get(topic.id)
    generation = agreed_generation(heads) or (born.generation if born else None)
    if empty or generation is None:
        where = f"[{', '.join(map(str, empty))}]" if empty else ""
        raise GenerationMissing(f"{topic.name}{where}: does not begin with a generation; {_MEND}")
    return generation


def _standing(client: BrokerClient, log: ConfigLog, topic: SeenTopic, generation: str) -> Standing:
    markers = {p: newest_marker(client, TELEMETRY_LOG.state, p, generation) for p in range(topic.partitions)}
    return standing_of(log, generation, topic.partitions, markers)


def _workers_seen(standing: Standing) -> bool:
    return any(partition.taken is not None for partition in standing.partitions)
