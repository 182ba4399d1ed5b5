"""The price book: canonical bytes, bounds, size; names that people and clouds give to models."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import msgspec
import pytest

from stream.contract.names import COST_STATUSES
from stream.pricing import (
    PriceBook,
    Pricer,
    PricingError,
    UnitEntries,
    book_digest,
    compile_book,
    decode_book,
    encode_book,
    parse_overrides,
)
from stream.pricing.book import Rate
from stream.pricing.errors import BookError, UnitEntryError
from stream.pricing.pricer import MAX_LABELS
from stream.pricing.resolve import MAX_CACHED, Resolver
from tests.property.pricing_batches import Event, price_events


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return compile_book()


def status(book: PriceBook, *events: Event) -> list[str]:
    return [COST_STATUSES[s] for s in price_events(Pricer(book), events).status]


def test_equal_input_gives_equal_bytes(book: PriceBook) -> None:
    """Another process with another hash seed compiles the same book: its digest names its content."""
    code = "from stream.pricing import book_digest, compile_book; print(book_digest(compile_book()))"
    made = set()
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
        made.add(done.stdout.decode().strip())
    assert made == {book_digest(book)}


def test_a_worker_never_reads_the_installed_catalogue(book: PriceBook, tmp_path: Path) -> None:
    """The book's bytes alone price a request: the catalogue's package is not even loaded."""
    (tmp_path / "book").write_bytes(encode_book(book))
    code = (
        "import sys; from pathlib import Path; from stream.pricing import Pricer, decode_book\n"
        "pricer = Pricer(decode_book(Path(sys.argv[1]).read_bytes()))\n"
        "pricer.rows_for([('azure', 'gpt-4o', '', '')])\n"
        "assert pricer._rows[0].leaf_pico[0, 0] == 2_500_000\n"
        "assert not [name for name in sys.modules if name.startswith('genai_prices')]\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "book")], check=True)


def test_the_book_is_small(book: PriceBook) -> None:
    """It fits into one Kafka record of the default size."""
    assert len(zlib.compress(encode_book(book), 9)) < 900_000


def test_foreign_bytes_are_no_book(book: PriceBook) -> None:
    """Damaged, newer and unbounded books are refused before they price anything."""
    with pytest.raises(BookError, match="compile and apply it again"):
        decode_book(encode_book(book)[:-1])
    with pytest.raises(BookError, match="version 2"):
        decode_book(encode_book(msgspec.structs.replace(book, version=2)))
    for rate in (
        Rate("input", 9_000_000_001),
        Rate("input", -1),
        Rate("nothing", 1),
        Rate("output", 0, ((5, -1),)),
    ):
        with pytest.raises(BookError, match="out of bounds"):
            decode_book(encode_book(msgspec.structs.replace(book, prices=((rate,),))))


def test_no_silent_zero(book: PriceBook) -> None:
    """A model without a price, an unknown name and a used unit without a rate are never shown as priced."""
    used = {"input": 10, "output": 10}
    events = [
        Event("openai", "gpt-4o", counts=used),
        Event("openai", "gpt-4o", counts=used | {"input_document_pages": 1}),
        Event("openai", "gpt-4o", counts={}),
        Event("openai", "nobody-knows", counts=used),
        Event("nobody", "gpt-4o", counts=used),
        Event("cerebras", "qwen-3-coder-480b", counts=used),
        Event("openrouter", "qwen/qwq-32b:free", counts=used),
    ]
    expected = ["priced", "partly_priced", "priced", "unpriced", "unpriced", "unpriced", "free"]
    assert status(book, *events) == expected


@pytest.mark.parametrize(
    ("provider", "model", "owner", "found"),
    [
        ("azure.ai.openai", "gpt-4o", "openai", "gpt-4o"),
        ("azure", "azure/gpt-4o", "openai", "gpt-4o"),
        ("litellm", "anthropic/claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5"),
        (" OpenAI ", "GPT-4O", "openai", "gpt-4o"),
        ("x_ai", "grok-4", "x-ai", None),
        ("mistral_ai", "mistral-large-latest", "mistral", None),
        ("gcp.vertex_ai", "claude-sonnet-4-5@20250929", "google", None),
        ("aws.bedrock", "eu.anthropic.claude-sonnet-4-20250514-v1:0", "aws", None),
        ("", "claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5"),
    ],
)
def test_names_in_use_are_understood(
    book: PriceBook, provider: str, model: str, owner: str, found: str | None
) -> None:
    """Provider names of OpenTelemetry and LiteLLM, clouds that sell others' models, repeated prefixes."""
    resolution = Resolver(book).resolve(provider, model)
    assert resolution.owner == owner, resolution.steps
    assert resolution.model is not None
    assert found in (None, resolution.model.id)


