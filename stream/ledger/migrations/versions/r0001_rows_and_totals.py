"""Rows, totals, markers, positions, series and the pulse.

Labels and measures are append-only, so that their first ones are those of this revision for ever.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from stream.contract.names import LABELS
from stream.contract.rows import USAGE_MEASURES

revision = "0001"
down_revision: str | None = None
_LABEL_COLUMNS = (*LABELS[:13], "other_source_key", "reason")
_MEASURES = USAGE_MEASURES[:90]


def upgrade() -> None:
    _keys()
    for name, measures in (("usage", _MEASURES), ("count", ("events",))):
        op.create_table(
            f"{name}_rows",
            _reference("arrival", "arrivals"),
            *_row_key(),
            _int("stamp"),
            *map(_int, measures),
            sqlite_with_rowid=False,
        )
        op.create_table(f"{name}_totals", *_row_key(), *map(_int, measures), sqlite_with_rowid=False)
    _log()
    _shown()


def downgrade() -> None:
    raise NotImplementedError("a ledger is never taken back: restore a backup")


def _keys() -> None:
    op.create_table(
        "label_sets",
        _key("id"),
        _small("kind"),
        _text("labels"),
        *map(_text, _LABEL_COLUMNS),
        sa.UniqueConstraint("kind", "labels", name="uq_label_sets_kind_labels"),
    )
    op.create_table(
        "arrivals",
        _key("id"),
        _text("generation"),
        _small("partition"),
        _small("day"),
        sa.Column("closed", sa.Text),
        sa.Column("merged_us", sa.BigInteger),
        _int("ignored"),
        sa.UniqueConstraint("generation", "partition", "day", name="uq_arrivals_generation_partition_day"),
    )


def _log() -> None:
    op.create_table(
        "shards",
        _reference("arrival", "arrivals"),
        _small_key("shard"),
        _int("stamp"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "markers",
        _text_key("log"),
        _small_key("partition"),
        _int("created_us"),
        _int("upto"),
        _text("generation"),
        _small("day"),
        _text("expected"),
        _int("accepted_us"),
        _int("time_ms"),
    )
    op.create_table(
        "positions", _text_key("topic"), _small_key("partition"), _text("topic_id"), _int("next_offset")
    )


def _shown() -> None:
    op.create_table(
        "series",
        _key("id"),
        _small("kind"),
        _text("labels"),
        sa.UniqueConstraint("kind", "labels", name="uq_series_kind_labels"),
    )
    op.create_table(
        "first_seen",
        _reference("series", "series"),
        _text_key("measure"),
        _int("at_us"),
        sqlite_with_rowid=False,
    )
    pulse = ("requests", "errors", "tokens", "cost_nano_usd")
    op.create_table(
        "minutes", _key("minute"), _text_key("department"), *map(_int, pulse), sqlite_with_rowid=False
    )
    op.create_table("standing", _key("id"), _int("written_us"))


def _row_key() -> list[sa.Column[Any]]:
    return [_key("hour"), _reference("label_set", "label_sets"), _small_key("origin")]


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, primary_key=True, autoincrement=False)


def _small_key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _text_key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _reference(name: str, table: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey(f"{table}.id"), primary_key=True, autoincrement=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
