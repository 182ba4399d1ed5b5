"""Override files: what they may say, what they do to a price, and how they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.contract.names import COST_STATUSES
from stream.pricing import (
    OverlapError,
    OverrideError,
    Overrides,
    Pricer,
    compile_book,
    decode_book,
    encode_book,
    load_overrides,
    parse_overrides,
    schema,
)
from tests.property.pricing_batches import Event, price_events

MILLION = 1_000_000
HEAD = "    who: Purchasing\n    why: framework contract\n"


def one(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return f"  - {lines.lstrip()}{HEAD}"


def usd(text: str, event: Event) -> float:
    """What an event costs under overrides, in USD."""
    priced = price_events(Pricer(compile_book(parse_overrides("overrides:\n" + text))), [event])
    return int(priced.cost_nano_usd[0]) / 1e9


GPT = Event("openai", "gpt-4o-2024-11-20", counts={"input": MILLION})
OUT = Event("openai", "gpt-4o", counts={"output": MILLION})


def test_a_named_rate_wins_and_the_others_stay() -> None:
    """An override lays its rates over the catalogue's, for every name of the model."""
    text = one("provider: openai\nmodel: gpt-4o\nfrom: 2026-01-01\nrates: {input: 1.10}")
    assert usd(text, GPT) == 1.1
    assert usd(text, OUT) == 10.0


def test_replace_leaves_nothing_of_the_catalogue() -> None:
    """With ``replace`` a rate that is not named does not hold, and its use makes a price partial."""
    text = one("provider: openai\nmodel: gpt-4o\nfrom: 2026-01-01\nreplace: true\nrates: {input: 1.10}")
    priced = price_events(Pricer(compile_book(parse_overrides("overrides:\n" + text))), [OUT, GPT])
    assert [COST_STATUSES[s] for s in priced.status] == ["partly_priced", "priced"]


def test_the_closer_aim_wins() -> None:
    """The very name before the model it means, the model before the provider, whatever their order."""
    every = one("provider: openai\nfrom: 2026-01-01\nrates: {input: 3}")
    model = one("provider: openai\nmodel: GPT-4o\nfrom: 2026-01-01\nrates: {input: 2}")
    name = one("provider: openai\nmodel: gpt-4o-2024-11-20\nfrom: 2026-01-01\nrates: {input: 1}")
    assert usd(name + model + every, GPT) == 1
    assert usd(model + every, GPT) == 2
    assert usd(every + model, Event("openai", "gpt-4o-mini", counts={"input": MILLION})) == 3


def test_a_factor_applies_to_the_catalogue_and_not_to_contract_rates() -> None:
    """A discount multiplies what the catalogue says; rates agreed by contract are final."""
    off = one("provider: openai\nfrom: 2026-01-01\nfactor: 0.9")
    agreed = one("provider: openai\nmodel: gpt-4o\nfrom: 2026-01-01\nrates: {input: 2}")
    assert usd(off + agreed, GPT) == 2
    assert usd(off + agreed, OUT) == 9.0


def test_service_tier_and_region_narrow_an_override() -> None:
    """An override for a tier or region holds there alone."""
    text = one(
        "provider: openai\nmodel: gpt-4o\nservice_tier: Batch\nregion: EU\n"
        "from: 2026-01-01\nrates: {input: 1}"
    )
    assert usd(text, Event("openai", "gpt-4o", counts=GPT.counts, region="eu", service_tier="batch")) == 1
    assert usd(text, GPT) == 2.5


def test_another_currency_is_converted_exactly() -> None:
    """A rate in euro times the contract's own dated conversion, rounded once."""
    text = one(
        "provider: own\nmodel: m\nfrom: 2026-01-01\ncurrency: EUR\n"
        "conversion: {usd: 1.0843, date: 2025-12-30, source: ECB}\nrates: {input: 2.10}"
    )
    assert usd(text, Event("own", "m", counts={"input": MILLION})) == 2.27703


def test_tiers_and_units_can_be_overridden() -> None:
    """Rates by context length and rates each."""
    text = one(
        "provider: own\nmodel: m\nfrom: 2026-01-01\n"
        "rates:\n  input: {base: 1, tiers: [{above: 1000000, rate: 2}]}\n"
        "  web_searches: 0.01\n  requests: 0.5"
    )
    assert usd(text, Event("own", "m", counts={"input": MILLION})) == 1.5
    assert usd(text, Event("own", "m", counts={"input": 2 * MILLION, "web_searches": 3})) == 4.53


def test_until_is_the_last_day_it_holds() -> None:
    """Adjoining entries leave no gap and do not overlap."""
    day = 86_400_000_000
    first = one("provider: own\nmodel: m\nfrom: 2026-01-01\nuntil: 2026-06-30\nrates: {input: 1}")
    second = one("provider: own\nmodel: m\nfrom: 2026-07-01\nrates: {input: 2}")
    july = 1_782_864_000_000_000
    assert july % day == 0
    assert usd(first + second, Event("own", "m", july, {"input": MILLION})) == 2
    assert usd(first + second, Event("own", "m", july - 1, {"input": MILLION})) == 1


