"""Writing configurations and epochs so that a run after a crash ends where an uninterrupted one would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from stream.contract.configuration import Configuration, encode_configuration
from stream.contract.records import Epoch, encode_record
from stream.contract.topics import CONFIG
from stream.control.broker_client import BrokerClient
from stream.control.errors import ConfigurationUnreadable
from stream.control.notes import ConfigLog, EpochWritten, epoch_record

_PARTITION = 0  #: llm.config.v1 has one


def read_config_log(client: BrokerClient) -> ConfigLog:
    """llm.config.v1 to its end. Raises ConfigurationUnreadable."""
    log, span = ConfigLog(), client.span(CONFIG, _PARTITION)
    for entry in client.read(CONFIG, _PARTITION, span.first, span.end):
        try:
            log.take(entry.offset, entry.key, entry.value)
        except (msgspec.DecodeError, ValueError) as error:
            raise ConfigurationUnreadable(
                f"{CONFIG}: offset {entry.offset}: {error}; upgrade this release"
            ) from error
    return log


def append_to_config(client: BrokerClient, log: ConfigLog, key: bytes, value: bytes) -> int:
    """Write a record of llm.config.v1 and take it into ``log``; its offset."""
    offset = client.append(CONFIG, _PARTITION, [(key, value)])[0].offset
    log.take(offset, key, value)
    return offset


def write_content(client: BrokerClient, log: ConfigLog, configuration: Configuration) -> Epoch:
    """The epoch of a configuration: its content written, unless it is the newest there.

    An older one is written again: its former number would be below the one in force, and never taken.
    """
    digest, value = encode_configuration(configuration)
    if log.newest is None or log.newest[1] != digest:
        append_to_config(client, log, digest.encode(), value)
    return Epoch(log.contents[digest][0], digest, configuration.fold_version)


def write_epochs(
    client: BrokerClient, log: ConfigLog, topic: str, generation: str, partitions: Iterable[int], epoch: Epoch
) -> Iterator[int]:
    """Write an epoch into each partition of a log not noted at its number; yields each one written."""
    wanted = list(partitions)
    already = log.written(generation, wanted, epoch.number)
    for partition in wanted:
        if partition not in already:
            offset = client.append(topic, partition, [(None, encode_record(epoch))])[0].offset
            note_epoch(client, log, generation, partition, epoch, offset)
            yield partition


def note_epoch(
    client: BrokerClient, log: ConfigLog, generation: str, partition: int, epoch: Epoch, offset: int
) -> None:
    """Note that an epoch was acknowledged, for the next run and for `config show`."""
    note = EpochWritten(epoch.number, epoch.digest, offset)
    append_to_config(client, log, *epoch_record(generation, partition, note))
