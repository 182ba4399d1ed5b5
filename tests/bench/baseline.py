"""What one would write first: Faust, an event per record, pydantic, a Faust table. Dedupes, prices, groups by
labels and hour, keeps histograms, and the table's changelog makes it durable.

    python -m tests.bench.baseline BOOTSTRAP TOPIC EVENTS DIRECTORY
"""

from __future__ import annotations

import bisect
import json
import os
import sys
import time
from typing import Any

import faust
from pydantic import BaseModel, Field

from stream.contract.rows import DURATION_BUCKETS_US, TTFT_BUCKETS_US

RATES_PICO = {  # per token: input, cache read, output
    "gpt-4o": (2_500_000, 1_250_000, 10_000_000),
    "gpt-4o-mini": (150_000, 75_000, 600_000),
    "claude-sonnet-4-5": (3_000_000, 300_000, 15_000_000),
    "mistral-large-latest": (2_000_000, 200_000, 6_000_000),
    "deepseek-chat": (270_000, 70_000, 1_100_000),
}


class Event(BaseModel):
    event_id: str = Field(min_length=1, max_length=256)
    time: float
    department: str
    use_case: str
    provider: str
    model: str
    outcome: int = Field(ge=0, le=5)
    final: bool
    input_tokens: int = Field(ge=0)
    cache_read_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    duration_seconds: float = Field(ge=0)
    time_to_first_token_seconds: float = Field(ge=0)


def fold(row: dict[str, Any], event: Event) -> dict[str, Any]:
    """The same measures as the telemetry agent's, one event at a time."""
    tokens = (event.input_tokens, event.cache_read_tokens, event.output_tokens)
    costs = [(n * rate + 500) // 1000 for n, rate in zip(tokens, RATES_PICO[event.model], strict=True)]
    total = sum(costs)
    row["attempts"][event.outcome] += 1
    row["requests"][event.outcome] += event.final
    for i in range(3):
        row["tokens"][i] += tokens[i]
        row["cost"][i] += costs[i]
    row["squares"] += (total // 1000) ** 2
    if event.final and event.outcome == 0:
        for name, edges, seconds in (
            ("duration", DURATION_BUCKETS_US, event.duration_seconds),
            ("ttft", TTFT_BUCKETS_US, event.time_to_first_token_seconds),
        ):
            row[name][bisect.bisect_left(edges, seconds * 1e6)] += 1
            row[name + "_sum"] += seconds
    return row


def empty() -> dict[str, Any]:
    return {
        "attempts": [0] * 6,
        "requests": [0] * 6,
        "tokens": [0] * 3,
        "cost": [0] * 3,
        "squares": 0,
        "duration": [0] * (len(DURATION_BUCKETS_US) + 1),
        "duration_sum": 0.0,
        "ttft": [0] * (len(TTFT_BUCKETS_US) + 1),
        "ttft_sum": 0.0,
    }


def main() -> None:
    bootstrap, topic, count, directory = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    app = faust.App(
        topic,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        datadir=directory,
        topic_partitions=1,
        topic_disable_leader=True,
        web_enabled=False,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
    )
    source = app.topic(topic, value_type=bytes, value_serializer="raw", key_serializer="raw", partitions=1)
    table = app.Table("rows", partitions=1)
    seen: set[str] = set()
    done = [0, 0.0, 0.0]

    @app.agent(source)
    async def aggregate(stream: Any) -> None:
        async for value in stream:
            if not done[0]:
                done[1], done[2] = time.process_time(), time.perf_counter()
            event = Event.model_validate_json(value)
            if event.event_id not in seen:
                seen.add(event.event_id)
                key = json.dumps(
                    [event.department, event.use_case, event.provider, event.model, int(event.time // 3600)]
                )
                table[key] = fold(table.get(key) or empty(), event)
            done[0] += 1
            if done[0] == count:
                cpu, wall = time.process_time() - done[1], time.perf_counter() - done[2]
                print(
                    json.dumps({"events": count, "cpu_s": cpu, "wall_s": wall}),
                    file=sys.__stdout__,
                    flush=True,
                )
                os._exit(0)

    sys.argv = [sys.argv[0]]
    faust.Worker(app, loglevel="error", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
