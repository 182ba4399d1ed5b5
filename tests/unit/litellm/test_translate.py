from __future__ import annotations

import json
from decimal import Decimal

import pytest

from collectors._sdk.errors import Refused
from collectors._sdk.receiver import Body
from collectors.litellm.receiver import RECEIVER
from collectors.litellm.translate import translate
from tests.unit.litellm.payloads import START, failure, payload, with_usage


def test_cost_is_the_decimal_that_litellm_shows() -> None:
    """A float's nearest decimal is what LiteLLM meant; no binary rest may enter the figures."""
    assert translate(payload(response_cost=0.1 + 0.2))["cost_usd"] == "0.30000000000000004"
    assert Decimal(str(translate(payload(response_cost=1e-7))["cost_usd"])) == Decimal("1e-7")


def test_a_cost_of_zero_is_unknown() -> None:
    """LiteLLM reports 0 for models that it cannot price: a zero must not look like a price."""
    assert "cost_usd" not in translate(payload(response_cost=0.0))
    assert "cost_usd" not in translate(payload(response_cost=None))


def test_success_without_any_figure_has_unknown_usage() -> None:
    """An image has no tokens in LiteLLM's account: it is unpriced, not free."""
    event = translate(with_usage(prompt_tokens=0, completion_tokens=0, total_tokens=0))
    assert "usage" not in event


@pytest.mark.parametrize(
    ("error_class", "code", "outcome", "usage_known"),
    [
        ("RateLimitError", "429", "rate_limited", True),
        ("BudgetExceededError", "400", "rate_limited", False),
        ("Timeout", "408", "timeout", False),
        ("APITimeoutError", "", "timeout", False),
        ("InternalServerError", "504", "timeout", False),
        ("InternalServerError", "500", "error", False),
        ("AuthenticationError", "401", "error", True),
        ("ContextWindowExceededError", "400", "error", False),
        ("ContentPolicyViolationError", "400", "content_filtered", False),
        ("GuardrailRaisedException", "", "content_filtered", False),
        ("CancelledError", "", "cancelled", False),
        ("SomethingNew", "499", "cancelled", False),
        ("SomethingNew", "", "error", False),
    ],
)
def test_errors_have_outcomes(error_class: str, code: str, outcome: str, usage_known: bool) -> None:
    """Uptime distinguishes outcomes; that nothing was used is known only where nothing was done."""
    event = translate(failure(error_class, code))
    assert event["outcome"] == outcome
    assert ("usage" in event) == usage_known
    assert "response_id" not in event


def test_time_to_first_token_is_of_streams_alone() -> None:
    """Without a stream LiteLLM repeats the end of the answer."""
    assert "time_to_first_token_seconds" not in translate(payload())
    event = translate(payload(stream=True))
    assert (event["time_to_first_token_seconds"], event["duration_seconds"]) == (0.5, 1.5)


def test_cache_hit_has_no_response_id_and_no_cost() -> None:
    """The cached answer's id belongs to the request that paid."""
    event = translate(payload(cache_hit=True, id="chatcmpl-0005AbCdEfGhIjKlMn_cache_hit1.5"))
    assert event["cache_hit"] is True
    assert not {"response_id", "cost_usd"} & event.keys()


def test_litellms_own_id_of_a_call_is_no_response_id() -> None:
    """Embeddings have none: two calls of one proxy request must not become one."""
    call = "2c8231ef-6cb1-4759-9f9c-209a7d45c8f6"
    assert "response_id" not in translate(payload(id=call, litellm_call_id=call))


def test_attempts_of_one_proxy_request_are_events_of_their_own() -> None:
    """A proxy gives them one id of the call: only the start tells them apart, and a redelivery repeats it."""
    first, second = translate(failure("Timeout")), translate(failure("Timeout", startTime=START + 9))
    assert first["event_id"] != second["event_id"]
    assert first["event_id"] == translate(failure("Timeout"))["event_id"]


def test_key_alias_then_team_names_the_source() -> None:
    """An alias that could be a secret never becomes a label, and never costs the event."""

    def source(**metadata: str) -> object:
        return translate(payload(metadata=metadata)).get("source_key")

    assert source(user_api_key_alias="bot", user_api_key_team_alias="payments") == "bot"
    assert source(user_api_key_team_alias="payments") == "payments"
    assert (
        source(user_api_key_alias="sk-1234567890abcdef1234", user_api_key_team_alias="payments") == "payments"
    )
    assert source() is None


def test_user_is_whom_the_caller_names_without_a_session() -> None:
    """A person must not become a new one with every session of a coding agent."""
    owner = {"user_api_key_user_id": "ada"}
    assert translate(payload(metadata=owner, end_user="grace"))["user"] == "grace"
    assert translate(payload(metadata=owner))["user"] == "ada"
    assert "user" not in translate(payload(metadata={"user_api_key_user_id": "default_user_id"}))
    agent = "user_4f2a_account_77_session_0b1c2d3e-0000-4000-8000-000000000000"
    assert translate(payload(end_user=agent))["user"] == "user_4f2a_account_77"


