"""The exact partition: one partition of a source log, folded so that its rows are exact through any crash.

The state is a deterministic function of the log's prefix. Only rows are stored; what decides (identities,
labels) is folded again from the log after every assignment. The runtime drives it:
``load`` the changelog, ``plan``, ``rebuild`` [refold_from, resume_at), ``offer`` …, ``flush``, ``confirm``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from stream.contract.configuration import FOLD_VERSION
from stream.contract.frame import Frame, Kind, unpack
from stream.contract.records import Epoch, Generation, decode_body
from stream.contract.rows import (
    Admitted,
    Closed,
    EpochBegin,
    Marker,
    Shard,
    closed_key,
    encode_state,
    marker_key,
    shard_key,
)
from stream.core.changelog import Changelog, LogStart, Plan, plan_of
from stream.core.effects import Write
from stream.core.errors import LogRecreated
from stream.core.history import History, admitted_before
from stream.core.log_state import LogState
from stream.core.open_day import OpenDay

#: (partition, history, admitted label values, configurations) -> the state as of that history's end
StateFactory = Callable[[int, History, Sequence[Admitted], Callable[[str], Any]], LogState[Any]]


class Offer(Enum):
    """What became of a record offered to a partition."""

    FOLDED = auto()
    DUPLICATE = auto()  #: below the next offset: folded already
    HOLE = auto()  #: beyond the next offset: drop it unacknowledged


@dataclass(frozen=True)
class Flush:
    """Writes in stages: each stage must be acknowledged before the next is sent. ``upto``: the source offset
    that is durable once all are.
    """

    upto: int
    stages: tuple[tuple[Write, ...], ...]


class ExactPartition:
    """One (topic, partition). ``configurations``: digest -> configuration, loaded by the runtime before a
    record needs it. ``state``: makes the log's deciding state, mostly a subclass of LogState itself. Any
    exception of ``offer`` or ``rebuild`` must end the process.
    """

    def __init__(self, partition: int, configurations: Callable[[str], Any], state: StateFactory) -> None:
        self.partition = partition
        self._configurations, self._make_state = configurations, state
        self._changelog = Changelog()
        self._marker: Marker | None = None
        self._state = state(partition, History(), [], configurations)
        self._open: OpenDay | None = None
        self._closing: list[OpenDay] = []
        self._closing_stamps: list[int] = []
        self._dropped: list[bytes] = []
        self._outputs: list[Write] = []
        self._expected: dict[int, int] = {}
        self._next = 0
        self._resume_at = 0
        self._durable = -1
        self._changed = False
        self._rewrite = False

    @property
    def next_offset(self) -> int:
        """Offset of the record that is folded next."""
        return self._next

    @property
    def durable_offset(self) -> int:
        """Highest source offset whose effects are durable."""
        return self._durable

    @property
    def generation(self) -> str:
        """Id of the current log generation, "" before its record."""
        return self._state.history.generation if self._state.history.generations else ""

    @property
    def identities(self) -> int:
        """Keys in the identity table."""
        return self._state.table.size

    @property
    def corrupt(self) -> int:
        """Changelog records that could not be read."""
        return self._changelog.corrupt

    def load(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: any order, any owner, tombstones included."""
        self._changelog.load(key, value)

    def plan(self, start: LogStart) -> Plan:
        """Decide, after the changelog's replay, what to fold again and where to go on.

        Raises NoGeneration, LostState, LogTruncated, WrongPartitionCount.
        """
        marker = self._marker = self._changelog.marker_of(start, self.partition)
        if marker is None:
            plan = Plan(start.first_offset, start.first_offset, ())
            history = History()
        else:
            history = History.of(marker)
            day = self._restored(history.generation, marker.day, history.begin_of(marker.day))
            plan = plan_of(marker, day, start, history.generations[-1].window_days, self.partition)
        admitted = admitted_before(marker.admitted if marker else (), plan.refold_from)
        before = history.before(plan.refold_from)
        self._state = self._make_state(self.partition, before, admitted, self._configurations)
        if marker is not None:
            self._state.accepted_us, self._state.time_ms = marker.accepted_us, marker.time_ms
        self._next, self._resume_at, self._durable = plan.refold_from, plan.resume_at, plan.resume_at - 1
        self._open, self._expected, self._rewrite = None, {}, True
        self._closing, self._closing_stamps, self._dropped, self._outputs = [], [], [], []
        self._changed = False
        if plan.refold_from == plan.resume_at:
            self._resume()
        return plan

    def rebuild(self, offset: int, timestamp_ms: int, value: bytes) -> None:
        """Fold one record of [refold_from, resume_at) again, without rows. Offsets must rise; gaps hold
        control or aborted records only.
        """
        assert self._next <= offset < self._resume_at, (
            f"{offset} is outside {self._next} to {self._resume_at - 1}"
        )
        self._state.fold(offset, timestamp_ms, unpack(value), rows=False)
        self._next = offset + 1
        if self._next == self._resume_at:
            self._resume()

    def end_rebuild(self) -> None:
        """The log holds nothing more below resume_at: what is missing were control or aborted records."""
        if self._next < self._resume_at:
            self._next = self._resume_at
            self._resume()

    def offer(self, offset: int, timestamp_ms: int, value: bytes) -> Offer:
        """Fold a record if it is exactly the next one. Raises StopFold, UnknownVersion."""
        if offset > self._next:
            return Offer.HOLE
        frame = unpack(value)
        if offset < self._next:
            self._check_same_log(frame)
            return Offer.DUPLICATE
        state = self._state
        turn = state.turn(offset, timestamp_ms, frame)
        if turn is not None and self._open is not None and (turn.day, turn.generation) != self._open_id():
            self._close(offset - 1)
        effects = state.fold(offset, timestamp_ms, frame, rows=True)
        if self._open is None and state.history.generations:
            begin = offset if turn is not None else state.history.begin_of(state.history.day)
            self._take(state.history.generation, state.history.day, begin)
        if self._open is not None:
            for keys, deltas in effects.entries(state.labels.tuples):
                self._open.apply(offset, keys, deltas)
        self._outputs += effects.outputs
        self._next, self._changed = offset + 1, True
        return Offer.FOLDED

    def step_over(self, offset: int) -> None:
        """The log was asked for ``next_offset`` and gave ``offset``: what lies between holds no data."""
        self._next = max(self._next, offset)

    def needs_configuration(self, value: bytes) -> str | None:
        """Digest of the configuration a record switches to, None for all other records."""
        frame = unpack(value)
        return decode_body(frame.body, Epoch).digest if frame.kind is Kind.EPOCH else None

    def flush(self, *, force: bool = False) -> Flush | None:
        """What to write so that all that is folded becomes durable; None when nothing is to be written.

        ``force`` rewrites every open shard, so that an older write of a former owner does not stand.
        """
        force = force or self._rewrite
        if self._open is None or not (self._changed or force):
            return None
        upto = self._next - 1
        shards = self._open.write(self._open.held if force else self._open.dirty, upto)
        self._expected.update((shard.shard, shard.stamp) for shard in shards)
        states = [self._write_shard("state", shard) for shard in shards]
        closed, ends = self._write_closing()
        marker = Write(
            "state",
            marker_key(self._state.history.log),
            encode_state(self._make_marker(upto)),
            self.partition,
        )
        tombstones = tuple(Write("state", key, None, self.partition) for key in self._dropped)
        stages = (tuple(self._outputs), (*closed, *states), tuple(ends), (marker,), tombstones)
        self._open.dirty.clear()
        self._outputs, self._closing, self._closing_stamps, self._dropped = [], [], [], []
        self._changed = self._rewrite = False
        return Flush(upto, tuple(stage for stage in stages if stage))

    def confirm(self, flush: Flush) -> None:
        """Every write of the flush is acknowledged."""
        self._durable = max(self._durable, flush.upto)

    def _open_id(self) -> tuple[int, str]:
        assert self._open is not None
        return self._open.day, self._open.generation

    def _restored(self, generation: str, day: int, begin: int) -> OpenDay:
        return self._changelog.restore_day(self._marker, generation, self.partition, day, begin)

    def _resume(self) -> None:
        """What decides is rebuilt: take the rows of the marker's day, unless it is yet to begin."""
        marker, history = self._marker, self._state.history
        if marker is None or history.day != marker.day or history.generation != marker.generations[-1].id:
            return
        self._take(history.generation, marker.day, history.begin_of(marker.day))

    def _take(self, generation: str, day: int, begin: int) -> None:
        """Open a day with what the changelog holds of it; its shards are written anew with the next marker,
        which must name every one of them.
        """
        self._open = self._restored(generation, day, begin)
        self._expected = {}
        self._rewrite = self._rewrite or bool(self._open.held)

    def _close(self, upto: int) -> None:
        """The open day is over: its shards are written once more, as of its last record."""
        assert self._open is not None
        self._closing.append(self._open)
        self._closing_stamps.append(upto)
        self._open = None
        self._expected = {}

    def _write_closing(self) -> tuple[list[Write], list[Write]]:
        shards, ends = [], []
        for day, upto in zip(self._closing, self._closing_stamps, strict=True):
            written = day.write(day.held, upto)
            shards += [self._write_shard("closed", shard) for shard in written]
            stamps = [(shard.shard, shard.stamp) for shard in written]
            end = Closed(day.generation, self.partition, day.day, stamps)
            ends.append(
                Write("closed", closed_key(day.generation, day.day), encode_state(end), self.partition)
            )
            self._dropped += [shard_key(day.generation, day.day, shard.shard) for shard in written]
        return shards, ends

    def _write_shard(self, target: str, shard: Shard) -> Write:
        key = shard_key(shard.generation, shard.day, shard.shard)
        return Write(target, key, encode_state(shard), self.partition)

    def _make_marker(self, upto: int) -> Marker:
        state, history = self._state, self._state.history
        return Marker(
            log=history.log,
            partition=self.partition,
            upto=upto,
            day=history.day,
            expected=sorted(self._expected.items()),
            generations=history.generations,
            days=history.days,
            epochs=[EpochBegin(e.offset, e.number, e.digest) for e in history.epochs],
            admitted=state.labels.admitted,
            accepted_us=state.accepted_us,
            time_ms=state.time_ms,
        )

    def _check_same_log(self, frame: Frame) -> None:
        if frame.kind is not Kind.GENERATION:
            return
        born = decode_body(frame.body, Generation)
        if all(born.id != known.id for known in self._state.history.generations):
            raise LogRecreated(
                f"partition {self.partition}: the log was made again (generation {born.id});"
                " the worker starts anew"
            )


__all__ = ["FOLD_VERSION", "ExactPartition", "Flush", "LogStart", "Offer", "Plan"]
