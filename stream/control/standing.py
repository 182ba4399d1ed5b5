"""Which configuration is in force, and which partitions are behind it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stream.contract.rows import Marker
from stream.control.notes import ConfigLog


@dataclass(frozen=True)
class PartitionEpochs:
    """``written``: number of the epoch that control had acknowledged in the partition; ``taken``: of the one
    that its worker folds with; None where there is none.
    """

    partition: int
    written: int | None
    taken: int | None


@dataclass(frozen=True)
class Standing:
    """``number`` and ``digest`` of the configuration in force: the highest whose epoch was written anywhere.
    ``begun``: number of a newer one, written without any epoch yet (`config apply` was interrupted).
    """

    generation: str
    number: int | None
    digest: str | None
    begun: int | None
    partitions: tuple[PartitionEpochs, ...]

    @property
    def in_force(self) -> tuple[int, str] | None:
        """(number, digest) of the configuration in force."""
        return None if self.number is None or self.digest is None else (self.number, self.digest)

    @property
    def without_epoch(self) -> list[int]:
        """Partitions into which the epoch in force has not been written."""
        return [p.partition for p in self.partitions if p.written is None or p.written != self.number]

    @property
    def behind(self) -> list[int]:
        """Partitions whose worker has not taken the epoch in force."""
        return [
            p.partition
            for p in self.partitions
            if self.number is not None and (p.taken is None or p.taken < self.number)
        ]


def standing_of(
    log: ConfigLog,
    generation: str,
    partitions: int,
    markers: Mapping[int, Marker | None],
    at_least: tuple[int, str] | None = None,
) -> Standing:
    """``markers``: the newest of each partition, None where no worker has written one. ``at_least``: (number,
    digest) in force in another log, which must hold here too.
    """
    notes = {p: log.epochs.get((generation, p)) for p in range(partitions)}
    written = [(note.number, note.digest) for note in notes.values() if note is not None]
    number, digest = max([*written, *([at_least] if at_least else [])], default=(None, None))
    newest = log.newest
    return Standing(
        generation=generation,
        number=number,
        digest=digest,
        begun=newest[0] if newest is not None and newest[0] > (-1 if number is None else number) else None,
        partitions=tuple(
            PartitionEpochs(p, note.number if note else None, _taken(markers.get(p)))
            for p, note in notes.items()
        ),
    )


def _taken(marker: Marker | None) -> int | None:
    return marker.epochs[-1].number if marker is not None and marker.epochs else None
