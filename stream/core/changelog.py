"""What a changelog partition says: the newest marker of each log, the newest value of each shard."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import numpy as np

from stream.contract.records import Generation
from stream.contract.rows import SHARDS, Marker, Shard, decode_state
from stream.core.errors import LogTruncated, LostState, NoGeneration, WrongPartitionCount
from stream.core.history import History, refold_from
from stream.core.open_day import OpenDay


@dataclass(frozen=True)
class LogStart:
    """What the runtime saw of the source log: its first offset, the first record if it is a generation,
    the group's committed offset (None: no commit), the number of partitions.
    """

    first_offset: int
    first_generation: Generation | None
    committed: int | None = None
    partitions: int | None = None


@dataclass(frozen=True)
class Plan:
    """Fold [refold_from, resume_at) again without rows, then go on at ``resume_at``. ``configurations``:
    digests that must be loaded before.
    """

    refold_from: int
    resume_at: int
    configurations: tuple[str, ...]


@dataclass
class Changelog:
    """Records in any order, from any owner. The highest source offset wins; tombstones say nothing, since a
    former owner's older marker may still need what they name.
    """

    markers: dict[str, Marker] = field(default_factory=dict)
    shards: dict[tuple[str, int, int], Shard] = field(default_factory=dict)
    corrupt: int = 0

    def load(self, key: bytes, value: bytes | None) -> None:
        """Take one record. One that cannot be read is as good as lost: what it held is folded again."""
        if value is None:
            return
        try:
            record = decode_state(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.corrupt += 1
            return
        if isinstance(record, Marker):
            known = self.markers.get(record.log)
            if known is None or record.upto > known.upto:
                self.markers[record.log] = record
        elif isinstance(record, Shard):
            at = (record.generation, record.day, record.shard)
            held = self.shards.get(at)
            if held is None or record.stamp > held.stamp:
                self.shards[at] = record

    def marker_of(self, start: LogStart, partition: int) -> Marker | None:
        """The marker of the log that is there now; None for a log that nobody has folded.

        Raises NoGeneration, LostState, WrongPartitionCount.
        """
        marker = self._find(start, partition)
        named = marker.generations[-1].partitions if marker else _partitions(start)
        if start.partitions is not None and named is not None and named != start.partitions:
            raise WrongPartitionCount(
                f"partition {partition}: the log was made with {named} partitions and has {start.partitions};"
                " growth needs a new log generation (tokonomics topics repartition)"
            )
        return marker

    def _find(self, start: LogStart, partition: int) -> Marker | None:
        first = start.first_generation
        if first is not None:
            for marker in self.markers.values():
                if any(entry.id == first.id for entry in marker.generations):
                    return marker
            if not self.markers and (start.committed or 0) > start.first_offset + 1:
                raise LostState(
                    f"partition {partition}: {start.committed} is committed but the changelog is empty;"
                    " restore llm.state, or delete the consumer group to fold the log from its begin"
                )
            return None
        if self.markers:
            return max(self.markers.values(), key=lambda marker: marker.generations[0].created_us)
        raise NoGeneration(
            f"partition {partition}: the log does not begin with a generation record and there is no state;"
            " make the topics with 'tokonomics topics create'"
        )

    def restore_day(
        self, marker: Marker | None, generation: str, partition: int, day: int, begin: int
    ) -> OpenDay:
        """Rows of an arrival day as found, each shard gated by the offset it holds up to. ``begin``: offset
        at which the day began.
        """
        opened = OpenDay(generation, partition, day)
        current = marker is not None and marker.day == day and marker.generations[-1].id == generation
        expected = dict(marker.expected) if marker is not None and current else {}
        gates = np.full(SHARDS, begin - 1, np.int64)
        for shard in range(SHARDS):
            found = self.shards.get((generation, day, shard))
            if found is not None:
                opened.restore(found)
                gates[shard] = max(found.stamp, begin - 1)
            held = found.stamp if found is not None else -1
            if marker is not None and current and held >= expected.get(shard, -1):
                gates[shard] = max(gates[shard], marker.upto)  # clean: unchanged up to the marker
        opened.gates = gates
        return opened


def plan_of(marker: Marker, gates: OpenDay, start: LogStart, window_days: int, partition: int) -> Plan:
    """Where to fold again from, and where to go on. Raises LogTruncated when the log begins too late."""
    history = History.of(marker)
    resume_at = min(int(gates.gates.min()), marker.upto) + 1
    begin = refold_from(history, resume_at, window_days)
    if start.first_offset > begin:
        raise LogTruncated(
            f"partition {partition}: the log begins at offset {start.first_offset}, {begin} is needed to"
            f" decide what comes at {resume_at}; {start.first_offset - begin} offsets lost: retention must be"
            " at least twice the identity window and 7 days"
        )
    used = [entry for entry in history.epochs if entry.offset < resume_at]
    return Plan(begin, resume_at, tuple(dict.fromkeys(entry.digest for entry in used)))


def _partitions(start: LogStart) -> int | None:
    return start.first_generation.partitions if start.first_generation else None
