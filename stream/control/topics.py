"""Making the topics, and with what a log begins. May be interrupted anywhere, run again, and run twice."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from stream.contract.configuration import Configuration
from stream.contract.records import Epoch, Generation, encode_record
from stream.contract.topics import (
    DEFAULT_PARTITIONS,
    LOGS,
    TELEMETRY,
    TELEMETRY_LOG,
    TOPICS,
    WINDOW_DAYS,
    Log,
)
from stream.control.broker_client import BrokerClient, SeenTopic
from stream.control.defaults import default_configuration
from stream.control.epochs import (
    append_to_config,
    note_epoch,
    read_config_log,
    write_content,
    write_epochs,
)
from stream.control.errors import TopicsDiffer
from stream.control.heads import Head, agreed_generation, head_of, refuse_trimmed, without_generation
from stream.control.layout import partition_differences, replication_for, wanted_settings
from stream.control.notes import Birth, ConfigLog, birth_record
from stream.settings import BrokerKind

#: Telemetry last: a collector that waits for it then finds everything else.
_ORDER = sorted(TOPICS, key=lambda topic: topic.name == TELEMETRY)


@dataclass(frozen=True)
class BegunLog:
    """A log as it stands. ``begun``: partitions that were empty."""

    log: Log
    generation: Generation
    begun: tuple[int, ...]


@dataclass(frozen=True)
class Created:
    """What ``create_topics`` found and did. ``made``: topics. ``epoch``: of the telemetry log's birth."""

    epoch: Epoch
    made: tuple[str, ...]
    logs: tuple[BegunLog, ...]

    @property
    def generation(self) -> Generation:
        """Of the telemetry log."""
        return self._telemetry.generation

    @property
    def begun(self) -> tuple[int, ...]:
        """Partitions of the telemetry log."""
        return self._telemetry.begun

    @property
    def _telemetry(self) -> BegunLog:
        return next(begun for begun in self.logs if begun.log is TELEMETRY_LOG)


def create_topics(
    bootstrap: str,
    kind: BrokerKind = "kafka",
    partitions: int | None = None,
    *,
    window_days: int | None = None,
    configuration: Configuration | None = None,
    replication: int | None = None,
) -> Created:
    """Make every topic that is missing and begin every partition of a log that is empty.

    What is there is checked and never altered. ``partitions`` and ``window_days`` (the identity window of the
    telemetry log): None for what is there, or the defaults. ``configuration``: the first of a new log, None
    for the newest that llm.config.v1 holds, or the bundled catalogue's. ``replication``: None for 3 where the
    cluster has three brokers, else 1. Raises ControlError.
    """
    with BrokerClient(bootstrap) as client:
        made = _make_missing(client, kind, partitions, window_days, replication)
        # The telemetry log's birth is agreed first, since what is in force there all logs begin with; it is
        # begun last: a collector that waits for it then finds the others.
        births = {TELEMETRY_LOG: _birth(client, TELEMETRY_LOG, window_days, configuration)}
        others = [source for source in LOGS if source is not TELEMETRY_LOG]
        in_force = _in_force(client, births[TELEMETRY_LOG])
        births |= {source: _birth(client, source, epoch=in_force) for source in others}
        logs = [_begun(client, source, births[source]) for source in (*others, TELEMETRY_LOG)]
        return Created(births[TELEMETRY_LOG].epoch, made, tuple(logs))


def _birth(
    client: BrokerClient,
    source: Log,
    window_days: int | None = None,
    configuration: Configuration | None = None,
    epoch: Epoch | None = None,
) -> Birth:
    """How a log begins: as it does already, else as the first proposal says, which may be ours: with
    ``epoch``, or that of ``configuration``.
    """
    log, topic = read_config_log(client), client.topics()[source.source]
    standing = agreed_generation(heads := read_heads(client, source.source, topic.partitions))
    if standing is None and topic.id not in log.births:
        refuse_trimmed(heads)
    if topic.id not in log.births:
        epoch = epoch or _first_epoch(client, log, configuration)
        _propose(client, log, topic, standing, source.window_days or window_days, epoch)
        log = read_config_log(client)  # another run may have proposed before us
    known = log.births[topic.id]
    generation = standing or known.generation
    if generation.partitions != topic.partitions:
        raise TopicsDiffer(
            f"{topic.name}: has {topic.partitions} partitions, and was made with {generation.partitions}: a"
            " log's number never changes; make a new installation"
        )
    if window_days not in (None, generation.window_days):
        raise TopicsDiffer(
            f"--window-days: {window_days}, this log was made with {generation.window_days} and keeps it;"
            " leave the option out"
        )
    return Birth(generation, known.epoch)


