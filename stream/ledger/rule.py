"""Which of two writes of a row counts, and when a day that is over may be merged. Pure; no database.

The highest stamp wins per row, whatever the order of arrival, from the state and the closed topic alike.
Values of a row only grow, so that of one row a higher stamp never holds less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from stream.ledger.errors import LedgerFault

INT64_MAX: Final = 2**63 - 1
_MEND: Final = "stop it, and start the ledger again when compaction has dropped its writes, or from a backup"
Stamps = Mapping[int, int]  #: shard -> stamp


class RowKey(NamedTuple):
    """A row within its arrival day; ``label_set``: id of its kind and labels."""

    hour: int
    label_set: int
    origin: int


class HeldRow(NamedTuple):
    """``measures[i]`` has the value ``values[i]``, as of ``stamp``; measures that are 0 are left out."""

    stamp: int
    measures: tuple[int, ...]
    values: tuple[int, ...]


def moves(held: HeldRow | None, found: HeldRow, names: Sequence[str]) -> dict[int, int] | None:
    """What ``found`` adds to each measure; None when it is older than what is held. ``names``: of measures.

    Empty when the values are the same. Raises LedgerFault (equal_stamp, row_fell).
    """
    if held is None:
        return dict(zip(found.measures, found.values, strict=True))
    if found.stamp < held.stamp:
        return None
    if found.values == held.values and found.measures == held.measures:
        return {}
    before = dict(zip(held.measures, held.values, strict=True))
    after = dict(zip(found.measures, found.values, strict=True))
    differences = {m: after.get(m, 0) - before.get(m, 0) for m in {**before, **after}}
    differences = {m: difference for m, difference in differences.items() if difference}
    if differences and found.stamp == held.stamp:
        raise LedgerFault(
            "equal_stamp",
            f"two writes of one row as of offset {found.stamp} differ in {names[min(differences)]}: workers"
            f" of different releases, or another program, wrote to the state topic; {_MEND}",
        )
    if any(difference < 0 for difference in differences.values()):
        measure = min(m for m, difference in differences.items() if difference < 0)
        raise LedgerFault(
            "row_fell",
            f"{names[measure]} of a row is {after.get(measure, 0)} as of offset {found.stamp} and was"
            f" {before[measure]} as of {held.stamp}: rows only grow, so another program wrote to the state"
            f" topic; {_MEND}",
        )
    return differences


def require_int64(value: int, what: str) -> int:
    """``value`` unless it is outside int64. Raises LedgerFault (overflow)."""
    if not -INT64_MAX - 1 <= value <= INT64_MAX:
        raise LedgerFault("overflow", f"{what}: {value} does not fit in 64 bits; sums stop before they wrap")
    return value


def below(held: Stamps, wanted: Stamps) -> int:
    """How many shards are held below the stamp wanted, missing ones included."""
    return sum(held.get(shard, -1) < stamp for shard, stamp in wanted.items())


class Expectation(NamedTuple):
    """What the newest marker of a log and partition vouches for. ``created_us``: when the log was made;
    ``agent``: that folds it.
    """

    created_us: int
    log: str
    partition: int
    generation: str
    day: int
    stamps: Stamps
    agent: str


def of_newest_logs(expectations: Iterable[Expectation]) -> Sequence[Expectation]:
    """Those of each agent's log that was made last: nobody writes an older log's shards again, whatever its
    markers say.
    """
    found = list(expectations)
    newest: dict[str, tuple[int, str]] = {}
    for e in found:
        newest[e.agent] = max(newest.get(e.agent, (e.created_us, e.log)), (e.created_us, e.log))
    return [e for e in found if e.log == newest[e.agent][1]]
