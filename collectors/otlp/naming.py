"""Providers, regions and service tiers of a span. Pure."""

from __future__ import annotations

import re
from typing import Final

from collectors.otlp.span import Span
from stream.contract.names import is_model, looks_like_secret

#: What instrumentations wrote into gen_ai.system (lower case) -> gen_ai.provider.name, where they differ.
PROVIDERS: Final = {
    "aws": "aws.bedrock",
    "az.ai.inference": "azure.ai.inference",
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "fireworks": "fireworks_ai",
    "gcp.gen_ai": "gcp.gemini",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "google_genai": "gcp.gemini",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "together ai": "together_ai",
    "togetherai": "together_ai",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
#: Instrumentations of OpenAI's client say openai wherever it is pointed at: the host tells.
_AZURE_HOST: Final = re.compile(r".+\.(?:openai\.azure\.com|cognitiveservices\.azure\.com)")
_REGIONS: Final = (
    re.compile(r"bedrock(?:-runtime|-mantle)?(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)"),
    re.compile(r"([a-z0-9-]+)-aiplatform\.googleapis\.com"),
    re.compile(r"([a-z0-9]+)\.api\.cognitive\.microsoft\.com"),
    re.compile(r"(eu|us)\.api\.openai\.com"),
)
_STANDARD_TIERS: Final = frozenset({"", "auto", "default", "standard"})
_TIERS: Final = (
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "openai.request.service_tier",
    "gen_ai.openai.request.service_tier",
)


def provider(span: Span) -> str:
    """gen_ai.provider.name, "" where the span names none."""
    said = span.text("gen_ai.provider.name", "gen_ai.system").lower()
    found = PROVIDERS.get(said, said)
    return "azure.ai.openai" if found == "openai" and _AZURE_HOST.fullmatch(_host(span)) else found


def region(span: Span) -> str | None:
    """Where the endpoint stands: by its host, or as the span itself says. What the resource says is where
    the caller runs, which sets no price.
    """
    host = _host(span)
    found = next((match.group(1) for pattern in _REGIONS if (match := pattern.fullmatch(host))), "")
    return label(found or span.text("cloud.region"))


def service_tier(span: Span) -> str | None:
    """The tier that answered, else the one asked for; None for the standard one."""
    tier = span.text(*_TIERS)
    return None if tier.lower() in _STANDARD_TIERS else label(tier)


def label(name: str) -> str | None:
    """None for what cannot be a label: a strange region must not cost the event."""
    return name if is_model(name) and not looks_like_secret(name) else None


def _host(span: Span) -> str:
    address = span.text("server.address").lower()
    return address.partition("://")[2].partition("/")[0] if "://" in address else address
