"""A small exact partition for testing the runtime: removes duplicates, counts and sums, keeps rows in shards.

What decides (the ids seen) is never stored: it is folded again from the log's beginning after every
assignment, so that these tests exercise rebuilds. Rows are stored in stamped shards with a vector marker.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from stream.agents.ports import Configurations
from stream.contract.frame import Kind, pack, unpack
from stream.contract.records import Epoch, Generation, decode_body, encode_record
from stream.core.changelog import LogStart, Plan
from stream.core.effects import Write
from stream.core.partition import Flush, Offer

SHARDS = 4
Event = tuple[int, str, int]  #: id, key, amount
Rows = dict[str, list[int]]  #: key -> number of distinct events, sum of their amounts
_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.decode


def encode_events(events: list[Event]) -> bytes:
    return pack(Kind.USAGE, len(events), _encode(events))


def encode_generation(log_id: str, partitions: int) -> bytes:
    return encode_record(Generation(log_id, 0, partitions))


@dataclass
class Shard:
    """``stamp``: the source offset up to which ``rows`` hold."""

    stamp: int = -1
    rows: Rows = field(default_factory=dict)


class ToyPartition:
    def __init__(self, partition: int, configurations: Configurations) -> None:
        self.partition, self._configurations = partition, configurations
        self.shards = {number: Shard() for number in range(SHARDS)}
        self.upto = -1
        self.next_offset, self.durable_offset = 0, -1
        self._expected: dict[int, int] = {}
        self._seen: set[int] = set()
        self._dirty: set[int] = set()
        self._resume_at = 0

    def load(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            return
        if key == b"marker":
            upto, expected = _decode(value)
            if upto > self.upto:
                self.upto, self._expected = upto, expected
            return
        number, (stamp, rows) = int(key), _decode(value)
        if stamp > self.shards[number].stamp:
            self.shards[number] = Shard(stamp, rows)

    def plan(self, start: LogStart) -> Plan:
        resume_at = self.upto + 1
        for number, shard in self.shards.items():
            if shard.stamp < self._expected.get(number, -1):
                resume_at = min(resume_at, shard.stamp + 1)
            else:
                shard.stamp = max(shard.stamp, self.upto)
        self.durable_offset = resume_at - 1
        self.next_offset, self._resume_at = 0, resume_at
        return Plan(0, resume_at, ())

    def needs_configuration(self, value: bytes) -> str | None:
        frame = unpack(value)
        return decode_body(frame.body, Epoch).digest if frame.kind is Kind.EPOCH else None

    def rebuild(self, offset: int, timestamp_ms: int, value: bytes) -> None:
        self._seen.update(event_id for event_id, _, _ in self._events(value))
        self.next_offset = offset + 1

    def end_rebuild(self) -> None:
        self.next_offset = self._resume_at

    def offer(self, offset: int, timestamp_ms: int, value: bytes) -> Offer:
        if offset != self.next_offset:
            return Offer.DUPLICATE if offset < self.next_offset else Offer.HOLE
        for event_id, key, amount in self._events(value):
            if event_id not in self._seen:
                self._seen.add(event_id)
                self._count(offset, key, amount)
        for shard in self.shards.values():
            shard.stamp = max(shard.stamp, offset)
        self.next_offset = offset + 1
        return Offer.FOLDED

    def step_over(self, offset: int) -> None:
        self.next_offset = max(self.next_offset, offset)

    def flush(self, *, force: bool = False) -> Flush | None:
        upto = self.next_offset - 1
        if upto <= self.durable_offset:
            return None
        shards = []
        for number in sorted(self._dirty):
            shard = self.shards[number]
            self._expected[number] = shard.stamp
            shards.append(Write("state", b"%d" % number, _encode((shard.stamp, shard.rows)), self.partition))
        self._dirty.clear()
        marker = Write("state", b"marker", _encode((upto, self._expected)), self.partition)
        return Flush(upto, (tuple(shards), (marker,)))

    def confirm(self, flush: Flush) -> None:
        self.durable_offset = max(self.durable_offset, flush.upto)

    def _events(self, value: bytes) -> list[Event]:
        frame = unpack(value)
        if frame.kind is Kind.EPOCH:
            self._configurations.load(decode_body(frame.body, Epoch).digest)
        return [] if frame.kind is not Kind.USAGE else _decode(frame.body, type=list[Event])

    def _count(self, offset: int, key: str, amount: int) -> None:
        number = sum(key.encode()) % SHARDS
        shard = self.shards[number]
        if shard.stamp < offset:
            row = shard.rows.setdefault(key, [0, 0])
            row[0] += 1
            row[1] += amount
            self._dirty.add(number)
