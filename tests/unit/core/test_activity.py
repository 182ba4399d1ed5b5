"""Who was active: sent once per person, day, population and labels."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from stream.contract.frame import unpack
from stream.contract.records import Activities, Epoch, Generation, decode_body, encode_record
from stream.core.activity import ActivityLog, LocalDays
from stream.core.history import History
from stream.core.telemetry import TelemetryState
from tests.exact.oracle import DAY, HOUR, Event
from tests.exact.world import FlatRate, encode_events

NOW_US = 20_000 * DAY + 10 * HOUR  # 23:00 in Auckland


def state() -> TelemetryState:
    """Partition 0 of 4."""
    made = TelemetryState(0, History(), [], lambda digest: FlatRate())
    made.fold(0, NOW_US // 1000, unpack(encode_record(Generation("g", 0, 4, window_days=1))), rows=True)
    made.fold(1, NOW_US // 1000, unpack(encode_record(Epoch(0, "flat", 1))), rows=True)
    return made


def sent(partition: TelemetryState, *events: Event, now_us: int = NOW_US, rows: bool = True) -> list[Any]:
    """(partition, person, former pseudonym, day, population, labels), sorted."""
    effects = partition.fold(9, now_us // 1000, unpack(encode_events(list(events), now_us)), rows=rows)
    found: list[Any] = []
    for write in effects.outputs:
        assert write.target == "activity"
        body = decode_body(unpack(write.value or b"").body, Activities)
        labels = [body.dictionary[i] for i in np.frombuffer(body.label, "<u4").tolist()]
        columns = zip(
            np.frombuffer(body.person, "<u8").tolist(),
            np.frombuffer(body.previous, "<u8").tolist(),
            np.frombuffer(body.day, "<i4").tolist(),
            np.frombuffer(body.population, "u1").tolist(),
            strict=True,
        )
        found += [(write.partition, *entry, *names) for entry, names in zip(columns, labels, strict=True)]
    return sorted(found)


def used(number: int, person: int, **fields: Any) -> Event:
    given = {"time_us": NOW_US, "department": "law", "source": "gateway"} | fields
    return Event(number, 1000 + number, person=person, **given)


def test_a_person_is_sent_once_a_day_to_the_partition_of_the_person() -> None:
    """Ten requests are one entry; the next day in the zone, another population or label is another."""
    partition = state()
    first = sent(partition, *(used(n, 502) for n in range(10)), used(11, 501))
    assert first == [(1, 501, 502, 20_000, 0, "law", ""), (2, 502, 503, 20_000, 0, "law", "")]
    assert sent(partition, used(12, 502)) == []
    assert sent(partition, used(13, 502, population=1)) == [(2, 502, 503, 20_000, 1, "law", "")]
    assert sent(partition, used(14, 502, department="care")) == [(2, 502, 503, 20_000, 0, "care", "")]
    later = NOW_US + 2 * HOUR
    assert sent(partition, used(15, 502, time_us=later), now_us=later) == [
        (2, 502, 503, 20_001, 0, "law", "")
    ]


def test_copies_tell_of_a_person_and_refused_events_do_not() -> None:
    """The gateway may not know who it was, the application does; what is refused counts nowhere."""
    partition = state()
    assert sent(partition, used(1, 0)) == []
    copy = Event(1, 77, NOW_US, "law", "application", person=500)
    assert [entry[1] for entry in sent(partition, copy)] == [500]
    too_early = used(2, 504, time_us=NOW_US + HOUR)
    effects = partition.fold(9, NOW_US // 1000, unpack(encode_events([too_early], NOW_US)), rows=True)
    assert {write.target for write in effects.outputs} == {"quarantine"}


def test_only_production_counts_people() -> None:
    """Tests and load generators are no adoption."""
    assert sent(state(), used(1, 500, environment="test"), used(2, 501, environment="")) == []


def test_what_is_folded_again_is_remembered_and_not_sent() -> None:
    """After a restart nobody is sent anew because the log was read again."""
    partition = state()
    assert sent(partition, used(1, 500), rows=False) == []
    assert sent(partition, used(2, 500)) == []


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kathmandu", "America/St_Johns", "Europe/Paris", "Australia/Lord_Howe"]
)
def test_days_are_those_of_the_zones_calendar(zone: str) -> None:
    """Hour by hour over a year, changes of the clock included."""
    times = np.arange(20_000 * DAY, 20_366 * DAY, 17 * 60_000_000 * 7, np.int64)
    there = ZoneInfo(zone)
    epoch = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
    expected = [datetime.fromtimestamp(t // 1_000_000, there).toordinal() - epoch for t in times.tolist()]
    assert LocalDays(there).of(times).tolist() == expected


def test_what_lies_before_the_horizon_is_forgotten() -> None:
    """The memory holds a window, not a year."""
    partition = state()
    log: ActivityLog = partition._activity
    for day in range(10):
        now_us = NOW_US + day * DAY
        sent(partition, *(used(n, 500 + n, time_us=now_us) for n in range(100)), now_us=now_us)
    assert log._seen.size == 300
