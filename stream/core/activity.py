"""Who was active on which day: sent once per person, day, population and labels, to the people's log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from stream.contract.columns import PERSON_KNOWN, UsageBatch
from stream.contract.names import LABEL_INDEX, PRODUCTION, US_PER_DAY
from stream.contract.records import Activities, encode_record
from stream.core.effects import Write
from stream.core.identity_table import IdentityTable

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
_QUARTER_US: Final = 900_000_000  # no zone changes its offset within a quarter of an hour
_OFFSETS_HELD: Final = 100_000
_DEPARTMENT, _USE_CASE, _ENVIRONMENT = (
    LABEL_INDEX[name] for name in ("department", "use_case", "environment")
)


class LocalDays:
    """Days of a zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._offset_us: dict[int, int] = {}

    def of(self, time_us: I64) -> I64:
        """Days since 1970 (n,) of times (n,) in microseconds, as a calendar in the zone shows them."""
        quarters, at = np.unique(time_us // _QUARTER_US, return_inverse=True)
        offsets = np.array([self._offset(quarter) for quarter in quarters.tolist()], np.int64)
        return cast("I64", (time_us + offsets[at]) // US_PER_DAY)

    def _offset(self, quarter: int) -> int:
        found = self._offset_us.get(quarter)
        if found is None:
            if len(self._offset_us) >= _OFFSETS_HELD:
                self._offset_us.clear()
            offset = datetime.fromtimestamp(quarter * 900, self._zone).utcoffset()
            found = self._offset_us[quarter] = round(offset.total_seconds()) * 1_000_000 if offset else 0
        return found


class ActivityLog:
    """Remembers what was sent within the window, so that a day of work is one entry and not thousands."""

    def __init__(self) -> None:
        self._seen = IdentityTable()
        self._pairs: dict[tuple[str, str], int] = {}
        self._names: list[tuple[str, str]] = []
        self._pair_of = np.empty(0, np.int64)  # by label id: the pair's number, -1 outside production

    def fold(
        self,
        batch: UsageBatch,
        at: I64,
        label: I64,
        tuples: Sequence[tuple[str, ...]],
        days: LocalDays,
        partitions: int,
    ) -> list[Write]:
        """Activities of the admitted events at positions ``at`` (K,) with label ids ``label`` (K,) into
        ``tuples``: first events and copies alike.
        """
        flags = cast("NDArray[np.uint8]", batch.columns["flags"])[at]
        known = (flags & PERSON_KNOWN) != 0
        if not known.any():
            return []
        pair = self._pairs_of(tuples)[label]
        known &= pair >= 0
        at, pair = at[known], pair[known]
        time_us = cast("I64", batch.columns["time_us"])[at]
        person = cast("U64", batch.column("person"))[at]
        previous = cast("U64", batch.column("person_previous"))[at]
        population = cast("NDArray[np.uint8]", batch.column("population"))[at]
        day = days.of(time_us)
        told = (pair << 20) | (day << 3) | (population.astype(np.int64) << 1) | (previous != 0)
        _, new = self._seen.remember(person ^ _spread(told.astype(np.uint64)), time_us // US_PER_DAY)
        target = (person[new] % np.uint64(partitions)).astype(np.int64)
        columns = person[new], previous[new], day[new], population[new], pair[new]
        return [
            self._write(partition, batch.accepted_us, [column[target == partition] for column in columns])
            for partition in np.unique(target).tolist()
        ]

    def sweep(self, horizon_day: int) -> None:
        """Forget what was seen on days before ``horizon_day`` alone."""
        self._seen.sweep(horizon_day)

    def _pairs_of(self, tuples: Sequence[tuple[str, ...]]) -> I64:
        begin = len(self._pair_of)
        if begin < len(tuples):
            more = np.array([self._pair(labels) for labels in tuples[begin:]], np.int64)
            self._pair_of = np.concatenate([self._pair_of, more])
        return self._pair_of

    def _pair(self, labels: tuple[str, ...]) -> int:
        if labels[_ENVIRONMENT] != PRODUCTION:
            return -1
        names = labels[_DEPARTMENT], labels[_USE_CASE]
        found = self._pairs.setdefault(names, len(self._names))
        if found == len(self._names):
            self._names.append(names)
        return found

    def _write(self, partition: int, accepted_us: int, columns: Sequence[NDArray[np.generic]]) -> Write:
        person, previous, day, population, pair = columns
        pairs, label = np.unique(pair, return_inverse=True)
        body = Activities(
            accepted_us,
            person.astype("<u8").tobytes(),
            previous.astype("<u8").tobytes(),
            day.astype("<i4").tobytes(),
            population.astype("u1").tobytes(),
            label.astype("<u4").tobytes(),
            [self._names[number] for number in pairs.tolist()],
        )
        return Write("activity", str(partition).encode(), encode_record(body), partition)


def _spread(values: U64) -> U64:
    """Finaliser of splitmix64, a bijection: what differs in one bit differs in half of them."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
