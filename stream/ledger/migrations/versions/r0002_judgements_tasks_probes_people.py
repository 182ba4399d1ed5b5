"""Judgements, tasks, probes and people; which agent wrote a marker; when a source was last heard of.

Measures are append-only, so that their first ones are those of this revision for ever.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from stream.contract.rows import PEOPLE_MEASURES, PROBE_MEASURES, TASK_MEASURES

revision = "0002"
down_revision = "0001"
_NEW_LABELS = (
    "aspect",
    "from_value",
    "to_value",
    "selection",
    "deliverable",
    "ai",
    "probe",
    "check_type",
    "target",
    "outcome",
    "window_days",
)
_SHAPES = {"task": TASK_MEASURES[:13], "probe": PROBE_MEASURES[:19], "people": PEOPLE_MEASURES[:3]}


def upgrade() -> None:
    for label in _NEW_LABELS:
        op.add_column("label_sets", sa.Column(label, sa.Text, nullable=False, server_default=""))
    op.add_column("markers", sa.Column("agent", sa.Text, nullable=False, server_default="telemetry"))
    for name, measures in _SHAPES.items():
        op.create_table(
            f"{name}_rows",
            _reference("arrival", "arrivals"),
            *_row_key(),
            _int("stamp"),
            *map(_int, measures),
            sqlite_with_rowid=False,
        )
        op.create_table(f"{name}_totals", *_row_key(), *map(_int, measures), sqlite_with_rowid=False)
    op.create_table("sources", sa.Column("source_key", sa.Text, primary_key=True), _int("seen_us"))


def downgrade() -> None:
    raise NotImplementedError("a ledger is never taken back: restore a backup")


def _row_key() -> list[sa.Column[Any]]:
    return [
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        _reference("label_set", "label_sets"),
        sa.Column("origin", sa.Integer, primary_key=True, autoincrement=False),
    ]


def _reference(name: str, table: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey(f"{table}.id"), primary_key=True, autoincrement=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)