def _begun(client: BrokerClient, source: Log, birth: Birth) -> BegunLog:
    """Begin what is empty of a log, and write the epoch where it is not known to be."""
    name, count, log = source.source, birth.generation.partitions, read_config_log(client)
    begun = _begin(client, log, name, birth, without_generation(read_heads(client, name, count)))
    list(write_epochs(client, log, name, birth.generation.id, range(count), birth.epoch))
    if begun:
        agreed_generation(read_heads(client, name, count))  # nobody else came in between
    return BegunLog(source, birth.generation, begun)


def read_heads(client: BrokerClient, topic: str, partitions: int) -> list[Head]:
    """With what each partition of a log begins."""
    return [_read_head(client, topic, partition) for partition in range(partitions)]


def _read_head(client: BrokerClient, topic: str, partition: int) -> Head:
    span = client.span(topic, partition)
    for entry in client.read(topic, partition, span.first, span.first + 1 if span.end > span.first else 0):
        return head_of(topic, partition, span.first, entry.value)
    return Head(topic, partition, span.first, "")


def _make_missing(
    client: BrokerClient,
    kind: BrokerKind,
    partitions: int | None,
    window_days: int | None,
    replication: int | None,
) -> tuple[str, ...]:
    found = {name: topic.partitions for name, topic in client.topics().items()}
    count = partitions or _partitions_there(found) or DEFAULT_PARTITIONS
    _refuse_differences(found, count)
    copies = 1 if kind == "embedded" else replication or replication_for(client.cluster()[1])
    made = []
    for topic in _ORDER:
        settings = wanted_settings(topic, window_days or WINDOW_DAYS, copies)
        if topic.name not in found and client.create(topic, count, copies, settings):
            made.append(topic.name)
    _refuse_differences({name: topic.partitions for name, topic in client.topics().items()}, count)
    return tuple(made)


def _partitions_there(found: dict[str, int]) -> int | None:
    """Of the telemetry log, else of what an interrupted run has made, or a deleted log has left."""
    partitioned = [topic.name for topic in reversed(_ORDER) if topic.partitioned]  # telemetry first
    return next((found[name] for name in partitioned if name in found), None)


def _refuse_differences(found: dict[str, int], partitions: int) -> None:
    differences = partition_differences(found, partitions)
    if differences:
        raise TopicsDiffer(
            f"--partitions: {'; '.join(differences)}. A log's number of partitions never changes: leave the"
            " option out, or make a new installation"
        )


def _propose(
    client: BrokerClient,
    log: ConfigLog,
    topic: SeenTopic,
    standing: Generation | None,
    window_days: int | None,
    epoch: Epoch,
) -> None:
    generation = standing or Generation(
        id=uuid.uuid4().hex,
        created_us=time.time_ns() // 1000,
        partitions=topic.partitions,
        window_days=window_days or WINDOW_DAYS,
    )
    append_to_config(client, log, *birth_record(topic.id, Birth(generation, epoch)))


def _first_epoch(client: BrokerClient, log: ConfigLog, configuration: Configuration | None) -> Epoch:
    """Epoch of the configuration that a log begins with: a log made anew keeps the operator's last one."""
    if configuration is None and log.newest is not None:
        number, digest = log.newest
        return Epoch(number, digest, log.configuration(digest).fold_version)
    return write_content(client, log, configuration or default_configuration())


def _in_force(client: BrokerClient, telemetry: Birth) -> Epoch:
    """What is in force in the telemetry log: the configuration it began with, or one applied since."""
    log, born = read_config_log(client), telemetry.generation
    notes = [log.epochs.get((born.id, partition)) for partition in range(born.partitions)]
    newest = max((note for note in notes if note is not None), key=lambda note: note.number, default=None)
    if newest is None or newest.number <= telemetry.epoch.number:
        return telemetry.epoch
    return Epoch(newest.number, newest.digest, log.configuration(newest.digest).fold_version)


def _begin(
    client: BrokerClient, log: ConfigLog, topic: str, birth: Birth, partitions: Sequence[int]
) -> tuple[int, ...]:
    """Generation and epoch, as one batch, into partitions that are empty."""
    first = [(None, encode_record(birth.generation)), (None, encode_record(birth.epoch))]
    for partition in partitions:
        written = client.append(topic, partition, first)
        note_epoch(client, log, birth.generation.id, partition, birth.epoch, written[1].offset)
    return tuple(partitions)
