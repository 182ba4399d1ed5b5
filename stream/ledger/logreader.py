"""Reading state and closed topics beside any group: all partitions of every log that is there, from where the
database stands.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.ledger.writer import Place, Position

_ANSWER_MS: Final = 5_000
_FETCH_BYTES: Final = 8 * 1024 * 1024  #: as large as a shard may be
_QUIET_S: Final = 5.0  #: nothing came for so long although the broker answers: the end
_log = logging.getLogger("tokonomics.ledger")


class LogAway(Exception):
    """The log cannot be read now: the broker does not answer, topics are missing or were made anew."""


class LogTopics(NamedTuple):
    """What an agent writes of its log."""

    agent: str
    state: str
    closed: str


@dataclass(frozen=True)
class SeenTopic:
    """A topic as the broker describes it; ``id`` changes when it is deleted and made again."""

    id: str
    partitions: int


class Entry(NamedTuple):
    """A record as read. ``agent``: whose it is."""

    agent: str
    place: Place
    offset: int
    value: bytes | None


class LogReader:
    """Reads on from ``positions`` where the topic is still the same, else from its beginning. A log whose
    topics are not there is left out, as long as another's are. Use as a context manager. Every method raises
    LogAway.
    """

    def __init__(self, broker: str, logs: Sequence[LogTopics], positions: Mapping[Place, Position]) -> None:
        self._servers, self._logs = broker.split(","), tuple(logs)
        self._agents = {topic: log.agent for log in logs for topic in (log.state, log.closed)}
        self._admin: Any = None
        self._consumer: Any = None
        try:
            self._admin = KafkaAdminClient(
                bootstrap_servers=self._servers,
                bootstrap_timeout_ms=_ANSWER_MS,
                request_timeout_ms=_ANSWER_MS,
            )
            self._seen = self._describe()
            self._consumer = self._open()
            self._places = [
                TopicPartition(topic, p) for topic, seen in self._seen.items() for p in range(seen.partitions)
            ]
            self._seek(positions)
            self._ends: dict[Any, int] = self._consumer.end_offsets(self._places)
        except (KafkaError, OSError, ValueError) as error:
            self._close()
            raise LogAway(f"broker {broker}: {type(error).__name__}") from error
        except BaseException:
            self._close()
            raise
        self._last_s = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def poll(self, timeout_s: float) -> Iterator[Entry]:
        """What has come; nothing when it is quiet."""
        try:
            found = self._consumer.poll(round(timeout_s * 1000))
        except (KafkaError, OSError) as error:
            raise LogAway(f"reading: {type(error).__name__}") from error
        if found:
            self._last_s = time.monotonic()
        for tp, records in found.items():
            place = Place(tp.topic, tp.partition)
            for record in records:
                yield Entry(self._agents[tp.topic], place, record.offset, record.value)

    def position(self, place: Place, next_offset: int) -> Position:
        """``next_offset`` of a partition, with the id of the topic it counts in."""
        return Position(self._seen[place.topic].id, next_offset)

    def require_same(self) -> None:
        """Raises LogAway unless the topics are those that were opened: a consumer whose topic was made anew
        reads on at its old position, so that what it read is the old topic's only if this holds afterwards.
        A log that was not there and now is, is opened in the same way.
        """
        try:
            now = self._describe()
        except (KafkaError, OSError) as error:
            raise LogAway(f"asking for topics: {type(error).__name__}") from error
        if now != self._seen:
            changed = [topic for topic in self._agents if now.get(topic) != self._seen.get(topic)]
            raise LogAway(f"{', '.join(changed)}: made, or made anew; read from the beginning")

    @property
    def missing(self) -> Sequence[str]:
        """Topics of the logs that are left out."""
        return [topic for topic in self._agents if topic not in self._seen]

    def at_end(self) -> bool:
        """Whether all that was there at the beginning has been read; asked when nothing read is uncommitted.

        The embedded broker names ends that are too low, but it gives the batch they lie in whole. Where an
        end is a transaction's marker, a position may stay below it: long quiet counts as the end as well.
        """
        try:
            if all(self._consumer.position(tp) >= self._ends[tp] for tp in self._places):
                return True
        except KafkaError as error:
            raise LogAway(f"asking for positions: {type(error).__name__}") from error
        return time.monotonic() - self._last_s > _QUIET_S

    def _describe(self) -> dict[str, SeenTopic]:
        """Topics of the logs that are whole. Raises LogAway when none is."""
        answers = self._admin.describe_topics(list(self._agents))
        found = {
            answer["name"]: SeenTopic(str(answer["topic_id"]), len(answer["partitions"]))
            for answer in answers
            if answer["error_code"] == 0 and answer["partitions"]
        }
        whole = [log for log in self._logs if log.state in found and log.closed in found]
        if not whole:
            missing = [topic for topic in self._agents if topic not in found]
            raise LogAway(
                f"topics {', '.join(missing)} are not there; make them with `tokonomics topics create`"
            )
        return {topic: found[topic] for log in whole for topic in (log.state, log.closed)}

    def _open(self) -> Any:
        return KafkaConsumer(
            bootstrap_servers=self._servers,
            bootstrap_timeout_ms=_ANSWER_MS,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=_FETCH_BYTES,
            metrics_enabled=False,
        )

    def _seek(self, positions: Mapping[Place, Position]) -> None:
        """A log that was trimmed beyond a position goes on at its beginning; what is lost is said."""
        self._consumer.assign(self._places)
        begins = self._consumer.beginning_offsets(self._places)
        for tp in self._places:
            held = positions.get(Place(tp.topic, tp.partition))
            start = 0 if held is None or held.topic_id != self._seen[tp.topic].id else held.next_offset
            if 0 < start < begins[tp]:
                _log.warning(
                    "offsets_lost topic=%s partition=%d count=%d: the ledger was away for longer than the"
                    " topic's retention",
                    tp.topic,
                    tp.partition,
                    begins[tp] - start,
                )
            self._consumer.seek(tp, max(start, begins[tp]))

    def _close(self) -> None:
        for client in (self._consumer, self._admin):
            if client is not None:
                with suppress(KafkaError, OSError):
                    client.close()
