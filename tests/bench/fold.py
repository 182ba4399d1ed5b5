"""Events a second one worker core folds through the broker: decode, dedupe, price, fold, durable state.

Batches of 1000, beside a Faust + pydantic agent that does the same per event, in the same run on the same
broker: Apache Kafka where its jars are (make kafka-jars), else the embedded one. Per core: events by CPU
seconds of the worker process, from the first record to the last durable one.

    make bench ONLY=fold
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from rich.progress import track

from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.errors import BrokerError
from stream.broker.kafka import KafkaBroker, default_jars_dir, find_jars
from stream.contract.batches import to_batch
from stream.contract.columns import encode_batch
from stream.contract.configuration import FOLD_VERSION, Configuration, encode_configuration
from stream.contract.records import Epoch, Generation, encode_record
from stream.contract.topics import CONFIG, TELEMETRY, TOPICS
from stream.pricing import compile_book, encode_book
from tests.bench.events import as_json, requests

EVENTS = 1_000_000
BASELINE_EVENTS = 30_000
BATCH = 1000
BASELINE = "bench.events.v1"
GOAL = 40.0


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="tokonomics-bench-") as name, _broker(Path(name)) as broker:
        kind = "embedded" if isinstance(broker, EmbeddedBroker) else "kafka"
        last = _fill(broker)
        print(f"broker {kind}, {EVENTS:,} events in batches of {BATCH}, {BASELINE_EVENTS:,} for the baseline")
        ours = _run("tests.bench.clock", broker.bootstrap, kind, str(EVENTS), str(last), f"{name}/ours")
        theirs = _run(
            "tests.bench.baseline", broker.bootstrap, BASELINE, str(BASELINE_EVENTS), f"{name}/theirs"
        )
    for title, took in (("tokonomics worker", ours), ("Faust + pydantic per event", theirs)):
        rate = took["events"] / took["wall_s"]
        print(f"{title:28s} {_per_core(took):>11,.0f} events/s/core  {rate:>11,.0f} events/s wall")
    ratio = _per_core(ours) / _per_core(theirs)
    print(f"fold events_per_second_per_core={_per_core(ours):.0f} ratio_to_faust_per_event={ratio:.1f}")
    return 0 if ratio >= GOAL else 1


def _per_core(took: dict[str, float]) -> float:
    return took["events"] / took["cpu_s"]


def _broker(directory: Path) -> Broker:
    try:
        find_jars(default_jars_dir())
    except BrokerError:
        return EmbeddedBroker(None, directory)
    return KafkaBroker(None, directory / "kafka", directory)


def _fill(broker: Broker) -> int:
    """Make topics of one partition and fill them; the offset of the last batch."""
    now_us = time.time_ns() // 1000
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
        wanted = [NewTopic(t.name, 1, 1, topic_configs=dict(t.settings)) for t in TOPICS]
        admin.create_topics([*wanted, NewTopic(BASELINE, 1, 1)])
    configuration = Configuration(price_book=encode_book(compile_book(None)))
    digest, content = encode_configuration(configuration)
    with closing(
        KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=False, linger_ms=20)
    ) as producer:
        number = producer.send(CONFIG, content, key=digest.encode(), partition=0).get(30).offset
        producer.send(TELEMETRY, encode_record(Generation("bench", now_us, 1)), partition=0)
        sent = producer.send(TELEMETRY, encode_record(Epoch(number, digest, FOLD_VERSION)), partition=0)
        batch = []
        for record in track(requests(EVENTS, now_us), "filling", total=EVENTS):
            batch.append(record)
            if len(batch) == BATCH:
                made = to_batch(batch, batch_id="bench", producer="bench", seq=0, accepted_us=now_us)
                sent = producer.send(TELEMETRY, encode_batch(made), partition=0)
                batch = []
        for record in requests(BASELINE_EVENTS, now_us):
            producer.send(BASELINE, as_json(record), partition=0)
        producer.flush()
        return int(sent.get(60).offset)


def _run(module: str, *arguments: str) -> dict[str, float]:
    """Run one side in a process of its own; its last line of output."""
    command: Sequence[str] = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    lines = [line[line.index("{") :] for line in done.stdout.splitlines() if '{"events"' in line]
    if not lines:
        raise SystemExit(
            f"error: {module} ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    took: dict[str, float] = json.loads(lines[-1])
    return took
