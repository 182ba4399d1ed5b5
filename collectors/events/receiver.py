"""POST /v1/events: usage events as JSON, JSON lines or CloudEvents."""

from __future__ import annotations

from typing import Final

from collectors._sdk.errors import Refused
from collectors._sdk.receiver import JSON_TYPES, Body, Receiver, split_body
from collectors.events.cloudevents import BATCH, STRUCTURED, from_envelope, from_headers, is_binary
from collectors.events.translate import translate


def split(body: Body, most: int) -> list[object]:
    """Usage events, or CloudEvents that carry one each. Raises BodyRefused."""
    items = split_body(body, most)
    if body.content_type in (STRUCTURED, BATCH):
        return [_enveloped(item) for item in items]
    if is_binary(body.headers):
        return [item if isinstance(item, Refused) else from_headers(body.headers, item) for item in items]
    return items


def _enveloped(item: object) -> object:
    if item is None or isinstance(item, Refused):
        return item
    try:
        return from_envelope(item)
    except Refused as error:
        return error


RECEIVER: Final = Receiver(
    name="events",
    path="/v1/events",
    translate=translate,
    split=split,
    content_types=JSON_TYPES | {STRUCTURED, BATCH},
)
