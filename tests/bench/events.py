"""The same requests for both sides of a comparison: as usage records and as JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from stream.contract.names import LABELS
from stream.contract.usage import UsageRecord

MODELS = (
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("mistral_ai", "mistral-large-latest"),
    ("deepseek", "deepseek-chat"),
)
DEPARTMENTS = ("customer service", "software development", "marketing", "human resources", "finance")


def requests(count: int, start_us: int, seed: int = 1) -> Iterator[UsageRecord]:
    """``count`` requests of 100 series; one in fifty is sent twice."""
    draw = random.Random(seed)
    series = [
        dict.fromkeys(LABELS, "")
        | {
            "department": department,
            "use_case": f"use case {number}",
            "provider": provider,
            "model": model,
            "environment": "production",
            "source_key": "bench",
        }
        for department in DEPARTMENTS
        for number in range(4)
        for provider, model in MODELS
    ]
    labels = [tuple(labels.values()) for labels in series]
    last = 0
    for i in range(count):
        identity = last if i % 50 == 49 else draw.getrandbits(64)
        last = identity
        yield UsageRecord(
            identity,
            identity,
            start_us + i * 100,
            labels[draw.randrange(len(labels))],
            0 if draw.random() < 0.98 else 1,
            leaves={
                "input": draw.randrange(4000),
                "input_cache_read": draw.randrange(1000),
                "output": draw.randrange(900),
            },
            duration_us=draw.randrange(30_000_000),
            ttft_us=draw.randrange(2_000_000),
        )


def as_json(record: UsageRecord) -> bytes:
    """One event as a source would write it, one per Kafka record."""
    named = dict(zip(LABELS, record.labels, strict=True))
    leaves = record.leaves or {}
    return json.dumps(
        {
            "event_id": f"{record.identity:016x}",
            "time": record.time_us / 1e6,
            "department": named["department"],
            "use_case": named["use_case"],
            "provider": named["provider"],
            "model": named["model"],
            "outcome": record.outcome,
            "final": record.final,
            "input_tokens": leaves.get("input", 0),
            "cache_read_tokens": leaves.get("input_cache_read", 0),
            "output_tokens": leaves.get("output", 0),
            "duration_seconds": (record.duration_us or 0) / 1e6,
            "time_to_first_token_seconds": (record.ttft_us or 0) / 1e6,
        }
    ).encode()
