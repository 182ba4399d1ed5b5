"""Explanations say what a person needs to believe a price, or to mend a miss."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stream.pricing import Explanation, PriceBook, compile_book, explain, parse_overrides

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return compile_book()


def usd(explanation: Explanation, name: str) -> str:
    return next(line.usd for line in explanation.rates if line.name == name)


def test_a_match_is_explained(book: PriceBook) -> None:
    """Clause, model, rates as exact decimals, and whose rate a leaf takes."""
    found = explain(book, "openai", "gpt-4o-2024-11-20", AT)
    assert (found.status, found.matched_provider, found.matched_model) == ("priced", "openai", "gpt-4o")
    assert "equals 'gpt-4o-2024-11-20'" in found.steps[-1]
    assert usd(found, "input") == "2.5"
    assert usd(found, "input_cache_read") == "1.25"
    reasoning = next(line for line in found.rates if line.name == "output_reasoning")
    assert (reasoning.usd, reasoning.from_name, reasoning.origin) == ("10", "output", "catalogue")
    assert found.source == "genai-prices 0.2.3"


def test_slices_and_tiers_are_shown(book: PriceBook) -> None:
    """The days between which the price holds, the hours it changes at, the context lengths."""
    dated = explain(book, "deepseek", "deepseek-v4-pro", datetime(2026, 8, 20, tzinfo=UTC))
    assert dated.slice_from == "2026-08-17"
    assert "01:00:00" in dated.hours
    tiered = explain(book, "openai", "gpt-5.4", AT)
    assert next(line for line in tiered.rates if line.name == "input").tiers[0][0] == 272_000


def test_service_tiers_are_shown(book: PriceBook) -> None:
    """A batch request's rate says that it is one."""
    plain = explain(book, "anthropic", "claude-opus-5", AT)
    fast = explain(book, "anthropic", "claude-opus-5", AT, service_tier="fast")
    assert usd(fast, "input") == "10"
    assert usd(plain, "input") != "10"
    assert fast.rates[0].origin == "catalogue, service_tier fast"


def test_an_override_names_its_author(book: PriceBook) -> None:
    """Who agreed a rate and why stands beside it."""
    text = (
        "overrides:\n  - {provider: openai, model: gpt-4o, from: 2026-01-01, rates: {input: 2.00}, "
        "who: Purchasing, why: frame contract}\n"
        "  - {provider: openai, from: 2026-01-01, factor: 0.90, who: Board, why: volume}\n"
    )
    found = explain(compile_book(parse_overrides(text)), "openai", "gpt-4o", AT)
    line = found.rates[0]
    assert (line.usd, line.origin, line.who, line.why) == (
        "2",
        "override 1",
        "Purchasing",
        "frame contract",
    )
    output = next(line for line in found.rates if line.name == "output")
    assert (output.usd, output.origin, output.who) == ("9", "catalogue × 0.9, override 2", "Board")
    assert found.slice_from == "2026-01-01"


def test_misses_come_with_suggestions(book: PriceBook) -> None:
    """A name with a typing error is answered by names that exist."""
    model = explain(book, "openai", "gpt4o-mini", AT)
    assert (model.status, model.miss) == ("unpriced", "unknown_model")
    assert "gpt-4o-mini" in model.suggestions
    azure = explain(book, "azure", "gpt4o-mini", AT)
    assert "gpt-4o-mini" in azure.suggestions
    provider = explain(book, "antropic", "claude-sonnet-4-5", AT)
    assert (provider.miss, provider.suggestions[0]) == ("unknown_provider", "anthropic")
    assert provider.rates == ()
