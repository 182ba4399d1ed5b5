"""The deciding state of a telemetry partition, and how each kind of record moves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec
import xxhash

from stream.contract.columns import MalformedBatch, UsageBatch, decode_batch
from stream.contract.configuration import FOLD_VERSION
from stream.contract.frame import Frame, Kind
from stream.contract.names import US_PER_DAY
from stream.contract.records import Epoch, Generation, Heartbeat, Refusals, decode_body
from stream.contract.rows import Admitted, DayBegin, EpochBegin, GenerationBegin
from stream.core.effects import Effects
from stream.core.errors import NoConfiguration, NoGeneration, UnknownFoldVersion, UnsupportedRecord
from stream.core.history import History
from stream.core.identity_table import IdentityTable
from stream.core.labels import LabelBook
from stream.core.measures import Costs
from stream.core.usage_fold import Moment, UsageFold, horizon

_MS_PER_DAY = 86_400_000


class Configured(Protocol):
    """A loaded configuration: what the fold takes from it."""

    @property
    def bounds(self) -> dict[str, int]: ...
    @property
    def declared(self) -> dict[str, list[str]]: ...
    @property
    def fold_version(self) -> int: ...
    def costs(self, batch: UsageBatch) -> Costs:
        """Costs of all N events of a batch."""
        ...


class Turn(NamedTuple):
    """What a record begins: an arrival day, or a generation, or both."""

    day: int
    generation: str


class TelemetryState:
    """Identities, labels, history and the configuration in force, as of an offset."""

    def __init__(
        self,
        partition: int,
        history: History,
        admitted: Sequence[Admitted],
        configurations: Callable[[str], Configured],
    ) -> None:
        self.partition, self.history = partition, history
        self.table, self.labels = IdentityTable(), LabelBook(admitted)
        self.accepted_us = self.time_ms = 0
        self._configurations = configurations
        self._configured: Configured | None = None
        self._usage: UsageFold | None = None
        if history.generations:
            self._usage = UsageFold(self.table, self.labels, history.generations[-1].window_days)
        if history.epochs:
            self._configure(history.epochs[-1].digest)

    def turn(self, offset: int, timestamp_ms: int, frame: Frame) -> Turn | None:
        """The day and generation this record begins, None when it begins neither."""
        day = max(self.history.day, timestamp_ms // _MS_PER_DAY)
        current = self.history.generation if self.history.generations else ""
        born = self._born(frame)
        generation = born.id if born is not None else current
        return Turn(day, generation) if (day, generation) != (self.history.day, current) else None

    def fold(self, offset: int, timestamp_ms: int, frame: Frame, *, rows: bool) -> Effects:
        """Fold one record; with ``rows`` False only what decides moves. Raises StopFold."""
        self._begin_day(offset, timestamp_ms)
        day = self.history.day
        moment = Moment(offset, day, max(timestamp_ms * 1000, day * US_PER_DAY))
        self.time_ms = max(self.time_ms, timestamp_ms)
        if frame.kind is Kind.GENERATION:
            self._begin_generation(offset, decode_body(frame.body, Generation))
            return Effects()
        if self._usage is None:
            raise NoGeneration(
                f"partition {self.partition}: offset {offset} lies before any generation record;"
                " make the topics with 'tokonomics topics create'"
            )
        if frame.kind is Kind.EPOCH:
            self._begin_epoch(offset, decode_body(frame.body, Epoch))
            return Effects()
        if frame.kind is Kind.HEARTBEAT:
            self.accepted_us = max(self.accepted_us, decode_body(frame.body, Heartbeat).accepted_us)
            return Effects()
        effects = self._fold_events(frame, moment, rows=rows)
        return effects if rows else Effects()

    def _fold_events(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        assert self._usage is not None
        try:
            if frame.kind is Kind.USAGE:
                return self._fold_batch(
                    self._usage, decode_batch(frame.events, frame.body), moment, rows=rows
                )
            if frame.kind is Kind.REFUSALS:
                return self._fold_refusals(self._usage, decode_body(frame.body, Refusals), moment)
        except (MalformedBatch, msgspec.DecodeError):
            return self._quarantine(self._usage, frame, moment)
        raise UnsupportedRecord(
            f"partition {self.partition}: offset {moment.offset} holds a record of kind"
            f" {frame.kind.name.lower()}, which this release does not fold; upgrade the worker"
        )

    def _fold_batch(self, usage: UsageFold, batch: UsageBatch, moment: Moment, *, rows: bool) -> Effects:
        if self._configured is None:
            raise NoConfiguration(
                f"partition {self.partition}: offset {moment.offset} comes before any configuration;"
                " run 'tokonomics config apply'"
            )
        self.accepted_us = max(self.accepted_us, batch.accepted_us)
        return usage.fold(batch, self._configured, moment, rows=rows)

    def _fold_refusals(self, usage: UsageFold, body: Refusals, moment: Moment) -> Effects:
        effects = Effects()
        self.accepted_us = max(self.accepted_us, body.accepted_us)
        for refusal in body.refusals:
            if usage.refuse_digest(refusal.digest, moment):
                source = self.labels.source_admitted(refusal.source_key, moment.offset)
                effects.refuse(source, refusal.reason, moment.hour)
        return effects

    def _quarantine(self, usage: UsageFold, frame: Frame, moment: Moment) -> Effects:
        """A batch that cannot be read counts whole, once."""
        effects = Effects()
        digest = xxhash.xxh64_intdigest(frame.body)
        if usage.refuse_digest(digest, moment):
            effects.refuse("unknown", "malformed_batch", moment.hour, max(frame.events, 1))
            effects.quarantine("unknown", "malformed_batch", f"{digest:016x}", moment.offset)
        return effects

    def _born(self, frame: Frame) -> Generation | None:
        if frame.kind is not Kind.GENERATION:
            return None
        born = decode_body(frame.body, Generation)
        return None if any(born.id == known.id for known in self.history.generations) else born

    def _begin_day(self, offset: int, timestamp_ms: int) -> None:
        day = timestamp_ms // _MS_PER_DAY
        if day <= self.history.day:
            return
        self.history.days.append(DayBegin(offset, day))
        if self.history.generations:
            window_days = self.history.generations[-1].window_days
            self.table.sweep(horizon(day, window_days))
            self.history.forget_days(window_days)

    def _begin_generation(self, offset: int, born: Generation) -> None:
        if any(born.id == known.id for known in self.history.generations):
            return  # an interrupted creation wrote it twice
        begun = GenerationBegin(offset, born.id, born.created_us, born.partitions, born.window_days)
        self.history.generations.append(begun)
        self._usage = UsageFold(self.table, self.labels, born.window_days)

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
        self._configured = self._configurations(digest)
        self.labels.configure(self._configured.bounds, self._configured.declared)
