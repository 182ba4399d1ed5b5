"""What differs between two configurations: settings, names, and the rate of each model from which day."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from stream.contract.configuration import Configuration
from stream.control.comparison import Change, compare
from stream.control.comparison_text import comparison_lines, notes
from stream.control.rates import RateChange
from stream.pricing import PriceBook, compile_book, encode_book, parse_overrides

CATALOGUE = compile_book()
PLAIN = Configuration(price_book=encode_book(CATALOGUE))


def priced(text: str) -> Configuration:
    """The catalogue with these overrides."""
    return Configuration(price_book=encode_book(compile_book(parse_overrides(text), CATALOGUE)))


def entry(**fields: object) -> str:
    given = {"provider": "openai", "model": "gpt-4o", "from": "2026-01-01", "who": "Buyer", "why": "contract"}
    inner = ", ".join(f"{key}: {value}" for key, value in {**given, **fields}.items())
    return f"overrides: [{{{inner}}}]\n"


def lines(
    old: Configuration, new: Configuration
) -> list[tuple[str, str | None, str | None, str | None, str | None]]:
    return [(r.unit, r.old, r.new, r.since, r.until) for r in compare(old, new).rates]


def test_the_same_is_the_same() -> None:
    """Nothing differs from itself."""
    found = compare(PLAIN, msgspec.structs.replace(PLAIN))
    assert found.same and list(comparison_lines(found)) == []


def test_settings_and_names() -> None:
    """Zone, policy, bounds and declared names, each as the file calls it."""
    new = Configuration(
        price_book=PLAIN.price_book,
        zone="Europe/Paris",
        cost_policy="reported",
        bounds={**PLAIN.bounds, "model": 7},
        declared={"department": ["A", "B"]},
    )
    assert compare(PLAIN, new).settings == (
        Change("zone", "UTC", "Europe/Paris"),
        Change("cost_policy", "computed", "reported"),
        Change("bounds.model", "500", "7"),
        Change("declared.department", None, "A"),
        Change("declared.department", None, "B"),
    )
    assert [change.new for change in compare(new, PLAIN).settings][-2:] == [None, None]


def test_a_contract_price_changes_its_rates_over_its_days() -> None:
    """Old and new rate, from the first day, until the day after the last."""
    new = priced(entry(until="2026-12-31", rates="{input: 2, output: 8}"))
    assert lines(PLAIN, new) == [
        ("input", "2.5", "2", "2026-01-01", "2027-01-01"),
        ("output", "10", "8", "2026-01-01", "2027-01-01"),
    ]
    assert lines(new, PLAIN)[0] == ("input", "2", "2.5", "2026-01-01", "2027-01-01")


def test_only_the_region_of_the_contract_changes() -> None:
    """A rate for one region is shown for that region."""
    rates = compare(PLAIN, priced(entry(region="westeurope", rates="{input: 2}"))).rates
    assert [(rate.region, rate.unit) for rate in rates] == [("westeurope", "input")]


def test_a_discount_changes_every_rate_of_the_provider() -> None:
    """A factor for all models is spelled out model by model, exactly."""
    rates = compare(PLAIN, priced(entry(model='"*"', provider="anthropic", factor="0.92"))).rates
    models = {model.id for p in CATALOGUE.providers if p.id == "anthropic" for model in p.models}
    free = {rate.model for rate in rates} ^ models
    assert len(free) < len(models) / 10  # those without any rate
    opus = next(rate for rate in rates if rate.model == "claude-2" and rate.unit == "input")
    assert (opus.old, opus.new) == ("8", "7.36")


def test_a_model_of_ones_own_was_unpriced() -> None:
    """A model that the catalogue lacks goes from unpriced to its rate, and nothing else is said."""
    new = priced(
        entry(provider="in-house", model="m1", rates="{input: {base: 1, tiers: [{above: 9, rate: 2}]}}")
    )
    assert lines(PLAIN, new) == [("input", None, "1 (2 above 9)", "2026-01-01", None)]


def test_a_leaf_that_gets_its_own_rate_says_whose_it_had() -> None:
    """Reasoning output was priced as output."""
    new = priced(entry(rates="{output_reasoning: 12}"))
    assert lines(PLAIN, new) == [("output_reasoning", "as output", "12", "2026-01-01", None)]


def test_an_override_put_before_another_is_no_change_of_the_other() -> None:
    """Overrides are told apart by what they say, not by their number in the file."""
    first = entry(rates="{input: 2}")
    both = "overrides:\n" + "".join(
        f"  - {{provider: {p}, model: {m}, from: 2026-01-01, rates: {{input: 2}}, who: Buyer,"
        " why: contract}\n"
        for p, m in (("in-house", "m1"), ("openai", "gpt-4o"))
    )
    found = compare(priced(first), priced(both))
    assert [(rate.provider, rate.model) for rate in found.rates] == [("in-house", "m1")]
    assert [change.field for change in found.prices] == ["override in-house/m1 from 2026-01-01"]


def test_a_new_catalogue_shows_what_it_makes_dearer() -> None:
    """Only models whose price differs are named, with the catalogue's version."""
    dearer = tuple(
        tuple(msgspec.structs.replace(rate, base=rate.base * 2) for rate in price) if number == 0 else price
        for number, price in enumerate(CATALOGUE.prices)
    )
    new = msgspec.structs.replace(CATALOGUE, source="genai-prices 9", prices=dearer)
    found = compare(PLAIN, Configuration(price_book=encode_book(new)))
    assert found.prices == (Change("catalogue", CATALOGUE.source, "genai-prices 9"),)
    touched = {
        (p.id, m.id)
        for p in CATALOGUE.providers
        for m in p.models
        if any(part.price == 0 for part in (*m.slices, *m.variants))
    }
    assert {(rate.provider, rate.model) for rate in found.rates} <= touched
    assert found.rates and all(
        float(rate.new or 0) == 2 * float(rate.old or 0) for rate in found.rates if plain(rate)
    )