def test_health_checks_of_the_gateway_are_no_production() -> None:
    """They cost money and are nobody's requests: an environment of their own."""
    checker = "litellm-internal-health-check"
    assert translate(payload(request_tags=[checker]))["environment"] == "health-check"
    assert translate(payload(metadata={"user_api_key_alias": checker}))["environment"] == "health-check"
    assert "environment" not in translate(payload())


def test_attributes_for_rules() -> None:
    """What attribution rules match: names of keys and teams, tags whole, and short metadata."""
    metadata = {
        "user_api_key_team_alias": "payments",
        "user_api_key_auth_metadata": {"cost_centre": "4711", "long": "x" * 300},
        "requester_metadata": {"customer": "acme", "n": 7, "headers": {"host": "h"}, "tags": ["t"]},
    }
    event = translate(payload(metadata=metadata, request_tags=["checkout", "User-Agent: x"]))
    assert event["attributes"] == {
        "team_alias": "payments",
        "call_type": "acompletion",
        "tags": ",checkout,",
        "key.cost_centre": "4711",
        "metadata.customer": "acme",
        "metadata.n": "7",
    }


@pytest.mark.parametrize("call_type", ["afile_list", "amoderation", "acreate_batch", "call_mcp_tool"])
def test_calls_that_ask_no_model_are_refused_unless_they_cost(call_type: str) -> None:
    """Lists and files are no requests; money spent is counted whatever the call is named."""
    none = {"metadata": {}, "response_cost": 0.0}
    with pytest.raises(Refused) as refused:
        translate(payload(call_type=call_type, **none))
    assert (refused.value.reason, refused.value.field) == ("invalid_value", "call_type")
    assert translate(payload(call_type=call_type, response_cost=0.5, metadata={}))["cost_usd"] == "0.5"


@pytest.mark.parametrize(("model", "asks"), [("claude-sonnet-4-5", True), ("unknown", False), ("", False)])
def test_what_is_passed_through_is_a_request_if_it_names_a_model(model: str, asks: bool) -> None:
    """A proxy passes on anything; a failed call to a model is downtime all the same."""
    passed = failure("Timeout", call_type="pass_through_endpoint", model=model)
    if asks:
        assert translate(passed)["outcome"] == "timeout"
    else:
        with pytest.raises(Refused):
            translate(passed)


def test_seconds_are_of_transcriptions() -> None:
    """A video's length is no audio that was heard, and no reason to lose the event."""
    spoken = {"response": {"usage": {"seconds": 11.2}}, "metadata": {}}
    assert translate(payload(call_type="atranscription", **spoken))["units"] == {"audio_seconds": 12}
    video = {"response": {"duration": "4"}, "metadata": {}}
    assert "units" not in translate(payload(call_type="acreate_video", **video))


def test_a_strange_region_or_tier_does_not_cost_the_event() -> None:
    """What cannot be a label is left out: the money is counted."""
    event = translate(payload(cost_breakdown={"vertex_location": "<b>", "service_tier": "x" * 200}))
    assert not {"region", "service_tier"} & event.keys()


@pytest.mark.parametrize(
    ("item", "reason", "field"),
    [
        (None, "null_event", ""),
        ([], "invalid_type", ""),
        ({}, "missing_field", "startTime"),
        (payload(startTime="2026-01-01"), "invalid_type", "startTime"),
        (payload(startTime=-1), "invalid_value", "startTime"),
        (payload(id=None, litellm_call_id=None), "missing_field", "litellm_call_id"),
        (with_usage(prompt_tokens=-1), "invalid_value", "prompt_tokens"),
        (with_usage(prompt_tokens=1.5), "invalid_value", "prompt_tokens"),
        (with_usage(prompt_tokens="many"), "invalid_type", "prompt_tokens"),
        (with_usage(prompt_tokens=True), "invalid_type", "prompt_tokens"),
        (payload(response_cost=float("nan")), "invalid_value", "response_cost"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(item: object, reason: str, field: str) -> None:
    """A refusal names the field, so that its neighbours and its sender can be helped."""
    with pytest.raises(Refused) as refused:
        translate(item)
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_null_among_payloads_is_refused_alone() -> None:
    """LiteLLM queues null when it fails to make a payload: the others of the array are taken."""
    raw = json.dumps([payload(), None, payload(litellm_call_id="b")]).encode()
    first, null, third = RECEIVER.split(Body(raw), 10)
    assert translate(first)["event_id"] != translate(third)["event_id"]
    with pytest.raises(Refused) as refused:
        translate(null)
    assert refused.value.reason == "null_event"


def test_one_payload_and_json_lines_are_split_as_well() -> None:
    """All three log formats of LiteLLM's callback; it names all of them application/json."""
    one, two = json.dumps(payload()), json.dumps(payload(litellm_call_id="b"))
    assert len(RECEIVER.split(Body(one.encode()), 10)) == 1
    assert len(RECEIVER.split(Body(f"{one}\n{two}".encode()), 10)) == 2
