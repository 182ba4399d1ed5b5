"""What decides in one partition of any source log, and how the records every log has move it.

A log's own state is a subclass: it says which labels it bounds and folds the kinds of records that are its
own. Everything else (arrival days, generations, epochs, heartbeats, refusals, batches that cannot be read)
is the same for all logs and is done here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

import msgspec
import numpy as np
import xxhash

from stream.contract.columns import MalformedBatch
from stream.contract.configuration import FOLD_VERSION
from stream.contract.frame import Frame, Kind
from stream.contract.names import LABELS, US_PER_DAY
from stream.contract.records import Epoch, Generation, Heartbeat, Refusals, decode_body
from stream.contract.rows import Admitted, DayBegin, EpochBegin, GenerationBegin
from stream.core.effects import Effects
from stream.core.errors import NoConfiguration, NoGeneration, UnknownFoldVersion, UnsupportedRecord
from stream.core.history import History
from stream.core.identity_table import IdentityTable
from stream.core.labels import LabelBook
from stream.core.moment import AHEAD_US, Moment, horizon

_MS_PER_DAY = 86_400_000
# Keys of refusals within the table: never to be taken for another event's.
REFUSAL_SPACE = np.uint64(0xC2B2AE3D27D4EB4F)


class Bounded(Protocol):
    """A loaded configuration: what every log's fold takes from it. ``bounds``: how many values a label may
    take, by the label's name; ``declared``: values that are always admitted.
    """

    @property
    def bounds(self) -> dict[str, int]: ...
    @property
    def declared(self) -> dict[str, list[str]]: ...
    @property
    def fold_version(self) -> int: ...


C = TypeVar("C", bound=Bounded)


class Turn(NamedTuple):
    """What a record begins: an arrival day, or a generation, or both."""

    day: int
    generation: str


class LogState(Generic[C]):
    """History, labels, refusals and the configuration in force, as of an offset. Subclass it per log.

    A subclass overrides
    ``LABELS``: names of the labels its ``labels`` book bounds, in the order of the tuples it gives to
    ``labels.ids``; ``Admitted.label`` indexes this list;
    ``_prepare``: makes the subclass' own parts; ``table``, ``labels`` and ``history`` are there;
    ``_fold_events``: the log's own kinds of records;
    ``_on_generation``: a generation is in force (its window, number of partitions);
    ``_on_configuration``: a configuration is in force;
    ``_on_day``: an arrival day begins: forget what lies before the horizon;
    ``_expire``: the first record of a day has come: what ends with the day before counts.
    The constructor calls ``_prepare``, then ``_on_generation`` and ``_on_configuration`` where the history
    given has one.

    The state must depend on the log's prefix alone: no clock, no randomness, no order of sets. And it is
    made anew from the last 2 W + 4 arrival days of the log, so what is older must not decide
    (ARCHITECTURE.md, "How much is folded again"): hold what is known by the *newest* day of its events, and
    let a first event's own figures decide only while its day is at or after ``self.horizon``.
    """

    LABELS: ClassVar[Sequence[str]] = LABELS

    def __init__(
        self,
        partition: int,
        history: History,
        admitted: Sequence[Admitted],
        configurations: Callable[[str], C],
    ) -> None:
        self.partition, self.history = partition, history
        self.table, self.labels = IdentityTable(), LabelBook(admitted, self.LABELS)
        self.accepted_us = self.time_ms = 0
        self.configured: C | None = None
        self._configurations = configurations
        self._prepare()
        if history.generations:
            self._on_generation(history.generations[-1])
        if history.epochs:
            self._configure(history.epochs[-1].digest)

    # --- to be overridden

    def _prepare(self) -> None:
        """Make the subclass' own parts."""

    def _fold_events(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        """Fold a record of one of the log's own kinds; call ``super()._fold_events`` for all others.

        ``rows`` False: only what decides moves, the effects are thrown away. Decode the whole body before
        anything changes: MalformedBatch and msgspec.DecodeError make it a quarantined record that counts
        ``frame.events`` once. Raises StopFold.
        """
        raise UnsupportedRecord(
            f"partition {self.partition}: offset {moment.offset} holds a record of kind"
            f" {frame.kind.name.lower()}, which this release does not fold here; upgrade the worker"
        )

    def _on_generation(self, begun: GenerationBegin) -> None:
        """A generation is in force from now on."""

    def _on_day(self, day: int) -> None:
        """The arrival day ``day`` begins; the table is swept. Not called before the first generation."""

    def _expire(self, moment: Moment) -> Effects:
        """After ``_on_day``: what ends because an arrival day begins, as effects of its first record."""
        return Effects()

    def _on_configuration(self, configured: C) -> None:
        """A configuration is in force from now on; the label book has taken its bounds."""

    # --- for subclasses

    @property
    def window_days(self) -> int:
        return self.history.generations[-1].window_days

    @property
    def horizon(self) -> int:
        """Oldest event day that is remembered on the current arrival day."""
        return horizon(self.history.day, self.window_days)

    def configuration(self, moment: Moment) -> C:
        """The configuration in force. Raises NoConfiguration."""
        if self.configured is None:
            raise NoConfiguration(
                f"partition {self.partition}: offset {moment.offset} comes before any configuration;"
                " run 'tokonomics config apply'"
            )
        return self.configured

    def accept(self, accepted_us: int) -> None:
        """Take the accept time of a record's body: freshness."""
        self.accepted_us = max(self.accepted_us, accepted_us)

    def refuse_digest(self, digest: int, moment: Moment) -> bool:
        """Whether a refusal with this digest (or event hash) is seen for the first time; remembers it."""
        _, new = self.table.remember(np.array([digest], np.uint64) ^ REFUSAL_SPACE, moment.day)
        return bool(new[0])

    def refuse(self, effects: Effects, source_key: str, reason: str, event: int, moment: Moment) -> None:
        """Count an event refused by the fold once, with a note for the quarantine's readers."""
        source = self.labels.source_admitted(source_key, moment.offset)  # known or not: see _fold_refusals
        if self.refuse_digest(event, moment):
            effects.refuse(source, reason, moment.hour)
            effects.quarantine(source, reason, f"{event:016x}", moment.offset)

    def admit(self, effects: Effects, time_us: int, source_key: str, event: int, moment: Moment) -> bool:
        """Whether a time lies in the window, a little ahead included; if not, ``event`` is refused."""
        if time_us < moment.now_us - self.window_days * US_PER_DAY:
            reason = "too_old"
        elif time_us > moment.now_us + AHEAD_US:
            reason = "too_early"
        else:
            return True
        self.refuse(effects, source_key, reason, event, moment)
        return False

    # --- the same for every log

    def turn(self, offset: int, timestamp_ms: int, frame: Frame) -> Turn | None:
        """The day and generation this record begins, None when it begins neither."""
        day = max(self.history.day, timestamp_ms // _MS_PER_DAY)
        current = self.history.generation if self.history.generations else ""
        born = self._born(frame)
        generation = born.id if born is not None else current
        return Turn(day, generation) if (day, generation) != (self.history.day, current) else None

    def fold(self, offset: int, timestamp_ms: int, frame: Frame, *, rows: bool) -> Effects:
        """Fold one record; with ``rows`` False only what decides moves. Raises StopFold."""
        begun = self._begin_day(offset, timestamp_ms)
        day = self.history.day
        moment = Moment(offset, day, max(timestamp_ms * 1000, day * US_PER_DAY))
        self.time_ms = max(self.time_ms, timestamp_ms)
        effects = self._expire(moment) if begun else Effects()
        effects.merge(self._fold_record(frame, moment, rows=rows))
        return effects if rows else Effects()

    def _fold_record(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        offset = moment.offset
        if frame.kind is Kind.GENERATION:
            self._begin_generation(offset, decode_body(frame.body, Generation))
            return Effects()
        if not self.history.generations:
            raise NoGeneration(
                f"partition {self.partition}: offset {offset} lies before any generation record;"
                " make the topics with 'tokonomics topics create'"
            )
        if frame.kind is Kind.EPOCH:
            self._begin_epoch(offset, decode_body(frame.body, Epoch))
            return Effects()
        if frame.kind is Kind.HEARTBEAT:
            self.accept(decode_body(frame.body, Heartbeat).accepted_us)
            return Effects()
        try:
            if frame.kind is Kind.REFUSALS:
                return self._fold_refusals(decode_body(frame.body, Refusals), moment)
            return self._fold_events(frame, moment, rows=rows)
        except (MalformedBatch, msgspec.DecodeError):
            return self._quarantine(frame, moment)

    def _fold_refusals(self, body: Refusals, moment: Moment) -> Effects:
        effects = Effects()
        self.accept(body.accepted_us)
        for refusal in body.refusals:
            # a fold again may not know a refusal that was known: what takes a place must not depend on it
            source = self.labels.source_admitted(refusal.source_key, moment.offset)
            if self.refuse_digest(refusal.digest, moment):
                effects.refuse(source, refusal.reason, moment.hour)
        return effects

    def _quarantine(self, frame: Frame, moment: Moment) -> Effects:
        """A batch that cannot be read counts whole, once."""
        effects = Effects()
        digest = xxhash.xxh64_intdigest(frame.body)
        if self.refuse_digest(digest, moment):
            effects.refuse("unknown", "malformed_batch", moment.hour, max(frame.events, 1))
            effects.quarantine("unknown", "malformed_batch", f"{digest:016x}", moment.offset)
        return effects

    def _born(self, frame: Frame) -> Generation | None:
        if frame.kind is not Kind.GENERATION:
            return None
        born = decode_body(frame.body, Generation)
        return None if any(born.id == known.id for known in self.history.generations) else born

    def _begin_day(self, offset: int, timestamp_ms: int) -> bool:
        """Whether the record begins an arrival day of a generation."""
        day = timestamp_ms // _MS_PER_DAY
        if day <= self.history.day:
            return False
        self.history.days.append(DayBegin(offset, day))
        if not self.history.generations:
            return False
        self.table.sweep(self.horizon)
        self.history.forget_days(self.window_days)
        self._on_day(day)
        return True

    def _begin_generation(self, offset: int, born: Generation) -> None:
        if any(born.id == known.id for known in self.history.generations):
            return  # an interrupted creation wrote it twice
        begun = GenerationBegin(offset, born.id, born.created_us, born.partitions, born.window_days)
        self.history.generations.append(begun)
        self._on_generation(begun)

    def _begin_epoch(self, offset: int, epoch: Epoch) -> None:
        if self.history.epochs and epoch.number <= self.history.epochs[-1].number:
            return
        if epoch.fold_version != FOLD_VERSION:
            raise UnknownFoldVersion(
                f"partition {self.partition}: configuration {epoch.digest[:12]} asks for fold version"
                f" {epoch.fold_version}, this release has {FOLD_VERSION}; upgrade the worker"
            )
        self._configure(epoch.digest)
        self.history.epochs.append(EpochBegin(offset, epoch.number, epoch.digest))

    def _configure(self, digest: str) -> None:
        self.configured = self._configurations(digest)
        self.labels.configure(self.configured.bounds, self.configured.declared)
        self._on_configuration(self.configured)
