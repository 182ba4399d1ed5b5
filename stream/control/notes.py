"""What llm.config.v1 holds besides configurations: notes of what control has done, and how all of it reads.

Keys: a configuration's is its digest; ``birth/<topic id>/<generation>`` proposes with what the log of a
telemetry topic begins, and of several proposals the first in the topic holds, so that two creations at once
agree; ``epoch/<generation>/<partition>`` says which epoch was acknowledged in a partition. An epoch whose
note was lost is written once more, which the fold ignores: it takes only higher numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from stream.contract.configuration import Configuration, decode_configuration
from stream.contract.records import Epoch, Generation
from stream.control.errors import ConfigurationUnreadable

_BIRTH, _EPOCH = "birth/", "epoch/"


class Birth(msgspec.Struct, array_like=True, frozen=True):
    """How the log of a telemetry topic begins: in every partition this generation, then this epoch."""

    generation: Generation
    epoch: Epoch


class EpochWritten(msgspec.Struct, array_like=True, frozen=True):
    """An epoch was acknowledged in a telemetry partition at ``offset``."""

    number: int
    digest: str
    offset: int


@dataclass
class ConfigLog:
    """llm.config.v1 read to its end. ``contents``: digest -> (offset, value) of its newest record.
    ``births``: topic id -> the first proposal. ``epochs``: (generation, partition) -> newest note.
    """

    contents: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    births: dict[str, Birth] = field(default_factory=dict)
    epochs: dict[tuple[str, int], EpochWritten] = field(default_factory=dict)

    @property
    def newest(self) -> tuple[int, str] | None:
        """(number, digest) of the configuration that was written last."""
        return max(((offset, digest) for digest, (offset, _) in self.contents.items()), default=None)

    def configuration(self, digest: str) -> Configuration:
        """A configuration that is there. Raises ConfigurationUnreadable."""
        try:
            return decode_configuration(digest, self.contents[digest][1])
        except KeyError:
            raise ConfigurationUnreadable(
                f"configuration {digest[:12]}: is not in llm.config.v1; apply its file again"
            ) from None
        except ValueError as error:
            raise ConfigurationUnreadable(f"{error}; apply its file again") from error

    def take(self, offset: int, key: bytes | None, value: bytes | None) -> None:
        """Take the next record. Raises msgspec.DecodeError for a note that this release cannot read."""
        if key is None or value is None:
            return
        name = key.decode("ascii", "replace")
        if name.startswith(_BIRTH):
            topic_id = name.split("/")[1]
            self.births.setdefault(topic_id, msgspec.msgpack.decode(value, type=Birth))
        elif name.startswith(_EPOCH):
            _, generation, partition = name.split("/")
            note = msgspec.msgpack.decode(value, type=EpochWritten)
            known = self.epochs.get((generation, int(partition)))
            if known is None or note.number >= known.number:
                self.epochs[generation, int(partition)] = note
        else:
            self.contents[name] = (offset, value)

    def written(self, generation: str, partitions: Iterable[int], number: int) -> dict[int, EpochWritten]:
        """Notes of the partitions whose epoch is ``number`` or a higher one."""
        found = {partition: self.epochs.get((generation, partition)) for partition in partitions}
        return {p: note for p, note in found.items() if note is not None and note.number >= number}


def birth_record(topic_id: str, birth: Birth) -> tuple[bytes, bytes]:
    """(key, value) of a proposal."""
    return f"{_BIRTH}{topic_id}/{birth.generation.id}".encode(), msgspec.msgpack.encode(birth)


def epoch_record(generation: str, partition: int, note: EpochWritten) -> tuple[bytes, bytes]:
    """(key, value) of the note of an epoch."""
    return f"{_EPOCH}{generation}/{partition}".encode(), msgspec.msgpack.encode(note)
