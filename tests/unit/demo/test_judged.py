"""The demo's verdict on outcomes and tasks: the ledger against the source's own account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.replay.account import Account, Body, Expected, Series
from collectors.replay.judged import Judged, Labels, Work, Worked
from stream.demo.accounts import Books, SourceAccount, Totals, differences
from stream.demo.judged import HeldOutcomes, HeldTasks

ONE, HAND = Labels("a", "b", "c", "d"), Work("a", "b", "ticket", "none")


def account() -> SourceAccount:
    """Three outcomes of one output, told in any order, one twice; one that waits; one spoilt; one task."""
    kept = Account()
    kept.accepted(Body(0, "gateway", b"", (Expected(7, Series(*ONE)),)))
    passed = Judged(1, "joined", 7, ONE, 100, {"verdict": "used_as_is", "control": "passed"})
    kept.accepted(
        Body(
            0,
            "reviews",
            b"",
            (
                Judged(2, "joined", 7, ONE, 300, {"verdict": "revised"}),
                passed,
                passed,
                Judged(3, "joined", 7, ONE, 200, {"finding": "error"}),
                Judged(4, "waiting"),
                Judged(5, "quarantined"),
                Judged(6, "own", labels=ONE, said={"verdict": "revised"}),
                Judged(7, "joined", 8, ONE, 100, {"verdict": "revised"}),  # of a request that was never sent
            ),
        )
    )
    reports = (
        Worked(1, 1, HAND, 60, 5, {"control": "failed"}),
        Worked(1, 2, HAND, 60, 6, {"finding": "error"}),
    )
    kept.accepted(Body(0, "work", b"", (*reports, Worked(2, 1))))
    return SourceAccount.from_json(kept.to_json())


OUTCOMES = HeldOutcomes(
    {"joined": 3, "own": 1, "waiting": 2},
    {(ONE, "verdict", "revised"): 2, (ONE, "control", "passed"): 1, (ONE, "finding", "error"): 1},
)
TASKS = HeldTasks(2, {HAND: (1, 60)}, {(HAND, "control", "failed"): 1})
BALANCED = Books({Series(*ONE): Totals(1)}, {"reviews": 1, "work": 1}, {}, OUTCOMES, TASKS)


def test_what_agrees_balances() -> None:
    """The latest judgement stands; a finding counts only of what passed control."""
    assert differences(account(), BALANCED) == []
    assert BALANCED.line(account()) == (
        "sent=1 counted=1 duplicates=0 quarantined=0 dropped=0 outcomes_sent=7 outcomes_joined=3"
        " outcomes_own=1 outcomes_waiting=2 outcomes_unjoined=0 outcomes_quarantined=1"
        " task_reports_sent=3 tasks=1 task_reports_more=1 task_reports_quarantined=1"
    )


def held(**changed: Any) -> Books:
    return replace(BALANCED, outcomes=replace(OUTCOMES, **changed))


def worked(**changed: Any) -> Books:
    return replace(BALANCED, tasks=replace(TASKS, **changed))


@pytest.mark.parametrize(
    ("books", "said"),
    [
        (held(fates={"joined": 4, "own": 1, "waiting": 1}), "outcomes joined: 3 sent, 4 held"),
        (held(judged={}), "a / b / c / d: outputs with finding error: 1 sent, 0 held"),
        (replace(BALANCED, quarantined={"work": 1}), "quarantined from reviews: 1 sent, 0 held"),
        (worked(reports=3), "task reports: 2 sent, 3 held"),
        (worked(tasks={HAND: (1, 61)}), "a / b / ticket / none: seconds: 60 sent, 61 held"),
        (worked(judged={}), "a / b / ticket / none: tasks with control failed: 1 sent, 0 held"),
    ],
)
def test_any_difference_is_found_and_named(books: Books, said: str) -> None:
    """Of outcomes and tasks as of usage: what is right in sum and wrong by label does not balance."""
    assert said in differences(account(), books)