def test_overlaps_of_equal_rank_are_refused() -> None:
    """Two entries for the same thing on the same day: neither wins by accident."""
    first = one("provider: azure.ai.openai\nmodel: x\nfrom: 2026-01-01\nuntil: 2026-06-30\nrates: {input: 1}")
    second = one("provider: azure\nmodel: X\nfrom: 2026-06-30\nrates: {output: 2}")
    with pytest.raises(OverlapError) as caught:
        compile_book(parse_overrides("overrides:\n" + first + second))
    assert caught.value.reason == "override_overlap"
    assert caught.value.problems == [
        "override 2: azure/x from 2026-06-30 overlaps override 1, which holds until 2026-06-30; "
        "end the one before the other begins"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version: 2\n", "o.yaml:1: version: 2 Input should be 1"),
        ("overrides: [\n", "o.yaml:2: not YAML: "),
        ("- a\n", "o.yaml:1: a mapping with `overrides:` is expected"),
        ("overides: []\n", "o.yaml:1: overides: Extra inputs are not permitted"),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-13-01\nrates: {input: 1}"),
            "o.yaml:3: overrides[1].from: 2026-13-01 Input should be a valid date",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\nrates:\n  inputs: 1"),
            "o.yaml:5: overrides[1].rates.inputs: inputs is no leaf or unit; one of input, ",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\nrates:\n  input: -1"),
            "o.yaml:5: overrides[1].rates.input: -1 Input should be greater than or equal to 0",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\nrates:\n  input: .nan"),
            "o.yaml:5: overrides[1].rates.input: ",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\nfactor: 1\nrates: {input: 1}"),
            "o.yaml:2: overrides[1]: give either `rates` or `factor`",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\ncurrency: EUR\nrates: {input: 1}"),
            "o.yaml:2: overrides[1]: `conversion: {usd, date, source}` goes with",
        ),
        (
            "overrides:\n  - provider: x\n    from: 2026-01-01\n    factor: 0.9\n    who: Purchasing\n",
            "o.yaml:2: overrides[1].why: Field required",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\nrates:\n  input: {base: 1, tiers: []}"),
            "o.yaml:5: overrides[1].rates.input.tiers: ",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\nrates:\n  input: true"),
            "o.yaml:5: overrides[1].rates.input: True is no number",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\nrates:\n  input: 1e999999999"),
            "o.yaml:5: overrides[1].rates.input: ",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 2026-01-01\nfactor: 1e-999999999"),
            "o.yaml:4: overrides[1].factor: ",
        ),
        (
            "overrides:\n" + one("provider: x\nfrom: 20260101\nfactor: 1"),
            "o.yaml:3: overrides[1].from: 20260101 write the day as 2026-01-31",
        ),
        ("deployments:\n  chat: gpt-4o\n", "o.yaml:2: deployments.chat: "),
    ],
)
def test_a_bad_file_is_refused_by_line_and_field(text: str, problem: str) -> None:
    """Every error names file, line, field and what would be right."""
    with pytest.raises(OverrideError) as caught:
        parse_overrides(text, "o.yaml")
    assert any(line.startswith(problem) for line in caught.value.problems), caught.value.problems
    assert caught.value.reason == "override_invalid"


def test_a_rate_in_the_wrong_unit_is_refused() -> None:
    """A price per token written where one per million is meant cannot pass unseen if it is absurd."""
    with pytest.raises(OverrideError, match=r"override 1 \(x/\*\): rate of input: 10000 USD per 1000000"):
        compile_book(
            parse_overrides("overrides:\n" + one("provider: x\nfrom: 2026-01-01\nrates: {input: 10000}"))
        )


def test_the_documented_example_holds() -> None:
    """What the schema's documentation shows can be copied into a file."""
    example = str(schema.__doc__).split("```yaml")[1].split("```")[0]
    overrides = parse_overrides(example)
    assert len(compile_book(overrides).overrides) == len(overrides.overrides) == 2


def test_files_are_read_and_unreadable_ones_named(tmp_path: Path) -> None:
    """A missing, empty or foreign file is an error of one line, or nothing to do."""
    good = tmp_path / "prices.yaml"
    good.write_text("overrides:\n" + one("provider: x\nfrom: 2026-01-01\nfactor: 0.5"))
    assert len(load_overrides(good).overrides) == 1
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    assert load_overrides(tmp_path / "empty.yaml") == Overrides()
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe")
    for name in ("absent.yaml", "latin.yaml"):
        with pytest.raises(OverrideError, match=name):
            load_overrides(tmp_path / name)


def test_overrides_are_part_of_the_book() -> None:
    """A worker that has only the book's bytes prices like the one that compiled it."""
    text = one("provider: openai\nfrom: 2026-01-01\nfactor: 0.123456789012345678901")
    book = compile_book(parse_overrides("overrides:\n" + text))
    again = decode_book(encode_book(book))
    assert again == book
    costs = [price_events(Pricer(b), [GPT]).cost_nano_usd.tolist() for b in (book, again)]
    assert costs == [[308_642_000]] * 2
