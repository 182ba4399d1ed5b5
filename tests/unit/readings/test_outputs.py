"""What became of outputs: net of corrections, never without how they were chosen."""

from __future__ import annotations

from fractions import Fraction

from stream.contract.judgements import COMPLIANCE, CONTROL, FINDING, VERDICT
from tests.unit.readings.given import judged, judged_task, reading, sums, task, usage


def test_reuse_is_over_those_judged_and_says_how_many() -> None:
    """Accepted ÷ judged; a correction moves an output and adds none; the share judged stands beside it."""
    verdicts = [
        judged(VERDICT, "used_as_is", 60),
        judged(VERDICT, "revised", 40),
        judged(VERDICT, "minor_edit", 10, before="revised"),
    ]
    found = reading("output_reuse_rate", sums(usage=[usage(1000)], outcomes=verdicts))
    assert (found.numerator, found.denominator, found.value) == (70, 100, Fraction(7, 10))
    share = found.figure("share_judged")
    assert share is not None and (share.value, share.denominator) == (Fraction(1, 10), 1000)
    assert found.status == "met" and found.measured
    assert found.split("department")[0].value == Fraction(7, 10)


def test_a_self_selected_rate_is_not_called_measured() -> None:
    """One who chose themselves is enough; the note says how many."""
    verdicts = [judged(VERDICT, "used_as_is", 75), judged(VERDICT, "revised", 25, selection="self_selected")]
    found = reading("output_reuse_rate", sums(usage=[usage(1000)], outcomes=verdicts))
    assert not found.measured
    assert any("self-selected 25%" in note for note in found.notes)
    assert any(note.startswith("not measured") for note in found.notes)


def test_few_judged_decide_nothing() -> None:
    """Below 30 samples the rate is shown with its interval, and neither met nor missed: 20 of 20, whose whole
    interval is above the target.
    """
    verdicts = [judged(VERDICT, "used_as_is", 20)]
    found = reading("output_reuse_rate", sums(usage=[usage(1000)], outcomes=verdicts))
    assert found.low is not None and found.low > Fraction(6, 10)
    assert found.value == 1 and found.status == "undecided"


def test_an_interval_that_holds_the_target_decides_nothing() -> None:
    """62 of 100 is above 60 % and its interval is not."""
    verdicts = [judged(VERDICT, "used_as_is", 62), judged(VERDICT, "rejected", 38)]
    assert reading("output_reuse_rate", sums(usage=[usage(1000)], outcomes=verdicts)).status == "undecided"


def test_errors_are_those_found_after_control() -> None:
    """Wrong ÷ passed; withdrawn findings and those of compliance are no errors."""
    outcomes = [
        judged(CONTROL, "passed", 1000),
        judged(CONTROL, "failed", 50),
        judged(FINDING, "error", 30),
        judged(FINDING, "hallucination", 10),
        judged(FINDING, "compliance", 7),
        judged(FINDING, "", 20, before="error"),
    ]
    found = reading("post_ai_error_rate", sums(outcomes=outcomes))
    assert (found.numerator, found.denominator) == (20, 1000)


def test_the_manual_rate_is_beside_it_and_a_target() -> None:
    """Work done by hand errs in 20 of 100 and AI in 20 of 1000: below it. With 1 of 100: no longer."""
    outcomes = [judged(CONTROL, "passed", 1000), judged(FINDING, "error", 20)]
    by_hand = [judged_task("none", CONTROL, "passed", 100), judged_task("none", FINDING, "error", 20)]
    found = reading(
        "post_ai_error_rate",
        sums(outcomes=outcomes, task_judgements=by_hand, tasks=[task("none", tasks=100)]),
    )
    manual = found.figure("manual_error_rate")
    assert manual is not None and manual.value == Fraction(1, 5)
    assert [item.status for item in found.against] == ["met", "met"] and found.status == "met"
    alone = reading("post_ai_error_rate", sums(outcomes=outcomes))
    assert [item.status for item in alone.against] == ["met", "undecided"] and alone.status == "undecided"


def test_revision_counts_the_rejected_and_has_to_fall() -> None:
    """Revised and rejected ÷ judged; against the window before, told apart where intervals do not meet."""
    now = sums(
        outcomes=[
            judged(VERDICT, "used_as_is", 900),
            judged(VERDICT, "revised", 60),
            judged(VERDICT, "rejected", 40),
        ]
    )
    before = sums(outcomes=[judged(VERDICT, "used_as_is", 800), judged(VERDICT, "revised", 200)])
    found = reading("human_revision_rate", now, before=before)
    assert (found.value, found.previous) == (Fraction(1, 10), Fraction(1, 5)) and found.status == "met"
    assert reading("human_revision_rate", before, before=now).status == "missed"
    assert reading("human_revision_rate", now, before=now).status == "undecided"


def test_tasks_speak_where_no_outcome_does() -> None:
    """Without outcomes, judged work done with AI; with them, never both: one output is not counted twice."""
    judged_work = [
        judged_task("wholly", COMPLIANCE, "met", 90),
        judged_task("wholly", COMPLIANCE, "broken", 10),
        judged_task("none", COMPLIANCE, "broken", 50),
    ]
    alone = reading("compliance_score", sums(task_judgements=judged_work))
    assert alone.value == Fraction(9, 10) and "pieces of work" in alone.notes[0]
    both = reading(
        "compliance_score", sums(task_judgements=judged_work, outcomes=[judged(COMPLIANCE, "met", 4)])
    )
    assert both.denominator == 4
