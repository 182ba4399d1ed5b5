"""A small exact partition for testing the runtime: removes duplicates, counts and sums, keeps rows in shards.

What decides (the ids seen) is never stored: it is folded again from the log's beginning after every
assignment, so that these tests exercise rebuilds. Rows are stored in stamped shards with a vector marker.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from stream.agents.ports import Offer

SHARDS = 4
GENERATION = b"generation"
NEEDS = b"config:"  # a record that needs the configuration whose digest follows
_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.decode


def encode_events(events: list[tuple[int, str, int]]) -> bytes:
    """(id, key, value) of each event."""
    return _encode(events)


@dataclass(frozen=True)
class Plan:
    refold_from: int
    resume_at: int


@dataclass(frozen=True)
class Write:
    target: str
    key: bytes
    value: bytes | None
    partition: int | None = None


@dataclass(frozen=True)
class Flush:
    stages: list[list[Write]]
    upto: int


@dataclass
class Shard:
    stamp: int = -1
    rows: dict[str, list[int]] = field(default_factory=dict)


class UnknownVersion(Exception):
    reason = "unknown_version"


class ToyPartition:
    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.shards = {number: Shard() for number in range(SHARDS)}
        self.upto = -1
        self.expected: dict[int, int] = {}
        self.seen: set[int] = set()
        self.dirty: set[int] = set()
        self.configs: dict[bytes, bytes] = {}
        self.next_offset = 0
        self.durable_offset = -1
        self.refolded = 0

    def load(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            return
        if key == b"marker":
            upto, expected = _decode(value)
            if upto > self.upto:
                self.upto, self.expected = upto, expected
            return
        number, (stamp, rows) = int(key), _decode(value)
        if stamp > self.shards[number].stamp:
            self.shards[number] = Shard(stamp, rows)

    def plan(self, first_offset: int, first_value: bytes | None) -> Plan:
        resume_at = self.upto + 1
        for number, shard in self.shards.items():
            if shard.stamp < self.expected.get(number, -1):
                resume_at = min(resume_at, shard.stamp + 1)
            else:
                shard.stamp = max(shard.stamp, self.upto)
        self.durable_offset = resume_at - 1
        self.next_offset = resume_at
        return Plan(0, resume_at)

    def needs_config(self, value: bytes) -> bytes | None:
        digest = value[len(NEEDS) :] if value.startswith(NEEDS) else None
        return digest if digest is not None and digest not in self.configs else None

    def accept_config(self, digest: bytes, content: bytes) -> None:
        self.configs[digest] = content

    def rebuild(self, offset: int, timestamp_ms: int, value: bytes) -> None:
        self.refolded += 1
        for event_id, _, _ in self._events(value):
            self.seen.add(event_id)

    def offer(self, offset: int, timestamp_ms: int, value: bytes) -> Offer:
        if offset < self.next_offset:
            return Offer.DUPLICATE
        if offset > self.next_offset:
            return Offer.HOLE
        for event_id, key, amount in self._events(value):
            if event_id not in self.seen:
                self.seen.add(event_id)
                self._count(offset, key, amount)
        self._stamp(offset)
        self.next_offset = offset + 1
        return Offer.FOLDED

    def step_over(self, offset: int) -> None:
        self.next_offset = max(self.next_offset, offset)

    def flush(self, force: bool) -> Flush | None:
        upto = self.next_offset - 1
        if upto <= self.durable_offset:
            return None
        shards = []
        for number in sorted(self.dirty):
            shard = self.shards[number]
            self.expected[number] = shard.stamp
            shards.append(Write("state", b"%d" % number, _encode((shard.stamp, shard.rows))))
        self.dirty.clear()
        marker = Write("state", b"marker", _encode((upto, self.expected)))
        return Flush([shards, [marker]], upto)

    def confirm(self, flush: Flush) -> None:
        self.durable_offset = max(self.durable_offset, flush.upto)

    def _events(self, value: bytes) -> list[tuple[int, str, int]]:
        if value == GENERATION or value.startswith(NEEDS):
            return []
        if value == b"?":
            raise UnknownVersion("record of an unknown version: upgrade this worker before its writers")
        events: list[tuple[int, str, int]] = _decode(value)
        return events

    def _count(self, offset: int, key: str, amount: int) -> None:
        number = sum(key.encode()) % SHARDS
        shard = self.shards[number]
        if shard.stamp < offset:
            row = shard.rows.setdefault(key, [0, 0])
            row[0] += 1
            row[1] += amount
            self.dirty.add(number)

    def _stamp(self, offset: int) -> None:
        """Once per record: every shard now holds the log up to here."""
        for shard in self.shards.values():
            shard.stamp = max(shard.stamp, offset)
