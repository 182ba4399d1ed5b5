"""Probes: a check counts once, its duration only when it was answered."""

from __future__ import annotations

from stream.contract.records import Check, Checks, encode_record
from stream.contract.rows import PROBE, REFUSAL
from stream.contract.topics import PROBES_LOG
from stream.core.probes_fold import ProbesState
from tests.unit.core.folding import HOUR, NOW_US, Folding

LABELS = ("chat", "openai", "https://gateway", "openai", "m", "eu", "success")


def fold(*checks: Check) -> Folding:
    folding = Folding(ProbesState, PROBES_LOG.window_days or 0)
    for check in checks:
        folding.take(encode_record(Checks(NOW_US, [check])))
    return folding


def test_a_check_counts_once() -> None:
    """A check sent again is redelivered, in the row of its hour; one without an answer has no duration."""
    late = (*LABELS[:6], "timeout")
    checks = (Check(1, NOW_US, LABELS, 300_000, 9), Check(2, NOW_US - 3_600_000_000, late))
    assert fold(*checks, *checks).rows == {
        (PROBE, HOUR, LABELS, "checks"): 1,
        (PROBE, HOUR, LABELS, "tokens"): 9,
        (PROBE, HOUR, LABELS, "redelivered"): 1,
        (PROBE, HOUR, LABELS, "duration_us_sum"): 300_000,
        (PROBE, HOUR, LABELS, "duration_le_500000"): 1,
        (PROBE, HOUR - 1, late, "checks"): 1,
        (PROBE, HOUR - 1, late, "redelivered"): 1,
    }


def test_every_answer_has_a_bucket() -> None:
    """An answer slower than the last bound is in the bucket without one, one of no measurable duration in
    the first.
    """
    found = fold(Check(1, NOW_US, LABELS, 120_000_001), Check(2, NOW_US, LABELS, 0)).rows
    assert found[PROBE, HOUR, LABELS, "duration_le_inf"] == 1
    assert found[PROBE, HOUR, LABELS, "duration_le_100000"] == 1


def test_a_check_that_lies_is_quarantined() -> None:
    """A duration out of range and too few labels quarantine their record."""
    folding = fold(Check(1, NOW_US, LABELS, -1), Check(2, NOW_US, LABELS[:6], 1))
    assert folding.rows == {(REFUSAL, HOUR, ("unknown", "malformed_batch"), "events"): 2}
