from __future__ import annotations

import json
from typing import Any

import pytest

from collectors._sdk.errors import Refused
from collectors.otlp.naming import PROVIDERS
from collectors.otlp.translate import translate
from stream.contract.usage import UsageEvent
from stream.pricing.catalogue import bundled_catalogue
from stream.pricing.resolve import Resolver
from tests.unit.otlp.spans import START_NS, TRACE, span


def event(**attributes: Any) -> dict[str, Any]:
    """The event of a chat with more attributes, valid as a public usage event."""
    found = dict(translate(span(attributes=attributes)))
    UsageEvent.model_validate_json(json.dumps(found), strict=True)
    return found


def test_a_span_is_a_whole_usage_event() -> None:
    """Every field that a span of the newest generation can fill."""
    found = translate(
        span(
            resource={"service.name": "checkout", "deployment.environment.name": "staging"},
            attributes={
                "gen_ai.response.id": "chatcmpl-0015AbCdEfGhIjKlMn",
                "gen_ai.response.time_to_first_chunk": 0.25,
                "openai.response.service_tier": "flex",
                "server.address": "eu.api.openai.com",
                "user.id": "ada@example.org",
            },
        )
    )
    assert found == {
        "event_id": f"{TRACE}:{1:016x}",
        "time": "2026-11-24T22:07:48+00:00",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "source": "checkout",
        "environment": "staging",
        "response_id": "chatcmpl-0015AbCdEfGhIjKlMn",
        "trace_id": TRACE,
        "outcome": "success",
        "region": "eu",
        "service_tier": "flex",
        "user": "ada@example.org",
        "usage": {"input_tokens": 100, "output_tokens": 20},
        "duration_seconds": 2.0,
        "time_to_first_token_seconds": 0.25,
        "stream": True,
        "attributes": {
            "service.name": "checkout",
            "gen_ai.operation.name": "chat",
            "server.address": "eu.api.openai.com",
        },
    }


@pytest.mark.parametrize(
    ("names", "usage"),
    [
        (
            {
                "gen_ai.usage.cache_read.input_tokens": 30,
                "gen_ai.usage.cache_creation.input_tokens": 10,
                "gen_ai.usage.reasoning.output_tokens": 5,
            },
            {
                "input_tokens": 100,
                "output_tokens": 20,
                "cache_read_tokens": 30,
                "cache_write_tokens": 10,
                "output_reasoning_tokens": 5,
            },
        ),
        ({"gen_ai.usage.input_tokens": 100.0}, {"input_tokens": 100, "output_tokens": 20}),
        ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}, {}),
        ({"gen_ai.usage.output_tokens": None}, {"input_tokens": 100}),
        (
            {"gen_ai.usage.cache_read_input_tokens": 400},
            {"input_tokens": 500, "output_tokens": 20, "cache_read_tokens": 400},
        ),
        (
            {"gen_ai.usage.reasoning_tokens": 50},
            {"input_tokens": 100, "output_tokens": 70, "output_reasoning_tokens": 50},
        ),
    ],
)
def test_usage_is_inclusive(names: dict[str, Any], usage: dict[str, int]) -> None:
    """Parts are contained in their totals; where they exceed them they stood beside and are added."""
    assert event(**names)["usage"] == usage


