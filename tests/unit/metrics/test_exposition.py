"""The page itself: families, exact decimals, escapes, environments, zero first."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream.contract.metrics import METRICS
from stream.contract.rows import MEASURE_INDEX
from stream.ledger.figures import Held, View
from stream.metrics.exposition import Exposition
from stream.metrics.hold import HOLD_US, NEVER_US
from stream.metrics.text import bound, decimal
from tests.unit.metrics.expected import make_view
from tests.unit.metrics.scraped import samples

NOW_US = 1_790_000_000_000_000
CLAIMS = ("production", "claims", "triage", "openai", "gpt-4o")
LABELS = {"department": "claims", "use_case": "triage", "provider": "openai", "model": "gpt-4o"}


def page(view: View, now_us: int = NOW_US) -> bytes:
    return Exposition().render(view, now_us).text


def value(view: View, name: str, now_us: int = NOW_US, **labels: str) -> Decimal | None:
    return samples(page(view, now_us)).get((name, frozenset(labels.items())))


def test_every_family_is_announced_once_even_without_series() -> None:
    """Each metric of the contract has one HELP and one TYPE: a new installation shows what will come."""
    text = page(make_view({})).decode()
    for metric in METRICS:
        assert text.count(f"# HELP {metric.name} {metric.help}\n") == 1
        assert text.count(f"# TYPE {metric.name} {metric.kind}\n") == 1
    named = {family.name for family in text_string_to_metric_families(text)}
    assert named == {metric.name.removesuffix("_total") for metric in METRICS}


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [
        (0, 9, b"0"),
        (1, 9, b"0.000000001"),
        (1_500_000_000, 9, b"1.5"),
        (10_000_000_000, 9, b"10"),
        (9_007_199_254_740_993, 9, b"9007199.254740993"),  # 2**53 + 1: no float on the way
        (2**63 - 1, 9, b"9223372036.854775807"),
        (-1_250, 6, b"-0.00125"),
        (100, 0, b"100"),
    ],
)
def test_decimals_are_exact(amount: int, places: int, text: bytes) -> None:
    """A sum of nano-USD is printed digit by digit, whatever its size."""
    assert decimal(amount, places) == text


def test_bounds_are_written_as_prometheus_3_keeps_them() -> None:
    """``le`` reads 1.0, not 1: version 3 rewrites it so, and rules must hold for both versions."""
    assert [bound(us) for us in (50_000, 1_000_000, 1_500_000, 120_000_000)] == [
        "0.05",
        "1.0",
        "1.5",
        "120.0",
    ]


def test_costs_and_squares_are_exact() -> None:
    """Beyond the 53 bits of a float and the 63 of an int64, the digits are those of the sum."""
    view = make_view(
        {
            CLAIMS: {
                "cost_nano_usd_input": 9_007_199_254_740_993,
                "cost_squares_hi": 2**40 + 1,
                "cost_squares_lo": 2**33 + 5,
            }
        }
    )
    assert value(view, "llm_cost_usd_total", token_type="input", **LABELS) == Decimal("9007199.254740993")
    squares = (2**40 + 1) * 2**32 + 2**33 + 5
    assert value(view, "llm_cost_squares_usd2_total", **LABELS) == squares * Decimal("1e-12")


def test_label_values_are_escaped() -> None:
    """Quotes, backslashes, line ends, per cent signs and any script survive the way to the scraper."""
    nasty = 'a"b\\c\nd%d %s{}é漢'
    view = make_view({("production", nasty, "", "p", "m"): {"requests_success": 3}})
    labels = {"department": nasty, "use_case": "", "provider": "p", "model": "m", "outcome": "success"}
    assert value(view, "llm_requests_total", **labels) == 3


def test_a_text_that_is_no_utf8_costs_no_scrape() -> None:
    """A lone surrogate becomes visible text: one bad label must not hide every other figure."""
    view = make_view({("production", "a\ud800b", "u", "p", "m"): {"cache_hits": 1}})
    assert b'department="a\\\\ud800b"' in page(view)


def test_environments_do_not_mix() -> None:
    """Production alone is in the cost metrics; other environments add up in families of their own."""
    view = make_view(
        {
            ("staging", *CLAIMS[1:]): {
                "requests_success": 2,
                "cost_nano_usd_input": 5,
                "cost_nano_usd_output": 6,
            },
            ("staging", "claims", "other", "x", "y"): {"requests_success": 3, "cost_nano_usd_units": 7},
            ("test", "claims", "other", "x", "y"): {"requests_error": 1, "duplicates": 4},
        }
    )
    found = samples(page(view))
    del found["llm_ledger_series", frozenset()]
    staging = {"environment": "staging", "department": "claims"}
    tested = {"environment": "test", "department": "claims", "outcome": "error"}
    assert found == {
        ("llm_nonproduction_requests_total", frozenset({**staging, "outcome": "success"}.items())): 5,
        ("llm_nonproduction_requests_total", frozenset(tested.items())): 1,
        ("llm_nonproduction_cost_usd_total", frozenset(staging.items())): Decimal("0.000000018"),
    }


def test_a_series_is_there_once_its_measure_was() -> None:
    """Nothing is shown of outcomes, token types and histograms that a series never had."""
    view = make_view({CLAIMS: {"requests_success": 1, "tokens_output": 7}})
    names = {name for name, labels in samples(page(view)) if labels}
    assert names == {"llm_requests_total", "llm_tokens_total"}


def test_zero_first_then_the_value() -> None:
    """A new series reads 0 until the hold is over, to the microsecond, and the page says when that is."""
    seen = NOW_US
    view = make_view({CLAIMS: {"requests_success": 8}}, seen)
    labels = {**LABELS, "outcome": "success"}
    exposition = Exposition()
    held = exposition.render(view, seen)
    assert held.until_us == seen + HOLD_US
    key = ("llm_requests_total", frozenset(labels.items()))
    assert samples(held.text)[key] == 0
    assert samples(exposition.render(view, held.until_us - 1).text)[key] == 0
    released = exposition.render(view, held.until_us)
    assert samples(released.text)[key] == 8
    assert released.until_us == NEVER_US


def test_a_clock_that_goes_back_hides_nothing_again() -> None:
    """What was released stays released: a counter that falls to 0 would be counted twice."""
    view = make_view({CLAIMS: {"cache_hits": 8}}, NOW_US)
    exposition = Exposition()
    before = exposition.render(view, NOW_US + HOLD_US).text
    assert exposition.render(view, NOW_US - 10**9).text == before


def test_each_measure_of_a_series_is_held_for_itself() -> None:
    """A first error of a series that is years old still begins at 0."""
    view = make_view({CLAIMS: {"requests_success": 8, "requests_error": 2}}, 1)
    view.first_seen_us[0, MEASURE_INDEX["requests_error"]] = NOW_US
    assert value(view, "llm_requests_total", outcome="success", **LABELS) == 8
    assert value(view, "llm_requests_total", outcome="error", **LABELS) == 0


def test_a_histogram_is_held_and_released_whole() -> None:
    """A bucket first filled later is no new series: buckets, sum and count move together."""
    view = make_view({CLAIMS: {"duration_le_100000": 3, "duration_us_sum": 250_000}}, 1)
    view.values[0, MEASURE_INDEX["duration_le_inf"]] = 2
    view.first_seen_us[0, MEASURE_INDEX["duration_le_inf"]] = NOW_US
    found = {
        (name, dict(labels).get("le")): v
        for (name, labels), v in samples(page(view)).items()
        if name.startswith("llm_request_duration")
    }
    assert found["llm_request_duration_seconds_bucket", "0.1"] == 3
    assert found["llm_request_duration_seconds_bucket", "120.0"] == 3
    assert found["llm_request_duration_seconds_bucket", "+Inf"] == 5
    assert found["llm_request_duration_seconds_count", None] == 5
    assert found["llm_request_duration_seconds_sum", None] == Decimal("0.25")


def test_refusals_and_conflicts_between_sources_are_held_too() -> None:
    """They begin at 0 like every other counter."""
    view = make_view(
        {},
        refusals={
            ("billing", "too_old"): Held(7, 1),
            ("billing", "negative_leaf"): Held(9, NOW_US),
            ("billing", "null_event"): Held(0, 0),
        },
        conflicts={("a", "b", "cost"): Held(2, 1)},
    )
    assert value(view, "llm_quarantined_total", source_key="billing", reason="too_old") == 7
    assert value(view, "llm_quarantined_total", source_key="billing", reason="negative_leaf") == 0
    assert value(view, "llm_quarantined_total", source_key="billing", reason="null_event") is None
    assert value(view, "llm_source_conflicts_total", source_key="a", other_source_key="b", reason="cost") == 2


def test_freshness_is_exact_and_absent_before_the_first_event() -> None:
    """No accept time is no sample, not 1970: an age of half a century would page somebody."""
    assert value(make_view({}), "llm_ledger_accepted_time_seconds") is None
    view = make_view({}, accepted_us=NOW_US + 1, accepted_us_by_agent={"tasks": NOW_US, "probes": 0})
    assert value(view, "llm_ledger_accepted_time_seconds") == Decimal("1790000000.000001")
    assert value(view, "llm_ledger_agent_accepted_time_seconds", agent="tasks") == 1_790_000_000
    assert value(view, "llm_ledger_agent_accepted_time_seconds", agent="probes") is None


def test_a_view_of_another_ledger_begins_anew() -> None:
    """Lines are kept by position only as long as the series are the same."""
    exposition = Exposition()
    exposition.render(make_view({CLAIMS: {"cache_hits": 8}}), NOW_US)
    other = make_view({("production", "legal", "u", "p", "m"): {"cache_hits": 1}})
    assert samples(exposition.render(other, NOW_US).text) == samples(page(other))


def test_the_page_follows_values_that_change() -> None:
    """Kept bytes are given again only while every value of their family stands."""
    view = make_view({CLAIMS: {"cache_hits": 8, "cost_nano_usd_input": 1}})
    exposition = Exposition()
    exposition.render(view, NOW_US)
    values = view.values.copy()
    values[0, MEASURE_INDEX["cost_nano_usd_input"]] = 2
    values[0, MEASURE_INDEX["duration_le_inf"]] = 1
    later = View(view.labels, values, np.where(values > 0, 1, 0))
    assert samples(exposition.render(later, NOW_US).text) == samples(page(later))
