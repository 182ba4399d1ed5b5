"""What the writer holds in memory of the database: arrival days with their rows, label sets, markers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from stream.contract.rows import Marker
from stream.ledger import schema
from stream.ledger.rule import Expectation, HeldRow, RowKey, below, of_newest_logs

LabelSet = tuple[int, tuple[str, ...]]  #: kind, labels in the order of ROW_LABELS[kind]
ArrivalKey = tuple[str, int, int]  #: generation, partition, arrival day


@dataclass
class Arrival:
    """An arrival day. ``stamps``: highest stamp read of each shard. ``closed``: the stamps it ends with, once
    it is over. ``rows``: its open rows, None until they are needed.
    """

    id: int
    closed: Mapping[int, int] | None = None
    merged: bool = False
    ignored: int = 0
    stamps: dict[int, int] = field(default_factory=dict)
    rows: dict[RowKey, HeldRow] | None = None

    @property
    def complete(self) -> bool:
        """Over, and every shard of it held: its rows can be merged."""
        return not self.merged and self.closed is not None and not below(self.stamps, self.closed)


@dataclass(frozen=True)
class HeldMarker:
    """The newest marker of a log and partition."""

    expectation: Expectation
    upto: int
    accepted_us: int
    time_ms: int

    @classmethod
    def of(cls, marker: Marker, agent: str) -> HeldMarker:
        first, last = marker.generations[0], marker.generations[-1]
        stamps = dict(marker.expected)
        expectation = Expectation(
            first.created_us, marker.log, marker.partition, last.id, marker.day, stamps, agent
        )
        return cls(expectation, marker.upto, marker.accepted_us, marker.time_ms)


@dataclass
class Held:
    """Everything but rows, which are loaded when their day is touched. One writer alone changes it; after a
    transaction that failed it is loaded anew.
    """

    arrivals: dict[ArrivalKey, Arrival] = field(default_factory=dict)
    label_sets: dict[LabelSet, int] = field(default_factory=dict)
    markers: dict[tuple[str, int], HeldMarker] = field(default_factory=dict)
    next_arrival: int = 1
    next_label_set: int = 1

    def accepted_us(self) -> Mapping[str, int]:
        """Newest accept time of the markers by agent."""
        newest: dict[str, int] = {}
        for marker in self.markers.values():
            agent = marker.expectation.agent
            newest[agent] = max(newest.get(agent, 0), marker.accepted_us)
        return newest

    def behind(self) -> int:
        """Shards held below what the newest markers expect; those of a merged day are held."""
        return sum(map(self._behind, of_newest_logs(m.expectation for m in self.markers.values())))

    def _behind(self, expectation: Expectation) -> int:
        arrival = self.arrivals.get((expectation.generation, expectation.partition, expectation.day))
        if arrival is None:
            return below({}, expectation.stamps)
        return 0 if arrival.merged else below(arrival.stamps, expectation.stamps)


def load_held(connection: Connection) -> Held:
    """Held as the database has it."""
    held = Held()
    by_id = {}
    at, sets = schema.arrivals.c, schema.label_sets.c
    for row in connection.execute(select(schema.arrivals)):
        closed = None if row.closed is None else dict(json.loads(row.closed))
        arrival = Arrival(row.id, closed, row.merged_us is not None, row.ignored)
        held.arrivals[row.generation, row.partition, row.day] = by_id[row.id] = arrival
    for row in connection.execute(select(schema.shards)):
        by_id[row.arrival].stamps[row.shard] = row.stamp
    for row in connection.execute(select(sets.id, sets.kind, sets.labels)):
        held.label_sets[row.kind, tuple(json.loads(row.labels))] = row.id
    for row in connection.execute(select(schema.markers)):
        stamps = dict(json.loads(row.expected))
        expectation = Expectation(
            row.created_us, row.log, row.partition, row.generation, row.day, stamps, row.agent
        )
        held.markers[row.log, row.partition] = HeldMarker(expectation, row.upto, row.accepted_us, row.time_ms)
    held.next_arrival = 1 + (connection.execute(select(func.max(at.id))).scalar() or 0)
    held.next_label_set = 1 + max(held.label_sets.values(), default=0)
    return held


def load_rows(connection: Connection, arrival: int) -> dict[RowKey, HeldRow]:
    """The open rows of an arrival day."""
    rows: dict[RowKey, HeldRow] = {}
    for shape in schema.SHAPES:
        at = shape.rows.c
        keys = (at.hour, at.label_set, at.origin, at.stamp)
        query = select(*keys, *(at[name] for name in shape.measures)).where(at.arrival == arrival)
        for row in connection.execute(query):
            rows[RowKey(row[0], row[1], row[2])] = _sparse(row[3], row[4:])
    return rows


def _sparse(stamp: int, values: Any) -> HeldRow:
    measures = tuple(m for m, value in enumerate(values) if value)
    return HeldRow(stamp, measures, tuple(values[m] for m in measures))
