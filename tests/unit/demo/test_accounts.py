"""The demo's verdict: the ledger against the source's own account."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from collectors.replay.account import Account, Body, Expected, Series
from stream.demo.accounts import Books, SourceAccount, Totals, differences, shortened

ONE, TWO = Series("a", "b", "c", "d"), Series("a", "b", "c", "e")


def account() -> SourceAccount:
    """As the source writes it: 2 counted, 1 duplicate, 1 quarantined, 1 dropped."""
    kept = Account()
    good = (
        Expected(1, ONE, {"input": 5}),
        Expected(2, TWO, None),
        Expected(1, ONE, {"input": 5}),
        Expected(),
    )
    kept.accepted(Body(0, "gateway", b"", good))
    kept.refused(Body(0, "sdk", b"", ()))
    return SourceAccount.from_json(kept.to_json())


BALANCED = Books({ONE: Totals(1, 1, {"input": 5}), TWO: Totals(1)}, {"gateway": 1}, {"sdk": 1})


def test_what_agrees_balances() -> None:
    """Equal accounts have no difference, and one line says the totals."""
    assert differences(account(), BALANCED) == []
    said = BALANCED.line(account())
    assert said.startswith("sent=5 counted=2 duplicates=1 quarantined=1 dropped=1 outcomes_sent=0 ")


@pytest.mark.parametrize(
    ("books", "said"),
    [
        (
            replace(BALANCED, series={ONE: Totals(1, 1, {"input": 5})}),
            "a / b / c / e: counted: 1 sent, 0 held",
        ),
        (
            replace(BALANCED, series={ONE: Totals(2, 0, {"input": 5}), TWO: Totals(1)}),
            "a / b / c / d: counted: 1 sent, 2 held",
        ),
        (
            replace(BALANCED, series={ONE: Totals(1, 1, {"input": 4}), TWO: Totals(1)}),
            "a / b / c / d: tokens of input: 5 sent, 4 held",
        ),
        (replace(BALANCED, quarantined={"sdk": 1}), "quarantined from gateway: 1 sent, 0 held"),
        (replace(BALANCED, dropped={}), "dropped from sdk: 1 sent, 0 held"),
        (replace(BALANCED, dropped={"sdk": 2}), "sent 5, accounted for 6"),
    ],
)
def test_any_difference_is_found_and_named(books: Books, said: str) -> None:
    """A series that is right in sum but wrong by label, or a source taken for another, does not balance."""
    found = differences(account(), books)
    assert said in found


def test_what_was_never_answered_does_not_balance() -> None:
    """An account that does not know what became of an event proves nothing."""
    kept = Account()
    kept.lost_sight_of(Body(0, "gateway", b"", (Expected(1, ONE), Expected(2, ONE))))
    found = differences(SourceAccount.from_json(kept.to_json()), Books({}, {}, {}))
    assert found == ["2 events were sent without ever being answered"]


def test_many_differences_are_shortened() -> None:
    """The error stays one line."""
    assert shortened([str(n) for n in range(9)]) == "0; 1; 2; 3; 4; and 4 more"
    assert shortened(["x"]) == "x"


def test_both_sides_mean_the_same_file() -> None:
    """Source and demo share no code: what one writes, the other reads, field by field."""
    kept = Account()
    kept.accepted(Body(0, "s", b"", (Expected(1, ONE, {"input": 5, "output": 1}),)))
    raw = kept.to_json()
    assert json.loads(raw).keys() == set(SourceAccount.__struct_fields__)
    (series,) = SourceAccount.from_json(raw).series
    assert (series.model, series.counted, series.tokens) == ("d", 1, {"input": 5, "output": 1})
