"""A program that asks OpenAI's client, instrumented by OpenTelemetry, both unmodified, and says what it got.

``python -m tests.clients.otlp_calls``: OpenTelemetry's own exporter sends the spans to where the environment
points (OTEL_EXPORTER_OTLP_ENDPOINT). What is printed comes from the caller's side alone: one JSON object a
line, ``{"model", "outcome", "response_id", "usage", "stream"}``, usage in the public form, null unknown.
"""

from __future__ import annotations

import json
from typing import Any

import openai
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.clients.openai_stand_in import stand_in

_MODEL = "gpt-4o-mini"
_MESSAGES: Any = [{"role": "user", "content": "PROMPT"}]
_USAGE: Any = {"include_usage": True}
_ERRORS: list[tuple[str, str, bool]] = [
    ("429", "rate_limited", True),
    ("500", "error", False),
    ("401", "error", True),
    ("slow", "timeout", False),
]


def tell(model: str, **more: Any) -> None:
    event = {"model": model, "outcome": "success", "response_id": None, "usage": None, "stream": False}
    print(json.dumps(event | more), flush=True)


def _usage(usage: Any) -> dict[str, int] | None:
    """The totals: this instrumentation leaves out what was cached or reasoned."""
    if usage is None:
        return None
    return {"input_tokens": usage.prompt_tokens, "output_tokens": usage.completion_tokens}


def chat(client: openai.OpenAI, **options: Any) -> None:
    answer = client.chat.completions.create(model=_MODEL, messages=_MESSAGES, **options)
    tell(_MODEL, response_id=answer.id, usage=_usage(answer.usage))


def stream(client: openai.OpenAI, **options: Any) -> None:
    chunks = list(client.chat.completions.create(model=_MODEL, messages=_MESSAGES, stream=True, **options))
    tell(_MODEL, response_id=chunks[0].id, usage=_usage(chunks[-1].usage), stream=True)


def failing(client: openai.OpenAI, fail: str, outcome: str, used_nothing: bool) -> None:
    once = client.with_options(max_retries=0, timeout=0.2 if fail == "slow" else 10)
    try:
        once.chat.completions.create(model=_MODEL, messages=_MESSAGES, extra_headers={"x-fail": fail})
    except openai.APIError:
        tell(_MODEL, outcome=outcome, usage={} if used_nothing else None)
    else:
        raise AssertionError("the stand-in did not fail")


def ask(client: openai.OpenAI, provider: TracerProvider) -> None:
    """Ask for everything."""
    for _ in range(5):
        chat(client)
    stream(client, stream_options=_USAGE)
    stream(client)
    for fail, outcome, used_nothing in _ERRORS:
        failing(client, fail, outcome, used_nothing)
    chat(client, extra_headers={"x-fail": "once:retried"})  # the client tries again within its span
    embedding = client.embeddings.create(model="text-embedding-3-small", input="PROMPT")
    tell("text-embedding-3-small", usage={"input_tokens": embedding.usage.prompt_tokens})
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "openai"}
    sums = {"gen_ai.usage.input_tokens": 10**6, "gen_ai.request.model": _MODEL}
    tracer = provider.get_tracer("an agent")
    with tracer.start_as_current_span("invoke_agent", attributes=agent | sums):
        chat(client)
        stream(client, stream_options=_USAGE)


def main() -> None:
    """Ask, and send what is left at the end."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    with stand_in() as url, openai.OpenAI(base_url=url, api_key="none") as client:
        ask(client, provider)
    assert provider.force_flush()
    provider.shutdown()


if __name__ == "__main__":
    main()
