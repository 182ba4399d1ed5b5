"""How fresh and how complete the ledger is, since when it holds figures, and who was heard of. Reads only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, Engine, func, select

from stream.ledger import schema
from stream.ledger.database import reading, reporting
from stream.ledger.figures import Freshness, SourceFigures
from stream.ledger.rule import Expectation, below, of_newest_logs

#: Shapes whose rows have the hour of an event or an arrival; that of people is an as-of day's.
_OF_EVENTS: Final = tuple(shape for shape in schema.SHAPES if "people" not in shape.measures)


def freshness(engine: Engine) -> Freshness:
    """How fresh and how complete the ledger is, over all agents: the newest accept time of any. Raises
    LedgerError.
    """
    with reporting(engine), reading(engine) as connection:
        agents, written = _by_agent(connection).values(), _written_us(connection)
    accepted = max((agent.accepted_us for agent in agents), default=0)
    return Freshness(accepted, written, sum(agent.behind for agent in agents))


def freshness_by_agent(engine: Engine) -> Mapping[str, Freshness]:
    """The same for each agent that has written a marker. Raises LedgerError."""
    with reporting(engine), reading(engine) as connection:
        return _by_agent(connection)


def sources(engine: Engine) -> list[SourceFigures]:
    """When each source was last heard of, in the order of their keys. Raises LedgerError."""
    at = schema.sources.c
    with reporting(engine), engine.connect() as connection:
        found = connection.execute(select(at.source_key, at.seen_us)).all()
    return sorted(SourceFigures(*row) for row in found)


def first_hour(engine: Engine) -> int | None:
    """The first hour (since 1970 UTC) of which there are events; None without any. Raises LedgerError."""
    at = schema.arrivals.c
    hours: list[int | None] = []
    with reporting(engine), reading(engine) as connection:
        unmerged = connection.execute(select(at.id).where(at.merged_us.is_(None))).scalars().all()
        for shape in _OF_EVENTS:
            hours.append(connection.execute(select(func.min(shape.totals.c.hour))).scalar())
            for arrival in unmerged:
                of_day = select(func.min(shape.rows.c.hour)).where(shape.rows.c.arrival == arrival)
                hours.append(connection.execute(of_day).scalar())
    return min((hour for hour in hours if hour is not None), default=None)


def _by_agent(connection: Connection) -> Mapping[str, Freshness]:
    at = schema.markers.c
    newest = select(at.agent, func.max(at.accepted_us)).group_by(at.agent)
    accepted = {row[0]: row[1] for row in connection.execute(newest)}
    written, behind = _written_us(connection), _behind_by_agent(connection)
    return {agent: Freshness(us, written, behind[agent]) for agent, us in sorted(accepted.items())}


def _written_us(connection: Connection) -> int:
    return connection.execute(select(schema.standing.c.written_us)).scalar() or 0


def _behind_by_agent(connection: Connection) -> Mapping[str, int]:
    """Shards held below what the newest markers expect; those of a merged day are held."""
    at = schema.markers.c
    query = select(at.created_us, at.log, at.partition, at.generation, at.day, at.expected, at.agent)
    found = [
        Expectation(*row[:5], dict(json.loads(row.expected)), row.agent) for row in connection.execute(query)
    ]
    behind: Counter[str] = Counter()
    for expectation in of_newest_logs(found):
        behind[expectation.agent] += _behind(connection, expectation)
    return behind


def _behind(connection: Connection, expectation: Expectation) -> int:
    at = schema.arrivals.c
    arrival = connection.execute(
        select(at.id, at.merged_us).where(
            at.generation == expectation.generation,
            at.partition == expectation.partition,
            at.day == expectation.day,
        )
    ).one_or_none()
    if arrival is not None and arrival.merged_us is not None:
        return 0
    held = {}
    if arrival is not None:
        shards = schema.shards.c
        query = select(shards.shard, shards.stamp).where(shards.arrival == arrival.id)
        held = {row.shard: row.stamp for row in connection.execute(query)}
    return below(held, expectation.stamps)
