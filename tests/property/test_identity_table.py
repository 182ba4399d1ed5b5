"""The identity table against a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.identity_table import IdentityTable

KEYS = st.lists(
    st.sampled_from([0, 1, 2, 2**64 - 1, 2**63, *range(100, 130)]) | st.integers(0, 2**64 - 1), max_size=40
)


@given(st.lists(KEYS, max_size=8))
def test_new_is_what_a_dictionary_has_not_seen(batches: list[list[int]]) -> None:
    """First occurrences are new, later ones find the same row, hash 0 included, within and over batches."""
    table, known = IdentityTable(), {}
    for batch in batches:
        rows, new = table.add(np.array(batch, np.uint64))
        for key, row, first in zip(batch, rows.tolist(), new.tolist(), strict=True):
            assert first == (key not in known)
            assert known.setdefault(key, row) == row
    assert table.size == len(known)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=200), st.integers(0, 10)
)
def test_a_sweep_forgets_old_keys_and_keeps_payloads(entries: list[tuple[int, int]], horizon: int) -> None:
    """After a sweep exactly the keys of recent days are known, each with its own payload."""
    table, last = IdentityTable(), {}
    for key, day in entries:
        rows, _ = table.add(np.array([key], np.uint64))
        table.last_day[rows] = np.maximum(table.last_day[rows], day)
        table.cost[rows] = key * 10
        last[key] = max(last.get(key, 0), day)
    table.sweep(horizon)
    kept = {key for key, day in last.items() if day >= horizon}
    assert table.size == len(kept)
    rows, new = table.add(np.array(sorted(last), np.uint64))
    for key, row, first in zip(sorted(last), rows.tolist(), new.tolist(), strict=True):
        assert first == (key not in kept)
        assert first or table.cost[row] == key * 10


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32))
def test_growth_loses_nothing(seed: int) -> None:
    """Keys and payloads survive every growth of the table; colliding slots are resolved."""
    random = np.random.default_rng(seed)
    keys = random.integers(0, 2**63, 30_000, dtype=np.uint64) << np.uint64(1)
    table = IdentityTable()
    for start in range(0, len(keys), 700):
        chunk = keys[start : start + 700]
        rows, new = table.add(chunk)
        table.event[rows[new]] = chunk[new] + np.uint64(1)
    rows, new = table.add(keys)
    assert not new.any()
    assert (table.event[rows] == keys + np.uint64(1)).all()
    assert table.size == len(np.unique(keys))
