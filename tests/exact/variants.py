"""Mistakes that were once made, or nearly: the exact partition with one of its rules taken away."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest.mock import patch

from stream.contract.rows import Marker
from stream.core import changelog, history, partition
from stream.core.changelog import LogStart, Plan
from stream.core.open_day import OpenDay
from stream.core.partition import ExactPartition
from stream.core.telemetry import TelemetryState
from tests.exact.world import FlatRate, make_partition


class Variant:
    """``make`` builds the partition; ``applied`` patches what is to be wrong meanwhile."""

    @staticmethod
    def make() -> ExactPartition:
        return make_partition()

    @classmethod
    @contextmanager
    def applied(cls) -> Iterator[None]:
        yield


class PlainMarker(Variant):
    """The marker says up to where the shards hold, but not which stamp each must have."""

    @classmethod
    @contextmanager
    def applied(cls) -> Iterator[None]:
        restore = changelog.Changelog.restore_day

        def plain(self: changelog.Changelog, marker: Marker | None, *args: Any) -> OpenDay:
            trusting = None if marker is None else _without_vector(marker)
            return restore(self, trusting, *args)

        with patch.object(changelog.Changelog, "restore_day", plain):
            yield


def _without_vector(marker: Marker) -> Marker:
    fields = {name: getattr(marker, name) for name in marker.__struct_fields__}
    return Marker(**(fields | {"expected": []}))


class StoredDecidingState(Variant):
    """What decides is stored with the marker and taken as it is, instead of being folded again."""

    stored: ClassVar[dict[tuple[str, int], TelemetryState]] = {}

    class Storing(ExactPartition):
        def flush(self, *, force: bool = False) -> partition.Flush | None:
            flush = super().flush(force=force)
            if flush is not None:
                StoredDecidingState.stored[self._state.history.log, flush.upto] = copy.deepcopy(self._state)
            return flush

        def plan(self, start: LogStart) -> Plan:
            plan = super().plan(start)
            marker = self._marker
            if marker is not None:
                self._state = copy.deepcopy(StoredDecidingState.stored[marker.log, marker.upto])
                self._next = plan.resume_at
                self._resume()
                return Plan(plan.resume_at, plan.resume_at, ())
            return plan

    @staticmethod
    def make() -> ExactPartition:
        return StoredDecidingState.Storing(0, lambda digest: FlatRate(), TelemetryState)


class ShortRefold(Variant):
    """Only one window is folded again, not two."""

    @classmethod
    @contextmanager
    def applied(cls) -> Iterator[None]:
        with patch.object(history, "refold_days", lambda window_days: window_days):
            yield


class RowsWithoutGeneration(Variant):
    """Rows of a re-created topic have the keys of the old topic's rows."""

    @classmethod
    @contextmanager
    def applied(cls) -> Iterator[None]:
        write = OpenDay.write

        def nameless(self: OpenDay, *args: Any) -> Any:
            generation, self.generation = self.generation, "any"
            try:
                return write(self, *args)
            finally:
                self.generation = generation

        find = changelog.Changelog.restore_day

        def found(self: changelog.Changelog, marker: Any, generation: str, *args: Any) -> OpenDay:
            return find(self, marker, generation, *args)

        with (
            patch.object(OpenDay, "write", nameless),
            patch.object(changelog.Changelog, "restore_day", found),
        ):
            yield


class NoClosing(Variant):
    """A closed day is dropped without being written once more."""

    class Forgetting(ExactPartition):
        def _write_closing(self) -> Any:
            _, _ = super()._write_closing()
            return [], []

    @staticmethod
    def make() -> ExactPartition:
        return NoClosing.Forgetting(0, lambda digest: FlatRate(), TelemetryState)


class MarkerFirst(Variant):
    """The marker is written before the shards it vouches for."""

    class Hasty(ExactPartition):
        def flush(self, *, force: bool = False) -> partition.Flush | None:
            flush = super().flush(force=force)
            return None if flush is None else partition.Flush(flush.upto, flush.stages[::-1])

    @staticmethod
    def make() -> ExactPartition:
        return MarkerFirst.Hasty(0, lambda digest: FlatRate(), TelemetryState)


ALL = [PlainMarker, StoredDecidingState, ShortRefold, RowsWithoutGeneration, NoClosing, MarkerFirst]
