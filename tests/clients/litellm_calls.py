"""A program that asks LiteLLM, unmodified, for answers and says on standard output what it asked and got.

``python -m tests.clients.litellm_calls URL TOKEN``: LiteLLM's own callback posts to URL. No provider and no
network: LiteLLM mocks the answers. What is printed comes from the caller's side alone, never from what the
callback sends: one JSON object a line, ``{"group", "event", "attempts"}``, events in the public form.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import types
from datetime import UTC, datetime
from typing import Any

# Before LiteLLM is imported: no prices from the network, and bodies only when this program says so.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["DEFAULT_FLUSH_INTERVAL_SECONDS"] = "600"

import litellm

GPT, CLAUDE = ("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5")
_MESSAGES = [{"role": "user", "content": "PROMPT"}]
DEPARTMENT = "Payments"  #: of whom attribution finds by the team's alias
_CALLER = {"user_api_key_alias": "checkout-bot", "user_api_key_team_alias": "payments"}
#: What the mock raises, and the outcome and usage that it must be counted with.
_ERRORS: list[tuple[dict[str, Any], str, bool]] = [
    ({"mock_response": "litellm.RateLimitError"}, "rate_limited", True),
    ({"mock_response": "litellm.InternalServerError"}, "error", False),
    ({"mock_response": "litellm.ContextWindowExceededError"}, "error", False),
    ({"mock_timeout": True, "timeout": 0.05}, "timeout", False),
]


def _stand_in(*names: str) -> None:
    """LiteLLM's cache imports packages of its proxy that it does not use: empty ones do where they lack."""
    for name in names:
        try:
            __import__(name)
        except ImportError:
            sys.modules[name] = types.ModuleType(name)


