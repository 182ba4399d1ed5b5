"""The demo's working day and the account it keeps."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import takewhile
from typing import Any, TypeVar

import pytest
from pydantic import ValidationError

from collectors.replay.account import Account, Body, Expected
from collectors.replay.generator import GATEWAY, SDK, Plan, bodies
from collectors.replay.judged import Judged, Worked
from collectors.replay.organisation import people
from stream.contract.judgement_events import OutcomeEvent, TaskEvent
from stream.contract.leaves import split_usage
from stream.contract.names import US_PER_DAY
from stream.contract.topics import WINDOW_DAYS
from stream.contract.usage import UsageEvent
from tests.support.oracle import Oracle, leaf_costs_nano_usd

NOW_US = 1_764_000_000_000_000
PLAN = Plan(seed=7, start_us=NOW_US)


def day(seconds: float = 60, plan: Plan = PLAN) -> list[Body]:
    return list(takewhile(lambda body: body.at_s <= seconds, bodies(plan)))


def account_of(sent: list[Body]) -> Account:
    account = Account()
    for body in sent:
        if body.events:
            account.accepted(body)
        else:
            account.refused(body)
    return account


T = TypeVar("T", Expected, Judged, Worked)


def told(sent: list[Body], kind: type[T]) -> list[tuple[dict[str, Any], T]]:
    """Events of a kind, each with what must become of it."""
    found = []
    for body in sent:
        if body.events:
            events = json.loads(body.payload)
            events = events if isinstance(events, list) else [events]
            pairs = zip(events, body.events, strict=True)
            found += [(event, expected) for event, expected in pairs if isinstance(expected, kind)]
    return found


def good_events(sent: list[Body]) -> list[dict[str, Any]]:
    return [event for event, expected in told(sent, Expected) if expected.series is not None]


def test_equal_plans_make_equal_days() -> None:
    """A seed names one day: bodies and account are the same on every run."""
    assert day(5) == day(5)
    assert day(5) != day(5, Plan(seed=8, start_us=NOW_US))


def test_every_event_is_what_the_account_says() -> None:
    """Good events pass the contract; the others fail it, or lie before the identity window."""
    for event, expected in told(day(), Expected):
        try:
            read = UsageEvent.model_validate_json(json.dumps(event))
        except ValidationError:
            assert expected.series is None
            continue
        age_us = NOW_US - read.time.timestamp() * 1_000_000
        assert (age_us > WINDOW_DAYS * US_PER_DAY) == (expected.series is None)
        assert age_us > -70 * 1_000_000


def test_bodies_refused_whole_are_no_json() -> None:
    """What the account calls dropped cannot be read by anybody."""
    whole = [body for body in day(120) if not body.events]
    assert {body.source for body in whole} == {GATEWAY, SDK}
    for body in whole:
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(body.payload)


def test_account_and_oracle_agree() -> None:
    """Copies, completions and retries: the account equals totals recomputed from the JSON by other code."""
    sent = day(120)
    account, oracle = account_of(sent), Oracle()
    oracle.add_all(good_events(sent))
    assert account.series.keys() == oracle.series.keys()
    for series, totals in account.series.items():
        truth = oracle.series[series]
        assert (totals.counted, totals.duplicates) == (truth.attempts.total(), truth.duplicates)
        assert totals.tokens == truth.tokens


def test_the_account_does_not_depend_on_the_order() -> None:
    """Bodies travel over several connections: whichever copy comes first, the totals are the same."""
    sent = day(60)
    shuffled = sent.copy()
    random.Random(1).shuffle(shuffled)
    first, second = account_of(sent), account_of(shuffled)
    assert json.loads(first.to_json()) == json.loads(second.to_json())


def test_the_leaves_of_the_account_are_those_of_the_contract() -> None:
    """The source splits inclusive usage by itself; the contract's split says the same."""
    for event, expected in told(day(20), Expected):
        if expected.tokens and event.get("usage"):
            assert dict(expected.tokens) == split_usage(event["usage"])


