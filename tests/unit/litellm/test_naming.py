from __future__ import annotations

from typing import Any

import pytest

from collectors.litellm.naming import PROVIDERS, provider_and_model, region, service_tier
from stream.pricing.catalogue import bundled_catalogue
from stream.pricing.resolve import Resolver


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver(bundled_catalogue())


@pytest.mark.parametrize(
    ("provider", "model", "expected", "priced_as"),
    [
        ("openai", "gpt-4o", ("openai", "gpt-4o"), "openai/gpt-4o"),
        ("openai", "openai/responses/gpt-5", ("openai", "gpt-5"), "openai/gpt-5"),
        ("text-completion-openai", "gpt-3.5-turbo-instruct", None, "openai/gpt-3.5-turbo-instruct"),
        ("anthropic", "anthropic/claude-sonnet-4-5", None, "anthropic/claude-sonnet-4-5"),
        ("azure", "azure/gpt-4o", ("azure.ai.openai", "gpt-4o"), "openai/gpt-4o"),
        ("azure", "azure/eu/gpt-4o", ("azure.ai.openai", "gpt-4o"), "openai/gpt-4o"),
        ("azure_ai", "azure_ai/claude-sonnet-4-5", None, "anthropic/claude-sonnet-4-5"),
        (
            "bedrock",
            "bedrock/converse/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            ("aws.bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        ("bedrock_converse", "eu-west-1/amazon.nova-pro-v1:0", None, "aws/amazon.nova-pro-v1:0"),
        ("vertex_ai", "vertex_ai/gemini-2.5-flash", None, "google/gemini-2.5-flash"),
        ("vertex_ai-anthropic_models", "vertex_ai/claude-sonnet-4-5", None, "google/claude-sonnet-4-5"),
        ("gemini", "gemini/gemini-2.5-pro", ("gcp.gemini", "gemini-2.5-pro"), "google/gemini-2.5-pro"),
        ("mistral", "mistral/mistral-large-latest", None, "mistral/mistral-large"),
        ("groq", "groq/llama-3.3-70b-versatile", None, "groq/llama-3.3-70b-versatile"),
        ("deepseek", "deepseek/deepseek-chat", None, "deepseek/deepseek-chat"),
        ("xai", "xai/grok-4", None, "x-ai/grok-4-0709"),
        ("cohere_chat", "cohere_chat/command-r-plus", None, "cohere/command-r-plus"),
        ("perplexity", "perplexity/sonar-pro", None, "perplexity/sonar-pro"),
        ("cerebras", "cerebras/llama3.1-8b", None, "cerebras/llama3.1-8b"),
        (
            "openrouter",
            "openrouter/anthropic/claude-sonnet-4.5",
            None,
            "openrouter/anthropic/claude-sonnet-4.5",
        ),
        (None, "openai/gpt-4o", ("openai", "gpt-4o"), "openai/gpt-4o"),
        (None, "gpt-4o", ("litellm", "gpt-4o"), "openai/gpt-4o"),
    ],
)
def test_litellms_names_find_their_price(
    resolver: Resolver, provider: str | None, model: str, expected: tuple[str, str] | None, priced_as: str
) -> None:
    """A name that the price book does not know is money that nobody sees."""
    names = provider_and_model({"custom_llm_provider": provider, "model": model})
    assert expected is None or names == expected
    found = resolver.resolve(*names)
    assert found.model is not None, found.steps
    assert f"{found.owner}/{found.model.id}" == priced_as


def test_every_provider_that_is_renamed_is_in_the_price_book_or_known_not_to_be(resolver: Resolver) -> None:
    """Renaming must not lose a provider that the book would have found."""
    missing = {ours for ours in PROVIDERS.values() if resolver.provider_named(ours) is None}
    assert missing == {"ai21", "ibm.watsonx.ai"}


def test_azure_deployment_bears_its_base_models_name() -> None:
    """A deployment may be called anything; what the gateway knows of it prices it."""
    known = {"model_map_key": "azure/gpt-4o", "model_map_value": {"mode": "chat"}}
    payload: dict[str, Any] = {"custom_llm_provider": "azure", "model": "azure/my-deployment"}
    assert provider_and_model({**payload, "model_map_information": known})[1] == "gpt-4o"
    assert provider_and_model(payload)[1] == "my-deployment"


def test_a_timeout_names_its_provider_in_the_error() -> None:
    """Uptime is by provider, and LiteLLM leaves the provider out when a call times out early."""
    payload = {"model": "gpt-4o", "error_information": {"llm_provider": "openai"}}
    assert provider_and_model(payload) == ("openai", "gpt-4o")
    assert provider_and_model({}) == ("litellm", "unknown")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"api_base": "https://bedrock-runtime.eu-central-1.amazonaws.com/model/x"}, "eu-central-1"),
        ({"hidden_params": {"api_base": "https://us-central1-aiplatform.googleapis.com/v1"}}, "us-central1"),
        ({"api_base": "https://eastus2.api.cognitive.microsoft.com/openai"}, "eastus2"),
        ({"api_base": "https://eu.api.openai.com/v1"}, "eu"),
        ({"api_base": "https://api.openai.com/v1"}, None),
        ({"cost_breakdown": {"vertex_location": "europe-west4"}}, "europe-west4"),
        ({"model": "bedrock/eu-west-1/anthropic.claude"}, "eu-west-1"),
        ({}, None),
    ],
)
def test_region_is_the_endpoints(payload: dict[str, Any], expected: str | None) -> None:
    """Endpoints of some regions cost more; one that is not known is not guessed."""
    assert region(payload, {}) == expected


def test_service_tier_is_the_one_that_was_billed() -> None:
    """The standard tier has no name, so that copies from other sources agree."""
    assert service_tier({"cost_breakdown": {"service_tier": "flex"}}, {}) == "flex"
    assert service_tier({"response": {"service_tier": "default"}}, {"service_tier": "standard"}) is None
