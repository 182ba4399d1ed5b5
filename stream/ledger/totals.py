"""Live totals in memory, as they stand in the database: what a View is a snapshot of."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection

from stream.contract.rows import CONFLICT, MEASURES, PROBE, REFUSAL, TASK, USAGE
from stream.ledger.block import Block
from stream.ledger.crowd import Crowd, PeopleAt, PeopleMoves, days_shown
from stream.ledger.figures import TRANSITION_VIEW_LABELS, View
from stream.ledger.held import LabelSet
from stream.ledger.live import DELIVERIES, FAMILIES, Family, family_of
from stream.ledger.live_load import load_people, load_series, load_sums
from stream.ledger.rule import require_int64

_SHOWN: Final[Mapping[int, Family]] = {family.kind: family for family in FAMILIES if not family.delivery}


class First(NamedTuple):
    """A measure of a series that is above 0 for the first time."""

    series: LabelSet
    measure: int


@dataclass(frozen=True)
class Move:
    """What one transaction adds. ``sums``: the new values of what moves; ``ids``: of series that are new."""

    sums: Mapping[LabelSet, Mapping[int, int]]
    firsts: Sequence[First]
    ids: Mapping[LabelSet, int]
    people: Mapping[PeopleAt, list[int]]
    at_us: int


class Standing(NamedTuple):
    """Newest accept time held by agent, and how many shards are behind."""

    accepted_us: Mapping[str, int]
    behind: int


class LiveTotals:
    """Sums of live rows by series. Safe to take a view of from any thread; one thread loads and moves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._view: View | None = None
        self._view_days = range(0)
        self._reset()

    @property
    def ids(self) -> Mapping[LabelSet, int]:
        """Ids of the series that are stored."""
        return self._ids

    def load(self, connection: Connection, standing: Standing, now_us: int) -> None:
        """Take everything from the database."""
        ids, seen = load_series(connection)
        sums = load_sums(connection)
        since_day = days_shown(now_us).start
        people = load_people(connection, since_day)
        with self._lock:
            self._reset()
            for series, number in sorted(ids.items(), key=lambda item: item[1]):
                self._add(series, number)
            for series, values in sums.items():
                if series in self._ids and values:
                    self._block(series).set(series[1], values)
            for (series, measure), at_us in seen.items():
                self._block(series).see(series[1], measure, at_us)
            self._crowd = Crowd(since_day)
            self._crowd.move(people, now_us)
            self._standing = standing

    def stage(self, series: Mapping[LabelSet, Counter[int]], people: PeopleMoves, now_us: int) -> Move:
        """What a transaction has to store of what moves. Raises LedgerFault (overflow)."""
        sums: dict[LabelSet, dict[int, int]] = {}
        ids: dict[LabelSet, int] = {}
        firsts = []
        for key, moves in series.items():
            measures = {measure: move for measure, move in moves.items() if move}
            if not measures:
                continue
            if key in self._ids:
                block = self._block(key)
                held, seen = block.values(key[1]), block.seen(key[1])
            else:
                ids[key] = self._next_id + len(ids)
                held = seen = [0] * len(MEASURES[key[0]])
            new = sums[key] = {}
            for measure, move in measures.items():
                new[measure] = require_int64(held[measure] + move, f"sum of measure {measure}")
                if new[measure] > 0 and not seen[measure]:
                    firsts.append(First(key, measure))
        return Move(sums, firsts, ids, self._crowd.stage(people), now_us)

    def move(self, move: Move, standing: Standing) -> None:
        """Show what was staged: its transaction is committed."""
        with self._lock:
            for series, number in move.ids.items():
                self._add(series, number)
            for series, values in move.sums.items():
                self._block(series).set(series[1], values)
            for series, measure in move.firsts:
                self._block(series).see(series[1], measure, move.at_us)
            self._crowd.move(move.people, move.at_us)
            self._standing, self._view = standing, None

    def view(self, now_us: int) -> View:
        """An immutable snapshot; the same object until something changes, or the day does."""
        with self._lock:
            days = days_shown(now_us)
            view = self._view
            if view is None or self._view_days != days:
                self._view = view = self._snapshot(now_us)
                self._view_days = days
            return view

    def _snapshot(self, now_us: int) -> View:
        usage, tasks, probes = (self._of(kind).wide() for kind in (USAGE, TASK, PROBE))
        accepted = self._standing.accepted_us
        return View(
            usage.labels,
            usage.values,
            usage.first_seen_us,
            self._of(REFUSAL).counts(),  # type: ignore[arg-type] # two labels each
            self._of(CONFLICT).counts(),  # type: ignore[arg-type] # three labels each
            max(accepted.values(), default=0),
            self._standing.behind,
            {kind: self._of(kind).counts() for kind in TRANSITION_VIEW_LABELS},
            self._blocks[DELIVERIES].counts(),  # type: ignore[arg-type] # three labels each
            tasks,
            probes,
            self._crowd.shown(now_us),
            dict(accepted),
        )

    def _reset(self) -> None:
        self._ids: dict[LabelSet, int] = {}
        self._next_id = 1
        self._blocks = {family: Block(len(MEASURES[family.kind])) for family in FAMILIES}
        self._crowd = Crowd()
        self._standing = Standing({}, 1)
        self._view = None

    def _add(self, series: LabelSet, number: int) -> None:
        self._ids[series] = number
        self._next_id = max(self._next_id, number + 1)
        self._block(series).add(series[1])

    def _block(self, series: LabelSet) -> Block:
        return self._blocks[family_of(series)]

    def _of(self, kind: int) -> Block:
        return self._blocks[_SHOWN[kind]]