class Calls:
    """Asks and tells. ``logger``: LiteLLM's callback, its queue is posted by ``post`` alone."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        settings = {"callback_type": "generic_api", "endpoint": url, "headers": headers, "max_retries": 5}
        litellm.callback_settings = {"tokonomics": settings}
        litellm.logging_callback_manager.add_litellm_callback("tokonomics")
        (self.logger,) = litellm.callbacks
        self._queued = 0

    async def post(self, log_format: str = "json_array") -> None:
        """Post what is queued, once it is all there."""
        deadline = asyncio.get_running_loop().time() + 20
        while len(self.logger.log_queue) < self._queued:
            assert asyncio.get_running_loop().time() < deadline, "LiteLLM has not queued what was asked"
            await asyncio.sleep(0.02)
        assert len(self.logger.log_queue) == self._queued
        self._queued, self.logger.log_format = 0, log_format
        await self.logger.flush_queue()

    def tell(self, group: str, event: dict[str, Any] | None, *attempts: dict[str, Any]) -> None:
        """``attempts``: failed ones before the event. None: LiteLLM will send null."""
        self._queued += len(attempts) + 1
        print(json.dumps({"group": group, "event": event, "attempts": attempts}), flush=True)

    async def answered(self, group: str, names: tuple[str, str], **options: Any) -> None:
        self.tell(group, _event(names, await _complete(names, **options), **_stream(options)))

    async def refused(self, group: str, outcome: str, usage_known: bool, **options: Any) -> None:
        try:
            await _complete(GPT, **options)
        except Exception:  # noqa: BLE001 LiteLLM's errors have no type in common
            self.tell(group, _failed(GPT, outcome, usage_known))
        else:
            raise AssertionError("the mock did not fail")


def _event(names: tuple[str, str], response: Any, **more: Any) -> dict[str, Any]:
    """The event that an answer must become."""
    usage = {"input_tokens": response.usage.prompt_tokens}
    if response.usage.completion_tokens:
        usage["output_tokens"] = response.usage.completion_tokens
    event = {**_asked(names), "usage": usage, **more}
    answer = getattr(response, "id", None)
    return {**event, "response_id": answer} if answer else event


def _failed(names: tuple[str, str], outcome: str, usage_known: bool, **more: Any) -> dict[str, Any]:
    event = {**_asked(names), "outcome": outcome, **more}
    return {**event, "usage": {}} if usage_known else event


def _asked(names: tuple[str, str]) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"provider": names[0], "model": names[1], "time": now, "department": DEPARTMENT}


def _stream(options: dict[str, Any]) -> dict[str, Any]:
    return {"stream": True} if options.get("stream") else {}


async def _complete(names: tuple[str, str], **options: Any) -> Any:
    """The whole answer, put together where it came in pieces."""
    options = {"mock_response": "ANSWER of several words", "metadata": _CALLER, **options}
    answer = await litellm.acompletion("/".join(names), _MESSAGES, **options)
    if not options.get("stream"):
        return answer
    whole: Any = litellm.stream_chunk_builder([chunk async for chunk in answer], messages=_MESSAGES)
    if not whole.usage.prompt_tokens:  # not asked for: LiteLLM counts by itself what it reports
        text = whole.choices[0].message.content
        whole.usage.prompt_tokens = litellm.token_counter(names[1], messages=_MESSAGES)
        whole.usage.completion_tokens = litellm.token_counter(names[1], text=text, count_response_tokens=True)
    return whole


async def _plain(calls: Calls) -> None:
    for names in (GPT, CLAUDE):
        await calls.answered("plain", names)
        await calls.answered("plain", names, stream=True)
    await calls.answered("plain", CLAUDE, stream=True, stream_options={"include_usage": True})
    await asyncio.gather(*(calls.answered("plain", GPT) for _ in range(20)))
    embedding = await litellm.aembedding(
        "text-embedding-3-small", ["PROMPT"], mock_response=[[0.5]], metadata=_CALLER
    )
    calls.tell("plain", _event(("openai", "text-embedding-3-small"), embedding))
    await calls.post()
    for log_format in ("ndjson", "single"):
        for _ in range(2):
            await calls.answered("plain", GPT)
        await calls.post(log_format)


async def _errors(calls: Calls) -> None:
    for options, outcome, usage_known in _ERRORS:
        await calls.refused("errors", outcome, usage_known, **options)
    typed = {"model": "gpt-4o-mini", "llm_provider": "openai"}
    blocked = litellm.ContentPolicyViolationError("ANSWER", **typed)
    await calls.refused("errors", "content_filtered", False, mock_response=blocked)
    key = litellm.AuthenticationError("ANSWER", **typed)
    await calls.refused("errors", "error", True, mock_response=key)
    litellm.suppress_debug_info = True
    await calls.answered("errors", GPT)
    await _complete(GPT, metadata={"model_info": None})  # of this LiteLLM cannot make a payload
    calls.tell("errors", None)
    await calls.post()


async def _router(calls: Calls) -> None:
    """A retry that fails and a fallback that answers; and a request whose every attempt fails."""
    limited, broken = (
        {"mock_response": "litellm.RateLimitError"},
        {"mock_response": "litellm.InternalServerError"},
    )
    answer = {"mock_response": "ANSWER"}
    models = {"limited": (GPT, limited), "broken": (CLAUDE, broken), "good": (CLAUDE, answer)}
    router = litellm.Router(
        model_list=[
            {"model_name": name, "litellm_params": {"model": "/".join(names), "api_key": "none", **mock}}
            for name, (names, mock) in models.items()
        ],
        fallbacks=[{"limited": ["good"]}],
        num_retries=1,
        disable_cooldowns=True,
    )
    response = await router.acompletion("limited", _MESSAGES, metadata=dict(_CALLER))
    tries = [_failed(GPT, "rate_limited", True, final=False, attempt=n) for n in (1, 2)]
    calls.tell("router", _event(CLAUDE, response, attempt=3), *tries)
    try:
        await router.acompletion("broken", _MESSAGES, metadata=dict(_CALLER))
    except litellm.InternalServerError:
        first = _failed(CLAUDE, "error", False, final=False)
        calls.tell("router", _failed(CLAUDE, "error", False, attempt=2), first)
    await calls.post()


async def _cache(calls: Calls) -> None:
    _stand_in("orjson", "soundfile")
    litellm.cache = litellm.Cache(type="local")
    await calls.answered("cache", GPT, caching=True)
    while not litellm.cache.cache.cache_dict:  # it is written behind the answer
        await asyncio.sleep(0.01)
    for _ in range(3):
        response = await _complete(GPT, caching=True)
        calls.tell("cache", _event(GPT, response, cache_hit=True))
    litellm.cache = None
    await calls.post()


async def main(url: str, token: str) -> None:
    """Ask for everything."""
    calls = Calls(url, token)
    for ask in (_plain, _errors, _router, _cache):
        await ask(calls)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
