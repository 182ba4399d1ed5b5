"""LiteLLM's bodies to payloads that hold only what the translation reads. Pure.

Most of a payload is prompt, answer and price list: they are skipped, never built. What cannot be read so is
left to the kit, which knows how to refuse one item without its neighbours.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from collectors._sdk.errors import BodyRefused, Refused
from collectors._sdk.json_items import split_json, too_many
from collectors._sdk.receiver import Body, split_body

_MOST_COMMAS: Final = 1_000_000  #: above it the kit takes the array apart, item by item, so that none is held
_NULL: Final = msgspec.Raw(b"null")


class _Payload(msgspec.Struct):
    """Every field that translate.py and its helpers read, as JSON has it."""

    id: Any = None
    litellm_call_id: Any = None
    trace_id: Any = None
    call_type: Any = None
    cache_hit: Any = None
    stream: Any = None
    status: Any = None
    status_fields: Any = None
    custom_llm_provider: Any = None
    startTime: Any = None
    endTime: Any = None
    completionStartTime: Any = None
    model: Any = None
    model_group: Any = None
    api_base: Any = None
    prompt_tokens: Any = None
    completion_tokens: Any = None
    total_tokens: Any = None
    response_cost: Any = None
    cost_breakdown: Any = None
    request_tags: Any = None
    end_user: Any = None
    metadata: Any = None
    hidden_params: Any = None
    error_information: msgspec.Raw = _NULL
    model_map_information: msgspec.Raw = _NULL
    response: msgspec.Raw = _NULL


class _Error(msgspec.Struct):
    error_class: Any = None
    error_code: Any = None
    llm_provider: Any = None
    normalized_error: Any = None


class _Mode(msgspec.Struct):
    mode: Any = None


class _ModelMap(msgspec.Struct):
    model_map_key: Any = None
    model_map_value: _Mode | None = None


class _Choice(msgspec.Struct):
    finish_reason: Any = None


class _Response(msgspec.Struct):
    id: Any = None
    usage: Any = None
    service_tier: Any = None
    duration: Any = None
    meta: Any = None
    usage_info: Any = None
    choices: list[_Choice] | None = None


_array = msgspec.json.Decoder(list[msgspec.Raw])
_payload = msgspec.json.Decoder(_Payload)
_PARTS: Final = {
    "error_information": msgspec.json.Decoder(_Error | None),
    "model_map_information": msgspec.json.Decoder(_ModelMap | None),
    "response": msgspec.json.Decoder(_Response | None),
}
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_body(body: Body, most: int) -> list[object]:
    """Items of a JSON array, of JSON lines (which LiteLLM calls application/json as well), or one payload; a
    Refused in the place of each that cannot be read. Raises BodyRefused.
    """
    raw = body.raw.lstrip()
    if raw[:1] == b"[" and raw.count(b",") <= _MOST_COMMAS:
        try:
            found = _array.decode(raw)
        except _UNREADABLE:
            return split_body(body, most)
        if len(found) > most:
            raise too_many(most)
        return [_item(bytes(item)) for item in found]
    try:
        return split_body(body, most)
    except BodyRefused as error:
        if error.reason != "invalid_json" or raw[:1] not in (b"{", b"n"):  # an object or null
            raise
    return split_json(body.raw, most, lines=True)


def _item(raw: bytes) -> object:
    """One payload, or what else stands in the array."""
    if raw[:1] == b"[":
        return []
    try:
        payload = msgspec.structs.asdict(_payload.decode(raw))
        for name, decoder in _PARTS.items():
            payload[name] = _part(decoder, payload[name])
    except _UNREADABLE:
        return _left_to_the_kit(raw)
    return payload


def _left_to_the_kit(raw: bytes) -> object:
    try:
        (item,) = split_json(raw, 1)
    except BodyRefused as error:
        return Refused("invalid_json", "", str(error))
    return item


def _part(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw) -> object:
    """A part as plain objects; nothing where it has another shape than LiteLLM gives it."""
    try:
        return msgspec.to_builtins(decoder.decode(raw))
    except msgspec.ValidationError:
        return None
