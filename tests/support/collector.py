"""The real collector in a thread of the test, and what the log holds."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from kafka import KafkaConsumer, TopicPartition

from collectors._sdk.configuration import CollectorConfiguration, PseudonymsPart
from collectors._sdk.configuration_file import Configured
from collectors.host import Host, HostSettings, build_host, listen, wall_clock_us
from stream.broker.ports import LOOPBACK, free_port
from stream.contract.columns import UsageBatch, decode_batch
from stream.contract.frame import Kind, unpack
from stream.contract.records import Refusal, Refusals, decode_body
from stream.contract.topics import QUARANTINE, TELEMETRY

READY_S = 20.0


def configured_at(directory: Path, configured: Configured | None = None) -> Configured:
    """A configuration whose key and spool lie in ``directory``."""
    found = configured or Configured(CollectorConfiguration())
    keys = PseudonymsPart(key_file=directory.resolve() / "pseudonym.key")
    spool = found.file.spool
    if spool.directory is None:
        spool = spool.model_copy(update={"directory": directory.resolve() / "spool"})
    return replace(found, file=found.file.model_copy(update={"pseudonyms": keys, "spool": spool}))


class RunningCollector:
    """A context manager. ``client`` speaks to it; ``stop`` drains it as SIGTERM does."""

    def __init__(
        self,
        broker: str,
        directory: Path,
        *,
        configured: Configured | None = None,
        clock: Callable[[], int] = wall_clock_us,
        **settings: Any,
    ) -> None:
        port = free_port()
        self.host: Host = build_host(
            HostSettings(broker, LOOPBACK, port, configured_at(directory, configured), **settings), clock
        )
        self._listening = listen(LOOPBACK, port)
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="collector")
        self.error: BaseException | None = None
        self.client = httpx.Client(base_url=f"http://{LOOPBACK}:{port}", timeout=60)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # noqa: BLE001 - the test asks for it
            self.error = error
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        await self.host.serve(self._listening, self._stop)

    def wait_ready(self, status: int = 200) -> Self:
        """Until /health says so."""
        until = time.monotonic() + READY_S
        while True:
            try:
                answer = self.client.get("/health")
                if answer.status_code == status:
                    return self
                said = answer.text
            except httpx.HTTPError as error:
                said = repr(error)
            assert time.monotonic() < until, f"/health: {said}"
            time.sleep(0.05)

    def metric(self, name: str, **labels: str) -> float:
        """Value of a sample of /metrics, 0 when it is not there."""
        for line in self.client.get("/metrics").text.splitlines():
            named = line.startswith(name) and line[len(name)] in "{ "
            if named and all(f'{label}="{value}"' in line for label, value in labels.items()):
                return float(line.rpartition(" ")[2])
        return 0.0

    def stop(self) -> None:
        if self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)
        assert not self._thread.is_alive(), "the collector does not end"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.client.close()


@dataclass(frozen=True)
class Logged:
    """A record of a source log or the quarantine topic."""

    topic: str
    partition: int
    timestamp_ms: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def read_log(bootstrap: str, topics: Sequence[str] = (TELEMETRY, QUARANTINE)) -> list[Logged]:
    """All that topics hold."""
    found: list[Logged] = []
    with closing(KafkaConsumer(bootstrap_servers=bootstrap, group_id=None)) as consumer:
        tps = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t)]
        consumer.assign(tps)
        for tp in tps:
            consumer.seek(tp, 0)
        quiet = 0
        while quiet < 2:
            polled = consumer.poll(200)
            quiet = 0 if polled else quiet + 1
            for tp, records in polled.items():
                found += [
                    Logged(tp.topic, tp.partition, r.timestamp, r.key, r.value, tuple(r.headers))
                    for r in records
                ]
    return found


def batches(records: list[Logged]) -> list[tuple[Logged, UsageBatch]]:
    """The usage batches among records."""
    frames = [(record, unpack(record.value)) for record in records if record.topic == TELEMETRY]
    return [(r, decode_batch(f.events, f.body)) for r, f in frames if f.kind is Kind.USAGE]


def refusals(records: list[Logged]) -> list[tuple[Logged, Refusal]]:
    """The refusals among records."""
    frames = [(record, unpack(record.value)) for record in records if record.topic == TELEMETRY]
    return [
        (r, refusal)
        for r, f in frames
        if f.kind is Kind.REFUSALS
        for refusal in decode_body(f.body, Refusals).refusals
    ]


def notes(records: list[Logged]) -> list[bytes]:
    """The notes of the quarantine topic."""
    return [record.value for record in records if record.topic == QUARANTINE]
