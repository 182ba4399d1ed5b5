"""For the tests of control: brokers of their own, fresh topics, a crash at any write, the log as read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.kafka import KafkaBroker
from stream.contract.configuration import Configuration
from stream.contract.frame import Kind, unpack
from stream.contract.records import Epoch, Generation, decode_body
from stream.contract.topics import TELEMETRY, TOPICS
from stream.control.broker_client import BrokerClient
from stream.pricing import compile_book, encode_book

KINDS = ("embedded", pytest.param("kafka", marks=pytest.mark.kafka))
CATALOGUE = encode_book(compile_book())


#: A crash is tried at every so many of about 35 writes; at each of them by the long tests.
STRIDE = {"embedded": 7, "kafka": 23}


class Crash(Exception):
    """Stands for the end of the process at this point."""


def own_broker(kind: str, directory: Path) -> Broker:
    """A broker for one module: control's topics have fixed names."""
    if kind == "kafka":
        return KafkaBroker(None, directory / "data", directory)
    return EmbeddedBroker(None, directory)


@contextmanager
def admin(bootstrap: str) -> Iterator[KafkaAdminClient]:
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        yield client
    finally:
        client.close()


def delete_topics(bootstrap: str, *names: str) -> None:
    """Delete these topics, or all of ours; returns when the broker no longer names them."""
    wanted = set(names or [topic.name for topic in TOPICS])
    with BrokerClient(bootstrap) as client:
        there = sorted(wanted & client.topics().keys())
        if there:
            with admin(bootstrap) as deleting:
                deleting.delete_topics(there)
        until = time.monotonic() + 20
        while wanted & client.topics().keys():
            assert time.monotonic() < until, f"the broker still names {there}"
            time.sleep(0.05)


def configuration(zone: str) -> Configuration:
    """Configurations that differ in their zone."""
    return Configuration(price_book=CATALOGUE, zone=zone)


@contextmanager
def crash_at(number: int, *, written: bool) -> Iterator[list[int]]:
    """End the n-th write (topics made, records appended) with Crash: before it, or when it is ``written``.

    Yields a list with the number of writes so far.
    """
    patch, count = pytest.MonkeyPatch(), [0]
    for name in ("append", "create"):
        whole = getattr(BrokerClient, name)

        def write(self: BrokerClient, *arguments: object, whole: object = whole, **named: object) -> object:
            count[0] += 1
            if count[0] == number and not written:
                raise Crash
            result = whole(self, *arguments, **named)  # type: ignore[operator]
            if count[0] == number:
                raise Crash
            return result

        patch.setattr(BrokerClient, name, write)
    try:
        yield count
    finally:
        patch.undo()


def log_of(bootstrap: str, topic: str = TELEMETRY) -> list[list[Generation | Epoch]]:
    """What control wrote into each partition of a log, in its order."""
    kinds = {Kind.GENERATION: Generation, Kind.EPOCH: Epoch}
    with BrokerClient(bootstrap) as client:
        found = []
        for partition in range(client.topics()[topic].partitions):
            span = client.span(topic, partition)
            frames = [unpack(entry.value) for entry in client.read(topic, partition, span.first, span.end)]
            found.append([decode_body(frame.body, kinds[frame.kind]) for frame in frames])
        return found
