"""Names, identities, leaves: what is on the wire may be added to, never changed."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract import rows
from stream.contract.identity import event_hash, partition_of, request_hash, trusted_response_id
from stream.contract.leaves import LEAVES, UNITS, USAGE_KEYS, NegativeLeaf, split_usage
from stream.contract.metrics import METRICS
from stream.contract.names import COST_STATUSES, LABELS, OUTCOMES, is_model, is_name, looks_like_secret

FIRST_RELEASE = {
    "leaves": (LEAVES, 15, "df61444913e4fe24"),
    "units": (UNITS, 14, "1f63a33fc6a6fbbc"),
    "labels": (LABELS, 13, "380947f429080dd6"),
    "outcomes": (OUTCOMES, 6, "540a3769221c4ee0"),
    "statuses": (COST_STATUSES, 5, "80e7e27cb83fa49c"),
    "measures": (rows.USAGE_MEASURES, 90, "a0412fcd87e1c6ab"),
}


def digest(names: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


@pytest.mark.parametrize(("names", "count", "expected"), FIRST_RELEASE.values(), ids=FIRST_RELEASE)
def test_positions_of_the_first_release_stay(names: tuple[str, ...], count: int, expected: str) -> None:
    """Positions are on the wire and in the ledger: lists grow at their end, and nothing in them moves."""
    assert digest(names[:count]) == expected
    assert len(set(names)) == len(names)


def test_hashes_never_change() -> None:
    """The hash decides the partition and who is the same request: these values are for ever."""
    assert event_hash("gateway", "call-1") == 13211891806038667934
    trusted = "chatcmpl-8f3b2c7d9e1a4b5c"
    assert request_hash("gateway", "call-1", trusted, cache_hit=False) == 135742652194623422
    assert partition_of(2**64 - 1, 4) == 3


def test_an_untrusted_response_id_identifies_nothing() -> None:
    """Counters, short ids, repeated characters and cache hits fall back to source and event id."""
    own = event_hash("s", "e")
    for response_id in (None, "17", "0" * 32, "abcabcabcabcabcabc"):
        assert request_hash("s", "e", response_id, cache_hit=False) == own
    assert request_hash("s", "e", "chatcmpl-8f3b2c7d9e1a4b5c", cache_hit=True) == own
    assert trusted_response_id("chatcmpl-8f3b2c7d9e1a4b5c", cache_hit=False)


def test_copies_from_any_source_are_one_request() -> None:
    """The same trusted response id gives one identity, whoever reports it; the events stay two."""
    a = request_hash("gateway", "1", "chatcmpl-8f3b2c7d9e1a4b5c", cache_hit=False)
    b = request_hash("sdk", "2", "chatcmpl-8f3b2c7d9e1a4b5c", cache_hit=False)
    assert a == b
    assert event_hash("gateway", "1") != event_hash("sdk", "1")


PARTS = st.fixed_dictionaries({}, optional={key: st.integers(0, 1000) for key in USAGE_KEYS})


@given(PARTS)
def test_leaves_are_disjoint_and_sum_to_the_totals(usage: dict[str, int]) -> None:
    """Leaves of an inclusive usage are positive and sum to input plus output, or a part exceeds its total."""
    try:
        leaves = split_usage(usage)
    except NegativeLeaf as error:
        assert error.field in str(error)
        return
    assert all(count > 0 for count in leaves.values())
    assert sum(leaves.values()) == usage.get("input_tokens", 0) + usage.get("output_tokens", 0)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop1234",
        "model sk-ant-api03-abcdefghijklmnop",
        "ghp_abcdefghijklmnopqrst",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abc",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6.abc",
        "a" * 80,
    ],
)
def test_secrets_are_seen(secret: str) -> None:
    """A key pasted into a name is refused before it becomes a label."""
    assert looks_like_secret(secret)


@pytest.mark.parametrize(
    "name",
    ["gpt-4o-mini", "claude-sonnet-4-5-20250929", "eu.anthropic.claude-3-7-sonnet-20250219-v1:0", "a/b"],
)
def test_models_are_no_secrets(name: str) -> None:
    """Real model names pass."""
    assert is_model(name)
    assert not looks_like_secret(name)


def test_names_may_be_of_any_language_but_not_break_a_label() -> None:
    """Departments in any script pass; quotes, braces, backslashes, control characters and blanks do not."""
    assert all(is_name(name) for name in ("R&D", "Vertrieb Süd", "人事", "customer service"))
    assert not any(is_name(name) for name in ("", " a", 'a"b', "a\\b", "a\nb", "a{b", "x" * 101))


def test_metrics_follow_the_conventions() -> None:
    """Counters end in _total, no name is given twice, units are base units, and every help is a sentence."""
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    for metric in METRICS:
        assert metric.name.startswith("llm_")
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert metric.help.endswith(".")
        assert metric.unit


def test_buckets_rise_and_hold_the_targets() -> None:
    """Latency targets (2, 3, 5 s) are bucket edges, so that the share below them is exact."""
    assert {2_000_000, 3_000_000, 5_000_000} <= set(rows.DURATION_BUCKETS_US)
    for edges in (rows.DURATION_BUCKETS_US, rows.TTFT_BUCKETS_US):
        assert all(low < high for low, high in pairwise(edges))
