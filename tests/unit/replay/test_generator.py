"""The demo's working day and the account it keeps."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import takewhile
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.replay.account import Account, Body
from collectors.replay.generator import GATEWAY, SDK, Plan, bodies
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


def events_of(sent: list[Body]) -> list[tuple[Body, int, dict[str, Any]]]:
    found = []
    for body in sent:
        if body.events:
            told = json.loads(body.payload)
            told = told if isinstance(told, list) else [told]
            found += [(body, at, event) for at, event in enumerate(told)]
    return found


def good_events(sent: list[Body]) -> list[dict[str, Any]]:
    return [event for body, at, event in events_of(sent) if body.events[at].series is not None]


def test_equal_plans_make_equal_days() -> None:
    """A seed names one day: bodies and account are the same on every run."""
    assert day(5) == day(5)
    assert day(5) != day(5, Plan(seed=8, start_us=NOW_US))


def test_every_event_is_what_the_account_says() -> None:
    """Good events pass the contract; the others fail it, or lie before the identity window."""
    for body, at, event in events_of(day()):
        try:
            read = UsageEvent.model_validate_json(json.dumps(event))
        except ValidationError:
            assert body.events[at].series is None
            continue
        age_us = NOW_US - read.time.timestamp() * 1_000_000
        assert (age_us > WINDOW_DAYS * US_PER_DAY) == (body.events[at].series is None)
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
    for body, at, event in events_of(day(20)):
        if (tokens := body.events[at].tokens) and event.get("usage"):
            assert dict(tokens) == split_usage(event["usage"])


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