def test_the_day_has_everything_a_source_must_survive() -> None:
    """Twenty seconds are enough to see every kind of trouble, or a short demo would prove little."""
    sent = day(20)
    good = good_events(sent)
    account = account_of(sent)
    assert account.duplicates > 20
    assert account.quarantined.keys() == account.dropped.keys() == {GATEWAY, SDK}
    assert {event["outcome"] for event in good} >= {"success", "error", "timeout", "rate_limited"}
    assert any(not event["final"] for event in good) and any(event["attempt"] > 1 for event in good)
    assert any(event.get("usage") is None and event["stream"] for event in good)
    assert any(event.get("cache_hit") for event in good)
    assert any("department" not in event for event in good)
    assert any(event.get("environment") == "staging" for event in good)
    assert any(event.get("usage", {}).get("output_reasoning_tokens") for event in good)
    assert any(event.get("usage", {}).get("cache_read_tokens") for event in good)
    assert any(body.again for body in sent)
    known = {(event["provider"], event["model"]) for event in good}
    priced = {pair for pair in known if leaf_costs_nano_usd(*pair, _time(good[0]), {"input": 1}) is not None}
    assert len(priced) >= 10 and len({provider for provider, _ in priced}) >= 5
    assert len(known - priced) == 2


def test_outcomes_and_work_are_what_the_account_says() -> None:
    """Good ones pass the contract, those to be quarantined fail it or lie before the window; all of them show
    within twenty seconds: early, late, twice, corrected, by either id, with own labels, of unknown requests.
    """
    sent = day(20)
    outcomes, work = told(sent, Judged), told(sent, Worked)
    for event, expected in outcomes:
        assert _taken(OutcomeEvent, event) == (expected.fate != "quarantined")
    for event, report in work:
        assert _taken(TaskEvent, event) == (report.work is not None)
    assert {expected.fate for _, expected in outcomes} == {"joined", "own", "waiting", "quarantined"}
    assert any("request_event_id" in event for event, _ in outcomes)
    assert any("response_id" in event for event, _ in outcomes)
    assert any("finding" in expected.said for _, expected in outcomes)
    assert len({expected.outcome for _, expected in outcomes}) < len(outcomes)
    assert (
        max(Counter(expected.request for _, expected in outcomes if expected.fate == "joined").values()) > 1
    )
    assert {report.work.ai for _, report in work if report.work} == {"none", "partly", "wholly"}
    assert any(report.report > 1 for _, report in work) and any(report.work is None for _, report in work)


def _taken(model: type[OutcomeEvent | TaskEvent], event: dict[str, Any]) -> bool:
    try:
        read = model.model_validate_json(json.dumps(event))
    except ValidationError:
        return False
    return NOW_US - read.time.timestamp() * 1_000_000 < WINDOW_DAYS * US_PER_DAY


def test_an_early_outcome_is_sent_before_its_request() -> None:
    """The join must not need the request first."""
    places: dict[int, int] = {}
    early = 0
    for place, body in enumerate(day(20)):
        for expected in body.events:
            if isinstance(expected, Expected):
                places.setdefault(expected.request, place)
            elif isinstance(expected, Judged) and expected.fate == "joined":
                early += expected.request not in places
    assert early > 5


def test_some_people_stopped_and_some_never_began() -> None:
    """Adoption has somebody to lose: people of the directory who were active long ago alone, or never."""
    week_us = 7 * US_PER_DAY
    recent: set[str] = set()
    before: set[str] = set()
    for event in good_events(day(20)):
        time_us = _time(event).timestamp() * 1_000_000
        (recent if NOW_US - time_us < week_us else before).add(event["user"])
    listed = {person for person, _ in people()}
    assert len((before - recent) & listed) > 10
    assert len(listed - before - recent) > 10 and len(recent - listed) > 3


def _time(event: dict[str, Any]) -> Any:
    return UsageEvent.model_validate_json(json.dumps(event)).time


def test_the_day_lies_within_the_reference_ranges() -> None:
    """Mean latency under 3 s, chat under 5 s, code under 2 s, over 99.5 % of requests served."""
    good = [event for event in good_events(day(300)) if event["source"] == "gateway" and event["final"]]
    assert len({event.get("department") for event in good} - {None}) == 5
    outcomes = Counter(event["outcome"] for event in good)
    down = outcomes["error"] + outcomes["timeout"] + outcomes["rate_limited"]
    assert down / len(good) < 0.005
    seconds: dict[str, list[float]] = {"": []}
    for event in good:
        if event["outcome"] == "success":
            seconds[""].append(event["duration_seconds"])
            seconds.setdefault(event.get("use_case", "none"), []).append(event["duration_seconds"])
    mean = {name: sum(values) / len(values) for name, values in seconds.items()}
    assert mean[""] < 3
    assert mean["self-service chat"] < 5 and mean["code completion"] < 2
