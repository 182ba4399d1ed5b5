"""The only writer of the ledger: records of the log into the database, a transaction at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Engine, select

from stream.contract.rows import StateRecord
from stream.ledger import schema, store
from stream.ledger.batch import Batch
from stream.ledger.database import reporting, writing
from stream.ledger.figures import View
from stream.ledger.held import Held, load_held, load_rows
from stream.ledger.totals import LiveTotals, Standing


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Position(NamedTuple):
    """The next offset to read; ``topic_id``: of the topic that it counts in."""

    topic_id: str
    next_offset: int


def _now_us() -> int:
    return time.time_ns() // 1000


class Writer:
    """Takes records in any order, from the beginning again if need be. ``now_us``: the ledger's clock.

    One thread reads and commits; ``view`` is safe from any.
    """

    def __init__(self, engine: Engine, now_us: Callable[[], int] = _now_us) -> None:
        self._engine, self._now_us = engine, now_us
        self._held: Held | None = None
        self._positions: dict[Place, Position] = {}
        self._totals = LiveTotals()

    def positions(self) -> Mapping[Place, Position]:
        """Where to read on, as committed; loads when need be. Raises LedgerError (unavailable)."""
        if self._held is None:
            self.load()
        return self._positions

    def load(self) -> None:
        """Take everything from the database. Raises LedgerError (unavailable)."""
        at = schema.positions.c
        with reporting(self._engine), self._engine.connect() as connection:
            held = load_held(connection)
            self._totals.load(connection, _standing(held), self._now_us())
            rows = connection.execute(select(at.topic, at.partition, at.topic_id, at.next_offset)).all()
        self._held = held
        self._positions = {
            Place(row.topic, row.partition): Position(row.topic_id, row.next_offset) for row in rows
        }

    def commit(
        self,
        records: Iterable[StateRecord],
        positions: Mapping[Place, Position],
        agents: Mapping[str, str] | None = None,
    ) -> None:
        """Write what the records change, and where to read on, all or nothing; then show it. ``agents``:
        id of a log -> the agent that folds it; the telemetry agent for those not named.

        Raises LedgerFault (nothing is written) and LedgerError (unavailable: ``positions`` says
        what was written, go on from there).
        """
        if self._held is None:
            self.load()
        held, self._held = self._held, None  # held again only if all goes well
        assert held is not None
        now_us = self._now_us()
        with reporting(self._engine), writing(self._engine) as connection:
            batch = Batch(held, lambda arrival: load_rows(connection, arrival), agents or {})
            for record in records:
                batch.take(record)
            move = self._totals.stage(batch.series, batch.people, now_us)
            store.write_batch(connection, batch)
            merged = batch.complete()
            for arrival in merged:
                store.merge(connection, arrival, now_us)
            store.write_move(connection, move, self._totals.ids)
            store.write_pulse(connection, batch, now_us)
            store.upsert(connection, schema.positions, _position_rows(positions))
            store.write_sources(connection, batch.sources, now_us)
            store.write_standing(connection, now_us)
        for arrival in merged:
            arrival.merged, arrival.rows = True, None
            arrival.stamps.clear()
        self._held = held
        self._positions.update(positions)
        self._totals.move(move, _standing(held))

    def view(self) -> View:
        """A snapshot of what is committed; ``behind`` above 0 before ``load``."""
        return self._totals.view(self._now_us())


def _standing(held: Held) -> Standing:
    return Standing(held.accepted_us(), held.behind())


def _position_rows(positions: Mapping[Place, Position]) -> list[dict[str, object]]:
    return [
        {"topic": place.topic, "partition": place.partition} | position._asdict()
        for place, position in positions.items()
    ]
