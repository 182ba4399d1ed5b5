"""Holes: records beyond the next offset came, the next one did not. Pure; the clock is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass
class Hole:
    """``missing``: next offset to fold. ``beyond``: lowest offset that came after it. ``since``: seconds."""

    missing: int
    beyond: int
    since: float
    seeks: int = 0


def note_hole(hole: Hole | None, missing: int, offset: int, now: float) -> Hole:
    """A record beyond the next one came in."""
    if hole is None or hole.missing != missing:
        return Hole(missing, offset, now)
    hole.beyond = min(hole.beyond, offset)
    return hole


def is_due(hole: Hole, now: float, wait_s: float) -> bool:
    """Most holes close by themselves, when the records of an abandoned position have passed the queues."""
    return now - hole.since >= wait_s


class Finding(Enum):
    """What the broker answered when it was asked for exactly the missing offset."""

    PRESENT = "present"  # it is there: read it again
    CONTROL_ONLY = "control_only"  # only control or aborted records up to the record that came: step over
    TRIMMED = "trimmed"  # the log begins after it: records are lost
    NOTHING_YET = "nothing_yet"  # no answer in time: ask again


@dataclass(frozen=True)
class Answer:
    """``first_offset``: where the log begins. ``came``: offset of the record that was answered."""

    first_offset: int
    came: int | None


def judge(missing: int, answer: Answer) -> Finding:
    if answer.first_offset > missing:
        return Finding.TRIMMED
    if answer.came is None or answer.came < missing:
        return Finding.NOTHING_YET
    return Finding.PRESENT if answer.came == missing else Finding.CONTROL_ONLY
