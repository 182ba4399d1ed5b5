"""Which day's people stand for a window."""

from __future__ import annotations

import datetime as dt

import pytest

from stream.readings.ledger import as_of_day


def hour(text: str) -> int:
    return int(dt.datetime.fromisoformat(text + "+00:00").timestamp()) // 3600


def day(text: str) -> int:
    return dt.date.fromisoformat(text).toordinal() - dt.date(1970, 1, 1).toordinal()


@pytest.mark.parametrize(
    ("until", "now", "zone", "wanted"),
    [
        ("2026-11-25T10:00", "2026-11-25T09:00", "UTC", "2026-11-25"),
        ("2026-11-25T23:00", "2026-11-25T22:00", "Asia/Tokyo", "2026-11-26"),  # their next morning
        ("2026-11-25T05:00", "2026-11-25T04:00", "America/New_York", "2026-11-24"),  # still yesterday there
        ("2026-11-25T00:00", "2026-11-25T09:00", "UTC", "2026-11-24"),  # a window that is over: its last day
        ("2026-11-30T00:00", "2026-11-25T09:00", "UTC", "2026-11-25"),  # none that is to come
    ],
)
def test_the_day_is_the_installations_own(until: str, now: str, zone: str, wanted: str) -> None:
    """People-days are counted in the installation's zone; a reader asks for the same day, not for UTC's."""
    assert as_of_day(hour(until), hour(now), zone) == day(wanted)
