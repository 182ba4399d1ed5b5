"""How many events a second one core prices, in batches of 1000 with 60 label tuples.

Context tiers and hours of the day are among the rates. The last line is machine-readable.

    python -m tests.bench.pricing
"""

from __future__ import annotations

import statistics
import sys
import time
import zlib

import numpy as np

from stream.contract.batches import to_batch
from stream.contract.columns import UsageBatch
from stream.contract.leaves import LEAVES
from stream.contract.names import LABELS
from stream.contract.usage import UsageRecord
from stream.pricing import Pricer, compile_book, encode_book

EVENTS = 1000
MODELS = (
    ("openai", "gpt-4o"),
    ("openai", "gpt-5.4"),
    ("azure.ai.openai", "gpt-4o-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("aws.bedrock", "eu.anthropic.claude-sonnet-4-20250514-v1:0"),
    ("gcp.gemini", "gemini-2.5-pro"),
    ("deepseek", "deepseek-chat"),
    ("mistral_ai", "mistral-large-latest"),
    ("groq", "whisper-large-v3"),
    ("openai", "a-model-nobody-knows"),
)
DEPARTMENTS = ("claims", "legal", "service", "sales", "it", "hr")


def batch(seed: int) -> UsageBatch:
    """One batch of typical requests."""
    draw = np.random.default_rng(seed)
    records = []
    for number in range(EVENTS):
        provider, model = MODELS[int(draw.integers(len(MODELS)))]
        given = {"department": DEPARTMENTS[int(draw.integers(6))], "provider": provider, "model": model}
        labels = tuple(given.get(name, "") for name in LABELS)
        leaves = {
            "input": int(draw.integers(50, 300_000)),
            "input_cache_read": int(draw.integers(0, 5_000)),
            "output": int(draw.integers(1, 4_000)),
            "output_reasoning": int(draw.integers(0, 2_000)),
        }
        units = {"web_searches": 1} if number % 50 == 0 else {}
        when = 1_790_000_000_000_000 + int(draw.integers(3_600_000_000))
        records.append(
            UsageRecord(seed * EVENTS + number + 1, number, when, labels, 0, leaves=leaves, units=units)
        )
    return to_batch(records, batch_id="b", producer="bench", seq=seed, accepted_us=0)


def main(rounds: int = 200) -> None:
    book = compile_book()
    encoded = encode_book(book)
    print(f"price book: {len(encoded)} bytes, {len(zlib.compress(encoded, 9))} compressed, {book.source}")
    batches = [batch(seed) for seed in range(10)]
    leaves = [b.leaves() for b in batches]
    pricer = Pricer(book, "reported_if_unpriced")
    began = time.perf_counter()
    pricer.price_batch(batches[0])
    print(f"first batch, names resolved and rows built: {(time.perf_counter() - began) * 1e3:.1f} ms")
    rates = []
    for _ in range(rounds // 10):
        began = time.perf_counter()
        for one, matrix in zip(batches, leaves, strict=True):
            pricer.price_batch(one, matrix)
        rates.append(len(batches) * EVENTS / (time.perf_counter() - began))
    tuples = len({labels for b in batches for labels in b.dictionary})
    used = int(np.any(np.concatenate(leaves), axis=0).sum())
    print(f"{tuples} label tuples, {used} of {len(LEAVES)} leaves used")
    print(f"pricing events_per_second_per_core={statistics.median(rates):.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
