"""LiteLLM's names of providers, models and endpoints as OpenTelemetry and the price book name them. Pure."""

from __future__ import annotations

import re
from typing import Final

from collectors.litellm.payload import Payload, inner, text
from stream.contract.names import is_model, looks_like_secret

#: custom_llm_provider -> gen_ai.provider.name, where they differ.
PROVIDERS: Final = {
    "ai21_chat": "ai21",
    "anthropic_text": "anthropic",
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "azure_text": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "bedrock_mantle": "aws.bedrock",
    "codestral": "mistral_ai",
    "cohere_chat": "cohere",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "palm": "gcp.gemini",
    "text-completion-codestral": "mistral_ai",
    "text-completion-openai": "openai",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "watsonx_text": "ibm.watsonx.ai",
    "xai": "x_ai",
}
#: Names that LiteLLM shares with the price book, known here to read them out of ``openai/gpt-4o``.
_SAME: Final = frozenset(
    {
        "anthropic",
        "cerebras",
        "cohere",
        "databricks",
        "deepinfra",
        "deepseek",
        "fireworks_ai",
        "groq",
        "hosted_vllm",
        "moonshot",
        "novita",
        "ollama",
        "openai",
        "openrouter",
        "perplexity",
        "replicate",
        "sagemaker",
        "sambanova",
        "together_ai",
        "voyage",
    }
)
#: Who answered when no provider was chosen: a refusal by the gateway itself.
GATEWAY: Final = "litellm"
UNKNOWN_MODEL: Final = "unknown"
_ROUTES: Final = re.compile(
    r"(?:(?:converse|converse_like|invoke|async_invoke|responses|o_series|gpt5_series|llama|deepseek_r1|nova)/)+"
)
_AZURE_ZONES: Final = ("eu/", "us/", "global/", "global-standard/")
_AWS_REGION: Final = re.compile(r"((?:us|eu|ap|ca|sa|me|af|il|mx)(?:-gov)?-[a-z]+-\d)/")
_HOSTS: Final = (
    re.compile(r"https?://bedrock(?:-runtime|-mantle)?(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)"),
    re.compile(r"https?://([a-z0-9-]+)-aiplatform\.googleapis\.com"),
    re.compile(r"https?://([a-z0-9]+)\.api\.cognitive\.microsoft\.com"),
    re.compile(r"https?://(eu|us)\.api\.openai\.com"),
)
_STANDARD_TIERS: Final = frozenset({"", "auto", "default", "standard"})
_NO_GEO: Final = frozenset({"", "global", "not_available"})


def provider_and_model(payload: Payload) -> tuple[str, str]:
    """gen_ai.provider.name and the model's name without LiteLLM's prefixes.

    An Azure deployment whose ``base_model`` the gateway knows bears that model's name.
    """
    provider = text(payload, "custom_llm_provider") or text(
        inner(payload, "error_information"), "llm_provider"
    )
    model = text(payload, "model")
    prefix, slash, _ = model.partition("/")
    if not provider and slash and (prefix in PROVIDERS or prefix in _SAME):
        provider = prefix
    if provider.startswith("vertex_ai"):  # vertex_ai-anthropic_models and the like
        provider = "vertex_ai"
    if provider.startswith("azure"):
        known = inner(payload, "model_map_information")
        model = (inner(known, "model_map_value") and text(known, "model_map_key")) or model
    model = _bare(provider, model) or text(payload, "model_group") or UNKNOWN_MODEL
    return PROVIDERS.get(provider, provider) or GATEWAY, model


def _bare(provider: str, model: str) -> str:
    """``eu.anthropic.claude…`` of ``bedrock/converse/eu-west-1/eu.anthropic.claude…``."""
    prefix, slash, rest = model.partition("/")
    if slash and prefix == provider:
        model = rest
    if provider.startswith("azure"):
        model = next((model.removeprefix(zone) for zone in _AZURE_ZONES if model.startswith(zone)), model)
    model = _ROUTES.sub("", model, count=1) if _ROUTES.match(model) else model
    return _AWS_REGION.sub("", model, count=1) if _AWS_REGION.match(model) else model


def region(payload: Payload, usage: Payload) -> str | None:
    """Where the endpoint stands, from what LiteLLM priced by, the endpoint's host, or the model's name."""
    return _label(_region(payload, usage))


def _label(name: str) -> str | None:
    """None for what cannot be a label: a strange tier must not cost the event."""
    return name if is_model(name) and not looks_like_secret(name) else None


def _region(payload: Payload, usage: Payload) -> str:
    breakdown = inner(payload, "cost_breakdown")
    found = text(breakdown, "vertex_location") or text(breakdown, "data_residency")
    hosts = (text(inner(payload, "hidden_params"), "api_base"), text(payload, "api_base"))
    for pattern in () if found else _HOSTS:
        match = next((match for host in hosts if (match := pattern.match(host))), None)
        if match:
            return match.group(1)
    if not found and (match := _AWS_REGION.search(text(payload, "model"))):
        return match.group(1)
    geo = text(usage, "inference_geo")
    return found or (geo if geo not in _NO_GEO else "")


def service_tier(payload: Payload, usage: Payload) -> str | None:
    """The tier that was billed; None for the standard one."""
    told = (
        text(inner(payload, "cost_breakdown"), "service_tier"),
        text(usage, "service_tier"),
        text(inner(payload, "response"), "service_tier"),
    )
    return _label(next((tier for tier in told if tier.lower() not in _STANDARD_TIERS), ""))
