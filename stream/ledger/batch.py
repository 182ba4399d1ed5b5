"""Records of the log, judged one by one: what a transaction has to write, and what it adds to the totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from stream.contract.leaves import LEAVES
from stream.contract.names import LABEL_INDEX
from stream.contract.rows import (
    COST_TYPES,
    LIVE,
    MEASURE_INDEX,
    MEASURES,
    PEOPLE,
    ROW_LABELS,
    USAGE,
    Closed,
    Marker,
    Row,
    Shard,
    StateRecord,
)
from stream.contract.topics import TELEMETRY_LOG
from stream.ledger.errors import LedgerFault
from stream.ledger.held import Arrival, ArrivalKey, Held, HeldMarker, LabelSet
from stream.ledger.live import series_of
from stream.ledger.rule import HeldRow, RowKey, moves, require_int64

_DEPARTMENT: Final = LABEL_INDEX["department"]
#: Measures that the pulse sums. Cancelled and filtered requests are no errors of the service.
_PULSE: Final = {
    "requests": [name for name in MEASURE_INDEX if name.startswith("requests_")],
    "errors": ["requests_error", "requests_timeout", "requests_rate_limited"],
    "tokens": [f"tokens_{leaf}" for leaf in LEAVES],
    "cost_nano_usd": [f"cost_nano_usd_{part}" for part in COST_TYPES],
}
_PULSE_OF: Final = {
    MEASURE_INDEX[name]: [column for column, names in _PULSE.items() if name in names]
    for name in MEASURE_INDEX
}
#: Labels of each kind that name a source.
_SOURCES: Final = {
    kind: [i for i, name in enumerate(names) if name in ("source_key", "other_source_key")]
    for kind, names in ROW_LABELS.items()
}
RowAt = tuple[int, RowKey]  #: id of the arrival day, key within it
LoadRows = Callable[[int], dict[RowKey, HeldRow]]


class Batch:
    """Takes records into ``held`` and notes what changed. ``load``: reads an arrival day's open rows.
    ``agents``: id of a log -> the agent that folds it; the telemetry agent for those not named.
    """

    def __init__(self, held: Held, load: LoadRows, agents: Mapping[str, str]) -> None:
        self.held, self._load, self._agents = held, load, agents
        self.new_label_sets: dict[LabelSet, int] = {}
        self.new_arrivals: dict[ArrivalKey, Arrival] = {}
        self.changed_arrivals: dict[int, Arrival] = {}
        self.stamps: dict[tuple[int, int], int] = {}  #: (arrival, shard) -> stamp
        self.markers: dict[tuple[str, int], HeldMarker] = {}
        self.inserted: dict[int, dict[RowAt, HeldRow]] = defaultdict(dict)  #: by kind
        self.updated: dict[int, dict[RowAt, HeldRow]] = defaultdict(dict)
        self.series: dict[LabelSet, Counter[int]] = defaultdict(Counter)  #: what live totals move by
        self.people: dict[tuple[int, tuple[str, ...]], Counter[int]] = defaultdict(Counter)  #: hour, labels
        self.sources: set[str] = set()  #: whose rows moved
        self.pulse: dict[str, Counter[str]] = defaultdict(Counter)

    def take(self, record: StateRecord) -> None:
        """Judge one record. Raises LedgerFault."""
        if isinstance(record, Shard):
            self._take_shard(record)
        elif isinstance(record, Closed):
            self._take_closed(record)
        else:
            self._take_marker(record)

    def complete(self) -> list[Arrival]:
        """Arrival days that can be merged now."""
        touched = {arrival.id: arrival for arrival in self.new_arrivals.values()} | self.changed_arrivals
        return [arrival for arrival in touched.values() if arrival.complete]

    def _take_shard(self, shard: Shard) -> None:
        arrival = self._arrival((shard.generation, shard.partition, shard.day))
        self.changed_arrivals[arrival.id] = arrival
        if arrival.merged:
            arrival.ignored += 1
            return
        if arrival.rows is None:
            arrival.rows = self._load(arrival.id)
        if shard.stamp > arrival.stamps.get(shard.shard, -1):
            arrival.stamps[shard.shard] = self.stamps[arrival.id, shard.shard] = shard.stamp
        for row in shard.rows:
            self._take_row(arrival, arrival.rows, shard.stamp, row)

    def _take_row(self, arrival: Arrival, rows: dict[RowKey, HeldRow], stamp: int, row: Row) -> None:
        key = RowKey(row.hour, self._label_set(row), row.origin)
        _require_known(row)
        found, before = HeldRow(stamp, row.measures, row.values), rows.get(key)
        differences = moves(before, found, MEASURES[row.kind])
        if differences is None:
            return
        rows[key] = found
        if before is not None and not differences:
            return
        _require_int64(row)
        at = (arrival.id, key)
        new = before is None or at in self.inserted[row.kind]
        (self.inserted if new else self.updated)[row.kind][at] = found
        self.sources.update(row.labels[i] for i in _SOURCES[row.kind] if row.labels[i])
        if row.origin == LIVE:
            self._move(row, differences)

    def _move(self, row: Row, differences: dict[int, int]) -> None:
        if row.kind == PEOPLE:
            self.people[row.hour, row.labels].update(differences)
            return
        self.series[series_of(row.kind, row.labels)].update(differences)
        if row.kind != USAGE:
            return
        pulse = self.pulse[row.labels[_DEPARTMENT]]
        for measure, difference in differences.items():
            for column in _PULSE_OF[measure]:
                pulse[column] += difference

    def _take_closed(self, closed: Closed) -> None:
        arrival = self._arrival((closed.generation, closed.partition, closed.day))
        if arrival.merged:
            return
        stamps = dict(arrival.closed or {})
        for shard, stamp in closed.shards:
            stamps[shard] = max(stamp, stamps.get(shard, -1))
        arrival.closed = stamps
        self.changed_arrivals[arrival.id] = arrival

    def _take_marker(self, marker: Marker) -> None:
        agent = self._agents.get(marker.log, TELEMETRY_LOG.agent)
        key, found = (marker.log, marker.partition), HeldMarker.of(marker, agent)
        before = self.held.markers.get(key)
        if before is None or found.upto >= before.upto:
            self.held.markers[key] = self.markers[key] = found

    def _arrival(self, key: ArrivalKey) -> Arrival:
        arrival = self.held.arrivals.get(key)
        if arrival is None:
            arrival = Arrival(self.held.next_arrival, rows={})
            self.held.next_arrival += 1
            self.held.arrivals[key] = self.new_arrivals[key] = arrival
        return arrival

    def _label_set(self, row: Row) -> int:
        key = (row.kind, row.labels)
        found = self.held.label_sets.get(key)
        if found is None:
            if row.kind not in ROW_LABELS or len(row.labels) != len(ROW_LABELS[row.kind]):
                raise _unknown(f"kind {row.kind} with {len(row.labels)} labels")
            found = self.held.label_sets[key] = self.new_label_sets[key] = self.held.next_label_set
            self.held.next_label_set += 1
        return found


def _require_known(row: Row) -> None:
    """Raises LedgerFault for a measure that this release has no column for."""
    if row.measures and max(row.measures) >= len(MEASURES[row.kind]):
        raise _unknown(f"kind {row.kind} with measure {max(row.measures)}")


def _require_int64(row: Row) -> None:
    if row.values:
        require_int64(max(row.values), "a value of a row")
        require_int64(min(row.values), "a value of a row")


def _unknown(what: str) -> LedgerFault:
    return LedgerFault(
        "unknown_row", f"row: {what} is not of this release; run the ledger of the workers' release"
    )