def plain(rate: RateChange) -> bool:
    """A rate without tiers."""
    return all(text is not None and text.replace(".", "").isdigit() for text in (rate.old, rate.new))


def test_books_of_nothing_and_everything() -> None:
    """The whole catalogue at once, in reasonable time; the text is cut and says so."""
    nothing = Configuration(price_book=encode_book(PriceBook(1, "none", (), ())))
    found = compare(nothing, PLAIN)
    assert len(found.rates) > 2000
    shown = list(comparison_lines(found))
    assert shown[-1].endswith("more (--full or --json shows them)") and len(shown) < 60


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (PLAIN, priced("deployments: {azure/chat: gpt-4o}\n"), "+ deployments.azure/chat: gpt-4o"),
        (priced("provider_aliases: {gw: azure}\n"), PLAIN, "- provider_aliases.gw: azure"),
        (
            PLAIN,
            priced(entry(factor="0.9")),
            "+ override openai/gpt-4o, factor from 2026-01-01: × 0.9 (Buyer: contract)",
        ),
        (PLAIN, priced(entry(rates="{input: 2}")), "  openai/gpt-4o  input  2.5 → 2  from 2026-01-01"),
    ],
)
def test_lines_for_people(old: Configuration, new: Configuration, line: str) -> None:
    """`+` new, `-` gone, and rates with their day."""
    assert line in list(comparison_lines(compare(old, new)))


def test_a_price_that_held_should_not_be_rewritten() -> None:
    """Removing or changing an override that has held changes the price of late events."""
    held, ended = priced(entry(rates="{input: 2}")), priced(entry(rates="{input: 2}", until="2026-06-30"))
    changed = priced(entry(rates="{input: 3}"))
    today = date(2026, 6, 1)
    for old, new, number in ((held, PLAIN, 1), (held, changed, 1), (held, ended, 0), (PLAIN, held, 0)):
        assert len(list(notes(compare(old, new), today))) == number
    assert list(notes(compare(held, PLAIN), date(2025, 12, 31))) == []
