"""Follows the state and closed topics of every log into the database, and shows what is committed."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Engine

from stream.contract.rows import Marker, StateRecord, decode_state
from stream.contract.topics import LOGS
from stream.ledger.errors import LedgerError, LedgerFault
from stream.ledger.figures import View
from stream.ledger.lock import sole_writer
from stream.ledger.logreader import Entry, LogAway, LogReader, LogTopics
from stream.ledger.writer import Place, Writer

COMMIT_EVERY_S: Final = 0.5
_COMMIT_BYTES: Final = 32 * 1024 * 1024
_POLL_S: Final = 0.2
_ASK_EVERY_S: Final = 5.0  #: how often an idle reader asks whether its topics are still the same
_LONGEST_WAIT_S: Final = 5.0
_SAY_AGAIN_S: Final = 30.0
FOLLOWED: Final = tuple(LogTopics(log.agent, log.state, log.closed) for log in LOGS)
_log = logging.getLogger("tokonomics.ledger")


@dataclass
class _Read:
    """What was read and is not committed yet. ``agents``: id of a log -> whose it is."""

    records: list[StateRecord] = field(default_factory=list)
    agents: dict[str, str] = field(default_factory=dict)
    next_offsets: dict[Place, int] = field(default_factory=dict)
    size: int = 0
    began_s: float = 0.0

    def take(self, entry: Entry) -> None:
        """A record that cannot be read is as good as lost: the marker's stamp says that it is missing, and a
        worker writes it anew.
        """
        self.began_s = self.began_s or time.monotonic()
        self.next_offsets[entry.place] = entry.offset + 1
        if entry.value is None:
            return
        self.size += len(entry.value)
        try:
            record = decode_state(entry.value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            _log.warning(
                "record_unreadable topic=%s partition=%d offset=%d",
                entry.place.topic,
                entry.place.partition,
                entry.offset,
            )
            return
        self.records.append(record)
        if isinstance(record, Marker):
            self.agents[record.log] = entry.agent

    def due(self) -> bool:
        """Whether it is time to commit."""
        if not self.next_offsets:
            return False
        return self.size >= _COMMIT_BYTES or time.monotonic() - self.began_s >= COMMIT_EVERY_S


class _Says:
    """Log lines about what is away: at once when it is something else than before, then each half minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._said, self._at_s = clock, "", 0.0

    def away(self, what: str) -> None:
        if what != self._said or self._clock() - self._at_s >= _SAY_AGAIN_S:
            _log.warning("waiting %s", what)
            self._said, self._at_s = what, self._clock()

    def back(self) -> None:
        if self._said:
            _log.info("going_on after %s", self._said)
        self._said = ""


class Follower:
    """One per database. ``engine``: of ``open_ledger``; ``broker``: host:port, comma separated. Those of
    ``logs`` that are not there are looked for again.
    """

    def __init__(
        self,
        engine: Engine,
        broker: str,
        *,
        logs: Sequence[LogTopics] = FOLLOWED,
        now_us: Callable[[], int] | None = None,
    ) -> None:
        self._engine, self._broker, self._logs = engine, broker, logs
        self._writer = Writer(engine) if now_us is None else Writer(engine, now_us)
        self._read_to_end = False
        self._fault: LedgerError | None = None
        self._says = _Says()

    def run(self, stop: threading.Event) -> None:
        """Follow until ``stop`` is set; waits for a broker or a database that is away.

        Raises LedgerFault when what was read contradicts what is held, LedgerError (in_use) when another
        process writes to this database.
        """
        try:
            with sole_writer(self._engine):
                self._run(stop)
        except LedgerError as error:
            self._fault = error
            raise

    def view(self) -> View:
        """What is committed; ``behind`` is above 0 until the logs have been read to their end once. From any
        thread, cheap when nothing changed. Raises LedgerError once the follower has stopped by one.
        """
        if self._fault is not None:
            raise self._fault
        view = self._writer.view()
        return view if self._read_to_end else dataclasses.replace(view, behind=max(1, view.behind))

    def _run(self, stop: threading.Event) -> None:
        wait_s = 0.2
        while not stop.is_set():
            try:
                with LogReader(self._broker, self._logs, self._writer.positions()) as reader:
                    self._says.back()
                    if reader.missing:
                        _log.info("not_there_yet topics=%s", ",".join(reader.missing))
                    wait_s = 0.2
                    self._follow(reader, stop)
                    continue
            except LedgerFault:
                raise
            except LedgerError as error:
                if error.reason != "unavailable":
                    raise
                self._says.away(str(error))
            except LogAway as error:
                self._says.away(str(error))
            stop.wait(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _follow(self, reader: LogReader, stop: threading.Event) -> None:
        read, asked_s = _Read(), time.monotonic()
        while not stop.is_set():
            found = _take(read, reader.poll(_POLL_S))
            if read.due():
                reader.require_same()
                self._commit(reader, read)
                read, asked_s = _Read(), time.monotonic()
            elif not found and time.monotonic() - asked_s >= _ASK_EVERY_S:
                reader.require_same()
                asked_s = time.monotonic()
            # after a commit too: under steady load no poll may ever bring nothing
            if not self._read_to_end and not read.next_offsets:
                self._read_to_end = reader.at_end()

    def _commit(self, reader: LogReader, read: _Read) -> None:
        positions = {place: reader.position(place, offset) for place, offset in read.next_offsets.items()}
        self._writer.commit(read.records, positions, read.agents)


def _take(read: _Read, entries: Iterable[Entry]) -> int:
    count = 0
    for entry in entries:
        read.take(entry)
        count += 1
    return count
