"""What a receiver is: a path, bounds, how a body splits into items, and a pure translation of one item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from collectors._sdk.errors import Refused
from collectors._sdk.json_items import split_json
from collectors._sdk.kind import Kind
from collectors._sdk.usage import USAGE

MEBIBYTE: Final = 1024 * 1024
JSON_TYPES: Final = frozenset({"application/json", "application/x-ndjson", "application/ndjson"})


@dataclass(frozen=True)
class Body:
    """A request's body, whole, decompressed and within its bounds. ``content_type``: lower case, without
    parameters, "" when none was sent. ``headers``: names in lower case, last value of each.
    """

    raw: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """An answer in a protocol's own words."""

    status: int
    content: bytes
    media_type: str


@dataclass(frozen=True)
class Wording:
    """How a protocol answers, where it prescribes that; the content type is the request's.

    ``taken``: (content type, events refused by themselves, messages of the first of them) to the answer.
    ``problem``: (content type, status, reason, message) to the answer to a body that is not taken.
    """

    taken: Callable[[str, int, Sequence[str]], Reply]
    problem: Callable[[str, int, str, str], Reply]


def as_object(item: object, noun: str) -> Mapping[str, object]:
    """An item that is the public event already. Raises Refused for anything but an object."""
    if not isinstance(item, dict):
        raise Refused("invalid_type", "", f"is no {noun}; send a JSON object")
    return item


def split_body(body: Body, most: int) -> list[object]:
    """A JSON object, a JSON array, or JSON lines: items in their order; see json_items.split_json."""
    lines = body.content_type in ("application/x-ndjson", "application/ndjson")
    return split_json(body.raw, most, lines=lines)


@dataclass(frozen=True)
class Receiver:
    """One endpoint. ``name`` is the source and source_key of events whose event and token name none.

    ``kind``: what it takes. ``translate``: pure; an item (a decoded JSON value) to the public event of that
    kind, a mapping of JSON-like values (str, int, float, bool, None, list, dict; no NaN). Raises Refused.
    The kit validates what it returns and answers with the field that is wrong.
    ``split``: (body, most items) to items; an item that cannot be read is a Refused in its place. Raises
    BodyRefused for a body that must be refused whole.
    ``max_body_bytes`` as sent, ``max_decompressed_bytes`` after its content encoding; beyond: 413.
    ``hold_s``: how long a request waits for room or for the broker before it is answered 429 or 503, for
    clients that do not send it again. ``busy_status``: instead of 429, for clients that give up at any 4xx.
    ``spool``: bodies that the broker cannot take are answered once they are on the disk, for the same
    clients. ``wording``: None for the kit's own answers, JSON with 202.
    """

    name: str
    path: str
    translate: Callable[[object], Mapping[str, object]]
    kind: Kind[Any, Any] = USAGE
    split: Callable[[Body, int], list[object]] = split_body
    content_types: frozenset[str] = JSON_TYPES
    max_body_bytes: int = 16 * MEBIBYTE
    max_decompressed_bytes: int = 16 * MEBIBYTE
    max_events: int = 20_000
    hold_s: float = 0.0
    spool: bool = False
    busy_status: int = 429
    wording: Wording | None = None
