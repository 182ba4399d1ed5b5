"""Tables of the ledger. Every count is an exact int64 (BIGINT); SQLite and PostgreSQL alike.

What is open is held per row of the log (``usage_rows``, ``count_rows`` …); what is closed is merged into
totals (``usage_totals``, ``count_totals`` …). A figure is the sum of both. Kinds of rows that have the same
measures share their tables. Ids are given by the one writer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint

from stream.contract.rows import MEASURES, PEOPLE, PROBE, REFUSAL, ROW_LABELS, TASK, USAGE

metadata: Final = MetaData()
#: Labels of a label set, one column each: those of usage, then what other kinds have besides.
LABEL_COLUMNS: Final = tuple(dict.fromkeys(label for labels in ROW_LABELS.values() for label in labels))
#: Columns that are not called as their label, which means something else in SQL.
_COLUMN_OF: Final = {"check": "check_type", "window": "window_days"}


def _id() -> Column[int]:
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


def _key(name: str) -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _int(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _label(name: str) -> Column[str]:
    """The column of a label, in ``columns`` by the label's own name."""
    return Column(_COLUMN_OF.get(name, name), Text, key=name, nullable=False)


#: ``labels``: JSON of the row's labels, in the order of ROW_LABELS[kind]; one column per label for queries.
label_sets: Final = Table(
    "label_sets",
    metadata,
    _id(),
    Column("kind", Integer, nullable=False),
    _text("labels"),
    *(_label(name) for name in LABEL_COLUMNS),
    UniqueConstraint("kind", "labels", name="uq_label_sets_kind_labels"),
)
#: One arrival day of one partition of one log generation. ``closed``: JSON of the (shard, stamp) pairs that
#: it consists of, once it is over. ``merged_us``: when its rows went into the totals; ``ignored``: shards
#: that came after that.
arrivals: Final = Table(
    "arrivals",
    metadata,
    _id(),
    _text("generation"),
    Column("partition", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("closed", Text),
    Column("merged_us", BigInteger),
    _int("ignored"),
    UniqueConstraint("generation", "partition", "day", name="uq_arrivals_generation_partition_day"),
)


def _arrival_key() -> Column[int]:
    return Column("arrival", BigInteger, ForeignKey(arrivals.c.id), primary_key=True, autoincrement=False)


def _row_key() -> list[Column[int]]:
    """What tells the rows of one arrival day, or of the totals, apart."""
    return [
        _key("hour"),
        Column("label_set", BigInteger, ForeignKey(label_sets.c.id), primary_key=True, autoincrement=False),
        Column("origin", Integer, primary_key=True, autoincrement=False),
    ]


#: Highest stamp read of each shard of an arrival day that is not merged.
shards: Final = Table(
    "shards",
    metadata,
    _arrival_key(),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    _int("stamp"),
    sqlite_with_rowid=False,
)


class Shape(NamedTuple):
    """Tables of rows with the same measures. ``rows``: open ones; their ``stamp`` is the lowest at which the
    values are known to stand. ``totals``: what is merged.
    """

    measures: Sequence[str]
    rows: Table
    totals: Table


def _shape(name: str, measures: Sequence[str]) -> Shape:
    rows = Table(
        f"{name}_rows",
        metadata,
        _arrival_key(),
        *_row_key(),
        _int("stamp"),
        *map(_int, measures),
        sqlite_with_rowid=False,
    )
    totals = Table(f"{name}_totals", metadata, *_row_key(), *map(_int, measures), sqlite_with_rowid=False)
    return Shape(measures, rows, totals)


_NAMED: Final = {"usage": USAGE, "count": REFUSAL, "task": TASK, "probe": PROBE, "people": PEOPLE}
#: Every shape there is, and the shape of each kind of rows.
SHAPES: Final = tuple(_shape(name, MEASURES[kind]) for name, kind in _NAMED.items())
SHAPE_OF: Final[Mapping[int, Shape]] = {
    kind: next(shape for shape in SHAPES if shape.measures == measures) for kind, measures in MEASURES.items()
}
#: Newest marker of each log and partition. ``agent``: that writes it. ``created_us``: when the log was made;
#: ``generation``, ``day``: what ``expected`` (JSON of (shard, stamp) pairs) speaks of.
markers: Final = Table(
    "markers",
    metadata,
    Column("log", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    _int("created_us"),
    _int("upto"),
    _text("generation"),
    Column("day", Integer, nullable=False),
    _text("expected"),
    _int("accepted_us"),
    _int("time_ms"),
    _text("agent"),
)
#: The next offset to read; ``topic_id``: of the topic that it counts in.
positions: Final = Table(
    "positions",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    _text("topic_id"),
    _int("next_offset"),
)
#: Live series as shown: ``labels`` is JSON of VIEW_LABELS for usage, of the row's labels else.
series: Final = Table(
    "series",
    metadata,
    _id(),
    Column("kind", Integer, nullable=False),
    _text("labels"),
    UniqueConstraint("kind", "labels", name="uq_series_kind_labels"),
)
#: When a measure of a series was first above 0, by the ledger's clock.
first_seen: Final = Table(
    "first_seen",
    metadata,
    Column("series", BigInteger, ForeignKey(series.c.id), primary_key=True, autoincrement=False),
    Column("measure", Text, primary_key=True),
    _int("at_us"),
    sqlite_with_rowid=False,
)
#: What reached the ledger within a minute of its own clock, one day long.
minutes: Final = Table(
    "minutes",
    metadata,
    _key("minute"),
    Column("department", Text, primary_key=True),
    _int("requests"),
    _int("errors"),
    _int("tokens"),
    _int("cost_nano_usd"),
    sqlite_with_rowid=False,
)
#: One row: when the ledger last committed.
standing: Final = Table("standing", metadata, _id(), _int("written_us"))
#: When a row that names a source last moved, by the ledger's clock.
sources: Final = Table("sources", metadata, Column("source_key", Text, primary_key=True), _int("seen_us"))
