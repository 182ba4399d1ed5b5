"""When checks are due: the same whoever asks and whenever a process began, and never twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collectors._sdk.probe_parts import SPARE_S, ProbePart
from collectors.probes.schedule import Timetable
from stream.contract.identity import check_hash

_S = 1_000_000
NOW = st.integers(1_500_000_000 * _S, 2_500_000_000 * _S)


@st.composite
def timetables(draw: Any) -> Timetable:
    """What a valid configuration can make."""
    every_s = draw(st.integers(5, 86_400))
    timeout_s = draw(st.floats(0.1, every_s - SPARE_S - 0.1))
    jitter_s = draw(st.floats(0, max(0.0, every_s - SPARE_S - timeout_s - 0.001)))
    part = ProbePart(
        name=draw(st.sampled_from(["a", "gateway", "Überblick 2"])),
        check="http",
        url="http://127.0.0.1/",
        every_seconds=every_s,
        timeout_seconds=timeout_s,
        jitter_seconds=jitter_s,
    )
    every_us, timeout_us = round(part.every_seconds * _S), round(part.timeout_s * _S)
    return Timetable(part.name, every_us, round(part.jitter_s * _S), timeout_us)


@given(timetables(), st.integers(0, 10**9))
def test_the_grid_is_even_and_the_jitter_has_its_bounds(table: Timetable, slot: int) -> None:
    """Checks are due every ``every``, start at most the jitter later, and end before the next is due."""
    due, following = table.due(slot), table.due(slot + 1)
    assert following.due_us - due.due_us == table.every_us
    assert due.due_us % table.every_us == table.due(0).due_us
    assert 0 <= due.at_us - due.due_us <= table.jitter_us
    assert due.latest_us + table.timeout_us <= following.due_us
    assert due.latest_us - due.at_us >= SPARE_S * _S - 2  # what is late by less is still made


@given(timetables(), NOW)
def test_the_next_is_the_first_that_is_to_start(table: Timetable, now_us: int) -> None:
    """None is left out, and what should have started before is not made up."""
    due = table.next(now_us)
    assert table.due(due.slot - 1).at_us < now_us <= due.at_us


@given(timetables(), NOW, st.lists(st.integers(0, 10**9), max_size=8))
def test_a_restart_neither_repeats_nor_shifts(table: Timetable, now_us: int, restarts: list[int]) -> None:
    """A process that is started anew at any time goes on where the former one was: each check once, and
    with the hash that anybody would give it.
    """
    begun = table.next(now_us).slot
    made, done = [], None
    for wait_us in [*restarts, 0]:
        due = table.next(now_us, done)
        made.append((due.slot, check_hash(table.probe, due.due_us)))
        done, now_us = due.slot, due.at_us
        if wait_us % 2:
            done, now_us = None, now_us + 1 + wait_us  # ended, and begun later
    slots = [slot for slot, _ in made]
    assert slots == sorted(set(slots))
    assert slots[0] == begun
    assert all(digest == check_hash(table.probe, table.due(slot).due_us) for slot, digest in made)


@given(timetables(), NOW, st.integers(-(10**12), 10**12))
def test_a_clock_that_is_set_keeps_no_check_back(table: Timetable, now_us: int, step_us: int) -> None:
    """Whatever the clock does, the next check is at most two periods and the jitter away, and another one."""
    done = table.next(now_us).slot
    due = table.next(now_us + step_us, done)
    assert due.slot != done
    assert 0 <= due.at_us - (now_us + step_us) <= 2 * table.every_us + table.jitter_us


def test_the_grid_is_part_of_the_contract() -> None:
    """A release that moved it would repeat or leave out checks when it is rolled out."""
    due = Timetable("gateway", 60 * _S, 6 * _S, 10 * _S).next(1_793_678_706_789_000)
    assert (due.due_us, due.at_us) == (1_793_678_743_059_725, 1_793_678_745_675_803)
    assert check_hash("gateway", due.due_us) == 0xBFB04D48DF232EBD


def test_probes_are_spread_over_the_period() -> None:
    """A hundred of them do not meet at the full minute."""
    phases = {Timetable(f"p{n}", 60 * _S, 0, _S).due(0).due_us // _S for n in range(100)}
    assert len(phases) > 40
