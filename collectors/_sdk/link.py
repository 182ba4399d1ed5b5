"""The link to the broker: one thread that builds the producer, sends, watches it and builds it anew.

kafka-python's constructor and first send block while a broker is away, and a producer may be wedged for ever
by a broker that hangs longer than the delivery time-out: so it lives in a thread of its own, nobody waits for
it, and one that acknowledges nothing for too long is thrown away. Idempotence is off: what a retry sends
twice, identity removes.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from collectors._sdk.errors import PartitionsChanged
from collectors._sdk.layout import NotReady, look
from collectors._sdk.meters import Meters
from collectors._sdk.outstanding import Done, Outstanding
from stream.contract.records import Heartbeat, encode_record
from stream.contract.topics import LOGS, TELEMETRY

_TICK_S: Final = 0.1
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 3.0
_CLOSE_S: Final = 5.0
_LARGEST_BYTES: Final = 4 * 1024 * 1024  #: max.message.bytes of the telemetry log
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """A record to send. ``partition`` None: by its key. ``events``: how many it holds, also as header n."""

    topic: str
    value: bytes
    timestamp_ms: int
    key: bytes | None = None
    partition: int | None = None
    events: int = 0


@dataclass(frozen=True)
class LinkTimes:
    """Seconds. ``delivery_s``: a producer gives a record up; ``stall_s``: the broker counts as away when it
    has acknowledged nothing for so long while something waits; ``metadata_s``: age of the topics' layout.
    """

    delivery_s: float = 15.0
    stall_s: float = 5.0
    heartbeat_s: float = 10.0
    metadata_s: float = 30.0
    connect_s: float = 3.0

    @property
    def wedged_s(self) -> float:
        return self.delivery_s + 5.0


class Link:
    """``send`` may be called from any thread; ``done`` is called in one of ours, once, with None for
    acknowledged. ``clock``: microseconds since 1970. ``fatal``: set when the collector must stop.
    """

    def __init__(
        self, broker: str, clock: Callable[[], int], meters: Meters, times: LinkTimes | None = None
    ) -> None:
        self.name = f"collector-{uuid.uuid4().hex[:12]}"
        self.fatal: PartitionsChanged | None = None
        self.partitions: int | None = None  #: of the telemetry log, once known; never changes
        self.waiting_for = ""  #: why nothing can be sent, for people
        self._servers = [server.strip() for server in broker.split(",")]
        self._clock, self._meters, self._times = clock, meters, times or LinkTimes()
        self._queue: queue.SimpleQueue[tuple[Record, Done] | None] = queue.SimpleQueue()
        self._outstanding = Outstanding()
        self._heartbeat_s = float("-inf")
        self._producer: Any = None
        self._ready = self._was_connected = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    @property
    def ready(self) -> bool:
        """The topics are known and the broker acknowledges what it is sent, as far as is known."""
        return self._ready and self._outstanding.unanswered_for_s < self._times.stall_s

    @property
    def acknowledged_ago_s(self) -> float:
        """Seconds since the last acknowledgement."""
        return self._outstanding.acknowledged_ago_s

    def start(self) -> None:
        self._thread.start()

    def send(self, record: Record, done: Done) -> None:
        self._queue.put((record, done))

    def stop(self) -> None:
        """Sends what was handed over, waits for it within the delivery time-out, and ends. Blocks."""
        self._stopping.set()
        self._queue.put(None)
        self._thread.join(self._times.wedged_s + 2 * _CLOSE_S)

    def _run(self) -> None:
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            if self._producer is None or not self._ready:
                if self._connect():
                    wait_s = _FIRST_WAIT_S
                    continue
                self._refuse_queued()
                self._stopping.wait(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                continue
            self._take_one()
            self._watch()
        self._finish()

    def _connect(self) -> bool:
        """A producer for a log that has begun. False when it cannot be had now."""
        try:
            if self._producer is None:
                self._producer = self._build()
            self._check_partitions(TELEMETRY, look(self._servers, self._times.connect_s))
        except NotReady as error:
            self._say(str(error))
            return False
        except (KafkaError, OSError, ValueError) as error:
            self._say(f"the broker at {','.join(self._servers)} does not answer ({type(error).__name__})")
            self._throw_away()
            return False
        self._ready, self._was_connected = self.fatal is None, False
        self._heartbeat_s = float("-inf")
        self._say("")
        return self._ready

    def _say(self, waiting_for: str) -> None:
        if waiting_for and waiting_for != self.waiting_for:
            log.warning("%s; trying again", waiting_for)
        self.waiting_for = waiting_for

    def _build(self) -> Any:
        times = self._times
        return KafkaProducer(
            bootstrap_servers=self._servers,
            client_id=self.name,
            acks="all",
            enable_idempotence=False,
            allow_auto_create_topics=False,
            linger_ms=0,
            max_request_size=_LARGEST_BYTES,
            max_block_ms=round(times.connect_s * 1000),
            bootstrap_timeout_ms=round(times.connect_s * 1000),
            metadata_max_age_ms=round(times.metadata_s * 1000),
            request_timeout_ms=round(times.delivery_s * 1000) - 1000,
            delivery_timeout_ms=round(times.delivery_s * 1000),
            reconnect_backoff_max_ms=1000,
            metrics_enabled=False,
        )

    def _check_partitions(self, topic: str, found: int) -> None:
        if self.partitions is None:
            self.partitions = found
        elif found != self.partitions and self.fatal is None:
            self._ready = False
            self.fatal = PartitionsChanged(
                f"{topic}: has {found} partitions, {self.partitions} before; a log's number of partitions"
                " never changes: start the collectors anew once every one of them has stopped"
            )

    def _take_one(self) -> None:
        try:
            entry = self._queue.get(timeout=_TICK_S)
        except queue.Empty:
            return
        if entry is not None:
            self._send(*entry)

    def _send(self, record: Record, done: Done) -> None:
        number = self._outstanding.take(done)
        try:
            future = self._producer.send(
                record.topic,
                record.value,
                key=record.key,
                partition=record.partition,
                timestamp_ms=record.timestamp_ms,
                headers=[("n", str(record.events).encode())] if record.events else None,
            )
        except (KafkaError, OSError, ValueError, AssertionError) as error:
            if isinstance(error, KafkaTimeoutError):  # the topic is gone: each further send would block too
                self._ready = False
            self._settle(number, error)
            return
        future.add_callback(lambda _: self._settle(number, None))
        future.add_errback(lambda error: self._settle(number, error))

    def _settle(self, number: int, error: BaseException | None) -> None:
        took_s = self._outstanding.settle(number, error)
        if took_s is None:
            return
        if error is not None:
            log.warning("record not acknowledged: %s", type(error).__name__)
        else:
            self._was_connected = True
            self._meters.produce_seconds.observe(took_s)

    def _watch(self) -> None:
        """Heartbeats, the layout of the topics, and whether the producer still acknowledges."""
        now_s = time.monotonic()
        if self._outstanding.unanswered_for_s > self._times.wedged_s:
            log.error("nothing acknowledged for %.0f s: building the producer anew", self._times.wedged_s)
            self._throw_away()
            return
        if _connected(self._producer):
            self._was_connected = True
        elif self._was_connected:
            # What comes back may be another log: an embedded broker that was started anew acknowledges even
            # what it is sent for topics that it no longer has. So nothing pending may reach it.
            self._say("the connection to the broker was lost")
            self._throw_away()
            return
        every_s = self._times.heartbeat_s if self.ready else min(1.0, self._times.heartbeat_s)
        if now_s - self._heartbeat_s < every_s or self.partitions is None:
            return
        self._heartbeat_s = now_s
        for source in LOGS:
            try:
                self._check_partitions(source.source, len(self._producer.partitions_for(source.source)))
            except KafkaError as error:
                log.warning("%s is gone: %s", source.source, type(error).__name__)
                self._ready = False
                return
        accepted_us = self._clock()
        value = encode_record(Heartbeat(self.name, accepted_us))
        for source in LOGS:
            for partition in range(self.partitions):
                record = Record(source.source, value, accepted_us // 1000, partition=partition)
                self._send(record, lambda error: None)

    def ask(self, done: Done) -> None:
        """Whether the broker acknowledges: a heartbeat into the first partition."""
        accepted_us = self._clock()
        value = encode_record(Heartbeat(self.name, accepted_us))
        self.send(Record(TELEMETRY, value, accepted_us // 1000, partition=0), done)

    def _throw_away(self) -> None:
        """End a producer without waiting for it, and give up all that it holds."""
        producer, self._producer, self._ready = self._producer, None, False
        self._outstanding.give_up(KafkaError("the producer was thrown away"))
        if producer is not None:
            self._meters.producers_ended.inc()
            producer._sender.force_close()
            threading.Thread(target=_close, args=(producer, 0.0), name="close", daemon=True).start()

    def _refuse_queued(self) -> None:
        while True:
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                return
            if entry is not None:
                entry[1](KafkaError("the broker is away"))

    def _finish(self) -> None:
        """Send what is left and wait for it, unless the broker is away."""
        until_s = time.monotonic() + self._times.delivery_s
        while self._ready and not self._queue.empty():
            self._take_one()
        while self._outstanding and time.monotonic() < until_s and self.ready:
            time.sleep(_TICK_S / 5)
        self._refuse_queued()
        producer = self._producer
        if producer is not None and not self._outstanding:
            self._producer = None
            _close(producer, _CLOSE_S)
        self._throw_away()


def _connected(producer: Any) -> bool:
    """Whether any connection is open; kafka-python offers no way to ask."""
    return any(conn.connected for conn in list(producer._sender._client._manager._conns.values()))


def _close(producer: Any, timeout_s: float) -> None:
    try:
        producer.close(timeout_s)
    except (KafkaError, OSError, ValueError) as error:
        log.info("closing a producer: %s", type(error).__name__)
