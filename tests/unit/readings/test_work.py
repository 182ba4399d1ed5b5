"""Pieces of work: what is compared with what, and that a change of mix is no gain."""

from __future__ import annotations

from fractions import Fraction

import pytest

from stream.readings.reading import Window
from tests.unit.readings.given import PLACE, baseline, program, reading, sums, task

MINUTE = 60


def timed(ai: str, tasks: int, minutes: int, **more: str) -> object:
    return task(ai, tasks=tasks, tasks_timed=tasks, seconds=tasks * minutes * MINUTE, quantity=tasks, **more)  # type: ignore[arg-type]


def test_time_saved_is_against_work_without_ai() -> None:
    """Means of 6 and 10 minutes: 40 % saved, and the note names what it is compared with."""
    found = reading("time_saved_per_task", sums(tasks=[timed("partly", 40, 6), timed("none", 50, 10)]))
    assert found.value == Fraction(2, 5) and found.samples == 40 and found.measured
    assert found.status == "met" and "50 timed tasks without AI" in found.notes[0]


def test_a_dated_baseline_comes_first() -> None:
    """A declared baseline of 8 minutes, not the 10 of this window; the figure is not called measured."""
    declared = program(baselines=[baseline("time_saved_per_task", 8)])
    found = reading(
        "time_saved_per_task", sums(tasks=[timed("partly", 40, 6), timed("none", 50, 10)]), program=declared
    )
    assert (
        found.value == Fraction(1, 4) and not found.measured and "2024-06-01 to 2024-12-31" in found.notes[0]
    )


def test_what_the_field_sees_stands_beside_it() -> None:
    """60 % saved on code is above the 40 % that is realistic, and says so."""
    benefit = program().use_cases[0].benefits[0].model_copy(update={"kind": "code"})
    case = program().use_cases[0].model_copy(update={"benefits": [benefit]})
    declared = program().model_copy(update={"use_cases": [case]})
    work = [timed("partly", 40, 4), timed("none", 50, 10)]
    part = reading("time_saved_per_task", sums(tasks=work), program=declared).split("department", "use_case")[
        0
    ]
    assert part.notes == ("the field sees 25% to 40% for code, and this is above it",)


def test_a_change_of_mix_saves_nothing() -> None:
    """Short work moved to AI, long work left to people, each as long as before: 0 % saved."""
    work = [
        timed("wholly", 90, 2, deliverable="short"),
        timed("none", 10, 2, deliverable="short"),
        timed("wholly", 10, 20, deliverable="long"),
        timed("none", 90, 20, deliverable="long"),
    ]
    assert reading("time_saved_per_task", sums(tasks=work)).value == 0


def test_nothing_to_compare_with_is_no_baseline_and_never_zero() -> None:
    """Work with AI alone: no value, status no_baseline; without times, what to connect."""
    found = reading("time_saved_per_task", sums(tasks=[timed("partly", 40, 6)]))
    assert found.value is None and found.status == "no_baseline" and "40 timed tasks" in found.notes[0]
    untimed = reading("time_saved_per_task", sums(tasks=[task("partly", tasks=40)]))
    assert untimed.status == "no_data" and untimed.connect


def test_automation_counts_tasks_without_ai() -> None:
    """AI did 60 of 100, of which 20 wholly; the baseline stands beside it."""
    work = [task("partly", tasks=40), task("wholly", tasks=20), task("none", tasks=40)]
    found = reading(
        "automation_rate", sums(tasks=work), program=program(baselines=[baseline("automation_rate", 10)])
    )
    assert (found.value, found.denominator) == (Fraction(3, 5), 100)
    change, wholly = found.figure("change"), found.figure("wholly")
    assert change is not None and change.value == Fraction(1, 2)
    assert wholly is not None and wholly.value == Fraction(1, 5)


def test_throughput_is_per_week_of_what_is_known() -> None:
    """Four weeks, of which the ledger holds two: 100 deliverables are 50 a week, 25 % above 40."""
    declared = program(baselines=[baseline("production_throughput", 40, department=PLACE[0])])
    now = sums(tasks=[task("none", quantity=100, tasks=1)], first_hour=490_000 + 14 * 24)
    found = reading("production_throughput", now, program=declared)
    assert found.value == Fraction(1, 4) and found.numerator == 50
    assert found.split("department")[0].value == Fraction(1, 4)
    assert reading("production_throughput", now).status == "no_baseline"


def test_hours_saved_are_the_timed_ones() -> None:
    """40 tasks, 4 minutes less each: 160 minutes; the untimed ones are said and save nothing."""
    work = [timed("partly", 40, 6), timed("none", 50, 10), task("partly", tasks=5)]
    found = reading("hours_saved", sums(tasks=work))
    assert found.value == Fraction(160, 60) and any(note.startswith("5 tasks") for note in found.notes)


def test_contacts_with_and_without_ai_stay_apart() -> None:
    """CSAT and NPS of contacts with AI; those of people alone beside them."""
    work = [
        task(
            "partly",
            csat_answers=100,
            csat_satisfied=95,
            nps_answers=100,
            nps_promoters=70,
            nps_detractors=10,
        ),
        task("none", csat_answers=10, csat_satisfied=5),
    ]
    csat, nps = (reading("csat_nps", sums(tasks=work), scope=scope) for scope in ("CSAT", "NPS"))
    assert csat.value == Fraction(19, 20) and nps.value == 60 and nps.unit == "points"
    human = csat.figure("human_only_csat")
    assert human is not None and human.value == Fraction(1, 2)
    assert (csat.status, nps.status) == ("met", "met")


def test_cost_per_task_takes_time_and_usage() -> None:
    """6 minutes at 60 an hour and 1 of usage a task, against 10 minutes: 7 against 10."""
    from tests.unit.readings.given import usage

    work = [timed("partly", 40, 6), timed("none", 50, 10)]
    now = sums(tasks=work, usage=[usage(100, cost_nano_usd_input=40 * 10**9)])
    found = reading("cost_per_task", now, program=program())
    assert found.value == Fraction(-3, 10) and found.status == "met"
    assert reading("cost_per_task", now).status == "no_data"


@pytest.mark.parametrize("hours", [24, 24 * 28])
def test_the_window_before_has_the_same_length(hours: int) -> None:
    """It ends where the window begins."""
    window = Window(1000, 1000 + hours)
    assert (window.before.until_hour, window.before.hours) == (1000, hours)
