"""The documented assignment of models, people and departments."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.replay.assign import MODELS, PEOPLE, WORK, Assignment, assign, draw, pick
from tests.support.oracle import leaf_costs_nano_usd


@given(st.integers(-(2**40), 2**40), st.integers(0, 10**7))
def test_the_assignment_is_as_documented(seed: int, row: int) -> None:
    """Anybody can compute it again from the README's words: SHA-256, 8 bytes, modulo, shares."""

    def entry(field: str, weights: list[int]) -> int:
        digest = hashlib.sha256(f"{seed}/{row}/{field}".encode()).hexdigest()
        rest = int(digest[:16], 16) % sum(weights)
        return next(i for i in range(len(weights)) if rest < sum(weights[: i + 1]))

    work = WORK[entry("work", [line[-1] for line in WORK])]
    model = MODELS[entry("model", [line[-1] for line in MODELS])]
    person = int(hashlib.sha256(f"{seed}/{row}/person".encode()).hexdigest()[:16], 16) % 240 + 1
    assert assign(seed, row) == Assignment(*work[:3], *model[:2], f"person-{person:03d}")


def test_the_assignment_is_stable() -> None:
    """A figure computed once for a seed holds in later versions."""
    assert draw(1, 0, "model") == 0xCC3605296D7F3728
    digest = hashlib.sha256()
    for row in range(1000):
        digest.update(repr(assign(1, row)).encode())
    assert digest.hexdigest() == "9389f350519cdcbe091a0699984ee6b11b6c79b8d460f2d6fd48d88273a57f38"


def test_shares_follow_the_weights() -> None:
    """Every entry is drawn about as often as its weight says."""
    rows = 20_000
    drawn = Counter(assign(3, row).model for row in range(rows))
    total = sum(weight for *_, weight in MODELS)
    for _, model, weight in MODELS:
        assert drawn[model] == pytest.approx(rows * weight / total, rel=0.25)
    assert len({assign(3, row).user for row in range(rows)}) == PEOPLE


def test_pick_covers_each_share_exactly() -> None:
    """No remainder falls between two entries."""
    assert [pick([2, 1, 3], n) for n in range(7)] == [0, 0, 1, 2, 2, 2, 0]


def test_every_assigned_model_has_a_price() -> None:
    """A replay's cost is whole: no model of the table is unknown to the price list."""
    for provider, model, _ in MODELS:
        costs = leaf_costs_nano_usd(provider, model, datetime.now(UTC), {"input": 1000, "output": 10})
        assert costs is not None and all(costs.values()), model
