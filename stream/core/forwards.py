"""Outcomes sent on to the partition of their request."""

from __future__ import annotations

import struct

import msgspec
import xxhash

from stream.contract.identity import partition_of
from stream.contract.records import MAX_SMALL, Outcome, Outcomes, encode_record
from stream.core.effects import Write

_HEAD = struct.Struct("<QQQ")


def forward_key(outcome: Outcome) -> int:
    """Hash of one forward of one outcome: equal for the same forward written again, and only then."""
    assert outcome.via is not None
    return xxhash.xxh64_intdigest(_HEAD.pack(outcome.event, *outcome.via))


class Forwards:
    """What one record sends on from ``partition``."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._partition, self._partitions = partition, partitions
        self._held: dict[int, list[Outcome]] = {}

    def is_elsewhere(self, identity: int) -> bool:
        """Whether a request belongs to another partition."""
        return partition_of(identity, self._partitions) != self._partition

    def add(self, outcome: Outcome, identity: int, offset: int) -> None:
        """Send an outcome that came at ``offset`` to the partition of its request, under its own hash and
        time.
        """
        sent = msgspec.structs.replace(outcome, target=identity, via=(self._partition, offset))
        self._held.setdefault(partition_of(identity, self._partitions), []).append(sent)

    def writes(self, accepted_us: int) -> list[Write]:
        """Records for the telemetry log."""
        return [
            Write(
                "telemetry",
                str(self._partition).encode(),
                encode_record(Outcomes(accepted_us, outcomes[begin : begin + MAX_SMALL])),
                partition,
            )
            for partition, outcomes in self._held.items()
            for begin in range(0, len(outcomes), MAX_SMALL)
        ]