def test_a_regional_prefix_is_kept(book: PriceBook) -> None:
    """A regional endpoint has a price of its own: its prefix is not cut off."""
    counts = {"input": 1_000_000}
    name = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    events = [Event("aws.bedrock", prefix + name, counts=counts) for prefix in ("global.", "eu.")]
    anywhere, european = price_events(Pricer(book), events).cost_nano_usd.tolist()
    assert european > anywhere > 0


def test_deployments_and_aliases_are_names_for_models() -> None:
    """A deployment's name is priced as the model it runs, under any name of its provider."""
    book = compile_book(
        parse_overrides("deployments: {azure/my-gpt4: gpt-4o}\nprovider_aliases: {our-gateway: azure}\n")
    )
    for provider in ("azure", "azure.ai.openai", "our-gateway"):
        resolution = Resolver(book).resolve(provider, "My-GPT4")
        assert resolution.model is not None and resolution.model.id == "gpt-4o"
        assert resolution.by_fallback
    assert Resolver(book).resolve("openai", "my-gpt4").model is None


def test_deployment_overrides_may_use_either_name() -> None:
    """A contract may name the deployment or the model; the deployment is the closer aim."""
    text = (
        "deployments: {azure/my-gpt4: gpt-4o}\noverrides:\n"
        "  - {provider: azure, model: gpt-4o, from: 2026-01-01, rates: {input: 2}, who: Buyer, why: deal}\n"
        "  - {provider: azure, model: my-gpt4, from: 2026-01-01, rates: {input: 1}, who: Buyer, why: deal}\n"
    )
    pricer = Pricer(compile_book(parse_overrides(text)))
    counts = {"input": 1_000_000}
    events = [Event("azure", "my-gpt4", counts=counts), Event("azure", "gpt-4o", counts=counts)]
    assert price_events(pricer, events).cost_nano_usd.tolist() == [10**9, 2 * 10**9]


def test_short_whisper_requests_bill_ten_seconds(book: PriceBook) -> None:
    """Groq bills at least ten seconds of audio, and nothing for none."""
    name = ("groq", "whisper-large-v3")
    seconds = [Event(*name, counts={"input_audio_seconds": n}) for n in (0, 1, 10, 20)]
    costs = price_events(Pricer(book), seconds).cost_nano_usd.tolist()
    assert costs[0] == 0
    assert costs[1] == costs[2] == 308_333
    assert costs[3] == 616_667
    both = Event(*name, counts={"audio_seconds": 3, "input_audio_seconds": 4})
    assert price_events(Pricer(book), [both]).cost_nano_usd[0] == costs[2]


def test_memory_is_bounded(book: PriceBook) -> None:
    """A source that sends a new name with each event cannot fill the worker's memory."""
    pricer = Pricer(book)
    for start in range(0, MAX_LABELS + 2_000, 1_000):
        pricer.rows_for([("nobody", f"m{n}", "", "") for n in range(start, start + 1_000)])
    assert len(pricer._set_of_labels) <= MAX_LABELS
    assert pricer._resolver.resolve.cache_info().currsize <= MAX_CACHED
    assert len(pricer._rows) == 1


def test_a_unit_given_twice_is_refused(book: PriceBook) -> None:
    """What would count twice, or beyond the batch, is an error with a reason and not a wrong sum."""
    import numpy as np

    def entries(event: list[int]) -> UnitEntries:
        return UnitEntries(np.array(event), np.ones(len(event), np.int64), np.ones(len(event), np.int64))

    assert entries([0, 1]).checked(2, 14)
    for bad in ([0, 0], [2], [-1]):
        with pytest.raises(UnitEntryError) as caught:
            entries(bad).checked(2, 14)
        assert caught.value.reason == "unit_entry"


def test_an_unknown_policy_is_refused(book: PriceBook) -> None:
    """A policy is one of the contract's."""
    with pytest.raises(PricingError, match="cost_policy: 'cheapest' is none of computed, "):
        Pricer(book, "cheapest")