def test_absent_usage_is_unknown_and_never_zero() -> None:
    """A stream without usage: tokens are not known to be none."""
    none = {"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None}
    assert "usage" not in event(**none)
    assert "usage" not in event(**none, **{"error.type": "APIConnectionError"})
    assert event(**none, **{"error.type": "RateLimitError"})["usage"] == {}
    assert event(**none, **{"error.type": "401"})["usage"] == {}


@pytest.mark.parametrize(
    ("attributes", "outcome"),
    [
        ({}, "success"),
        ({"error.type": "RateLimitError"}, "rate_limited"),
        ({"error.type": "429"}, "rate_limited"),
        ({"error.type": "_OTHER", "http.response.status_code": 429}, "rate_limited"),
        ({"error.type": "openai.APITimeoutError"}, "timeout"),
        ({"error.type": "timeout"}, "timeout"),
        ({"error.type": "asyncio.CancelledError"}, "cancelled"),
        ({"error.type": "GeneratorExit"}, "cancelled"),
        ({"error.type": "content_filter"}, "content_filtered"),
        ({"error.type": "InternalServerError"}, "error"),
        ({"error.type": "500"}, "error"),
        ({"gen_ai.response.finish_reasons": ("stop", "content_filter")}, "content_filtered"),
        ({"gen_ai.response.finish_reasons": ("stop",)}, "success"),
        ({"llm.response.finish_reason": "SAFETY"}, "content_filtered"),
    ],
)
def test_outcomes(attributes: dict[str, Any], outcome: str) -> None:
    """By error type, status code and finish reasons."""
    assert event(**attributes)["outcome"] == outcome


def test_an_error_status_alone_is_an_error() -> None:
    """Its message may hold content and is not looked at."""
    assert translate(span(failed=True))["outcome"] == "error"


@pytest.mark.parametrize(
    ("said", "host", "provider"),
    [
        ("OpenAI", None, "openai"),
        ("openai", "acme.openai.azure.com", "azure.ai.openai"),
        ("openai", "https://acme.openai.azure.com/openai", "azure.ai.openai"),
        ("az.ai.openai", None, "azure.ai.openai"),
        ("vertex_ai", None, "gcp.vertex_ai"),
        ("Bedrock", None, "aws.bedrock"),
        ("x_ai", None, "x_ai"),
        ("a provider of ours", None, "a provider of ours"),
    ],
)
def test_providers_bear_one_name(said: str, host: str | None, provider: str) -> None:
    """Whatever an instrumentation calls it, and behind Azure's endpoint it is Azure."""
    found = event(**{"gen_ai.provider.name": None, "gen_ai.system": said, "server.address": host})
    assert found["provider"] == provider


def test_provider_names_are_final() -> None:
    """What a name is mapped to is not mapped again, so a mended source gives the same series."""
    assert not set(PROVIDERS.values()) & set(PROVIDERS)


@pytest.mark.parametrize(
    ("host", "cloud", "region"),
    [
        ("bedrock-runtime.eu-west-1.amazonaws.com", None, "eu-west-1"),
        ("europe-west4-aiplatform.googleapis.com", None, "europe-west4"),
        ("eu.api.openai.com", "us-east-1", "eu"),
        ("api.openai.com", None, None),
        (None, "westeurope", "westeurope"),
        (None, "no region, surely {}", None),
    ],
)
def test_the_region_is_the_endpoints(host: str | None, cloud: str | None, region: str | None) -> None:
    """By the host; a region on the span itself; never the resource's, which is the caller's."""
    found = translate(
        span(attributes={"server.address": host, "cloud.region": cloud}, resource={"cloud.region": "mars"})
    )
    assert found.get("region") == region


def test_the_time_to_the_first_token_may_be_an_event() -> None:
    """Without the attribute, from the first token's event."""
    found = translate(span(first_token_ns=START_NS + 500_000_000))
    assert (found["time_to_first_token_seconds"], found["stream"]) == (0.5, True)
    assert "time_to_first_token_seconds" not in translate(span(first_token_ns=START_NS - 1))


def test_implausible_times_are_unknown() -> None:
    """A span that ends before it starts has no duration."""
    assert "duration_seconds" not in translate(span(end_ns=START_NS - 1))
    assert "duration_seconds" not in translate(span(end_ns=0))


def test_attributes_for_rules_are_bounded() -> None:
    """As many as a usage event takes, whatever a span brings; the span's go before its resource's."""
    names = ["k8s.namespace.name", "service.version", "traceloop.entity.name", "cloud.account.id"]
    own = {f"tokonomics.{n}": "x" * 1000 for n in range(8)}
    found = event(**dict.fromkeys(names, "x" * 1000), **own, tags=("checkout", "beta"))
    assert max(len(value) for value in found["attributes"].values()) == 256
    assert found["attributes"]["tags"] == ",checkout,beta,"
    both = translate(span(attributes={"tokonomics.team": "a"}, resource={"tokonomics.team": "b"}))
    assert both["attributes"]["tokonomics.team"] == "a"  # type: ignore[index]


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"start_ns": 0}, "missing_field", "time"),
        ({"start_ns": 2**64 - 1}, "invalid_value", "time"),
        ({"attributes": {"gen_ai.provider.name": None}}, "missing_field", "provider"),
        ({"attributes": {"gen_ai.request.model": None}}, "missing_field", "model"),
        ({"attributes": {"gen_ai.usage.input_tokens": "many"}}, "invalid_type", "usage.input_tokens"),
        ({"attributes": {"gen_ai.usage.input_tokens": -1}}, "invalid_value", "usage.input_tokens"),
        ({"attributes": {"gen_ai.usage.input_tokens": float("nan")}}, "invalid_value", "usage.input_tokens"),
        ({"number": 0}, "invalid_value", "event_id"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_mend(
    changed: dict[str, Any], reason: str, field: str
) -> None:
    """Reason and field, never what was sent."""
    with pytest.raises(Refused) as refused:
        translate(span(**changed))
    assert (refused.value.reason, refused.value.field) == (reason, field)


@pytest.mark.parametrize("provider", sorted(set(PROVIDERS.values()) - {"ibm.watsonx.ai"}))
def test_the_price_book_knows_the_providers(provider: str) -> None:
    """A name that the book does not know would leave every request of it without a price."""
    assert Resolver(bundled_catalogue()).provider_named(provider) is not None
