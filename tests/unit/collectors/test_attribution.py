"""Attribution: the first rule that fits, the event's own word, then defaults."""

from __future__ import annotations

from typing import Any

import pytest

from collectors._sdk.attribution import Attribution, Rule
from stream.contract.names import LABELS
from stream.contract.usage import UsageEvent
from tests.unit.collectors.samples import event


def labels(attribution: Attribution, **fields: Any) -> dict[str, str]:
    found = UsageEvent.model_validate(event(**fields))
    values = attribution.compile().labels(found, found.source or "gw", found.source_key or "bot-7")
    return dict(zip(LABELS, values, strict=True))


@pytest.mark.parametrize(
    ("match", "fields", "fits"),
    [
        ({"source_key": "bot-*"}, {}, True),
        ({"source_key": "bot"}, {}, False),
        ({"source": "gw"}, {}, True),
        ({"provider": "open??", "model": "gpt-4*"}, {}, True),
        ({"provider": "OpenAI"}, {}, False),
        ({"provider": "openai", "model": "claude*"}, {}, False),
        ({"attributes.team": "pay*"}, {"attributes": {"team": "payments"}}, True),
        ({"attributes.team": "*"}, {}, False),
        ({"environment": "production"}, {}, True),
        ({"feature": "*"}, {}, False),
        ({"feature": "draft"}, {"feature": "draft"}, True),
        ({"user_domain": "*.example.org"}, {"user": "Ann@Mail.Example.org"}, True),
        ({"user_domain": "*"}, {"user": "ann"}, False),
    ],
)
def test_a_rule_fits_when_all_its_globs_do(match: dict[str, str], fields: dict[str, Any], fits: bool) -> None:
    """Case-sensitive, whole value; a field that is not there fits nothing."""
    found = labels(Attribution([Rule(match, {"department": "finance"})]), **fields)
    assert found["department"] == ("finance" if fits else "unattributed")


def test_the_first_rule_wins() -> None:
    """A later one does not add to it."""
    rules = [
        Rule({"model": "gpt*"}, {"department": "a"}),
        Rule({"model": "*"}, {"department": "b", "feature": "f"}),
    ]
    assert labels(Attribution(rules))["department"] == "a"
    assert labels(Attribution(rules))["feature"] == ""
    assert labels(Attribution(rules), model="claude")["department"] == "b"


def test_the_events_own_word_wins_unless_a_rule_overrides() -> None:
    """For every label, the environment and the source_key included."""
    said = {"department": "own", "environment": "staging", "source_key": "mine", "custom": ["one"]}
    sets = {
        "department": "rule",
        "environment": "test",
        "source_key": "theirs",
        "custom_1": "two",
        "feature": "f",
    }
    kept = labels(Attribution([Rule({"model": "*"}, sets)]), **said)
    assert [kept[n] for n in ("department", "environment", "source_key", "custom_1", "feature")] == [
        "own", "staging", "mine", "one", "f",
    ]  # fmt: skip
    moved = labels(Attribution([Rule({"model": "*"}, sets, override=True)]), **said)
    assert {name: moved[name] for name in sets} == sets


def test_a_token_is_no_word_of_the_event() -> None:
    """A rule may change the source_key and environment that only defaults gave."""
    found = labels(
        Attribution([Rule({"source_key": "bot-*"}, {"source_key": "bots", "environment": "test"})])
    )
    assert (found["source_key"], found["environment"]) == ("bots", "test")


def test_defaults_come_last() -> None:
    """Only where neither event nor rule says something."""
    attribution = Attribution(
        [Rule({"model": "gpt*"}, {"use_case": "chat"})], {"use_case": "x", "feature": "y"}
    )
    assert (labels(attribution)["use_case"], labels(attribution)["feature"]) == ("chat", "y")
    assert labels(attribution, model="m")["use_case"] == "x"


def test_what_is_remembered_is_right() -> None:
    """Events that differ in a matched field alone do not share labels."""
    attributor = Attribution([Rule({"attributes.team": "a"}, {"department": "A"})]).compile()
    found = []
    for team in ("a", "b", "a"):
        one = UsageEvent.model_validate(event(attributes={"team": team}))
        found.append(attributor.labels(one, "gw", "k")[0])
    assert found == ["A", "unattributed", "A"]
