"""Tables of the ledger. Every count is an exact int64 (BIGINT); SQLite and PostgreSQL alike.

What is open is held per row of the log (``usage_rows``, ``count_rows``); what is closed is merged into totals
(``usage_totals``, ``count_totals``). A figure is the sum of both. Ids are given by the one writer.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint

from stream.contract.names import LABELS
from stream.contract.rows import USAGE_MEASURES

metadata: Final = MetaData()
#: Columns of a label set: labels of usage, then what refusals and conflicts have besides.
LABEL_COLUMNS: Final = (*LABELS, "other_source_key", "reason")


def _id() -> Column[int]:
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


def _key(name: str) -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _int(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _measures() -> list[Column[int]]:
    return [_int(name) for name in USAGE_MEASURES]


#: ``labels``: JSON of the row's labels, in the order of ROW_LABELS[kind]; one column per label for queries.
label_sets: Final = Table(
    "label_sets",
    metadata,
    _id(),
    Column("kind", Integer, nullable=False),
    _text("labels"),
    *(_text(name) for name in LABEL_COLUMNS),
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
#: Open usage rows. ``stamp``: lowest stamp at which these values are known to stand.
usage_rows: Final = Table(
    "usage_rows",
    metadata,
    _arrival_key(),
    *_row_key(),
    _int("stamp"),
    *_measures(),
    sqlite_with_rowid=False,
)
usage_totals: Final = Table(
    "usage_totals",
    metadata,
    *_row_key(),
    *_measures(),
    sqlite_with_rowid=False,
)
#: Open rows of refusals and conflicts: one measure.
count_rows: Final = Table(
    "count_rows",
    metadata,
    _arrival_key(),
    *_row_key(),
    _int("stamp"),
    _int("events"),
    sqlite_with_rowid=False,
)
count_totals: Final = Table(
    "count_totals",
    metadata,
    *_row_key(),
    _int("events"),
    sqlite_with_rowid=False,
)
#: Newest marker of each log and partition. ``created_us``: when the log was made; ``generation``, ``day``:
#: what ``expected`` (JSON of (shard, stamp) pairs) speaks of.
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
