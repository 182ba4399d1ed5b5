"""JSON bodies to items: arrays, single objects and lines, exactly and within bounds. Pure.

The fast way is msgspec's. What it cannot read at all is read again by the slow way, item by item, so that one
event with NaN, half a surrogate pair or a number of a thousand digits does not take its neighbours with it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from collectors._sdk.errors import BodyRefused, Refused

_KEYS: Final = re.compile(rb'"\s*:')  #: at least one match for every key of an object
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_MOST_COMMAS: Final = 1_000_000  #: above it an array is taken apart item by item, so that none is held
_LONGEST_INTEGER: Final = 400
_NOT_JSON: Final = "the body is not JSON; send one event as an object, several as an array or as JSON lines"
_array = msgspec.json.Decoder(list[msgspec.Raw])
_any = msgspec.json.Decoder()


def split_json(raw: bytes, most: int, *, lines: bool = False) -> list[object]:
    """Decoded items of a body, a Refused in the place of each that cannot be read.

    ``lines``: one JSON value a line; otherwise an array is its items and anything else is one item. Raises
    BodyRefused: not JSON at all (400 invalid_json), more than ``most`` items (413 too_large).
    """
    body = raw.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise BodyRefused(400, "invalid_json", "the body is empty; send an event, or an empty array")
    if lines:
        return _lines(body, most)
    try:
        if body[:1] != b"[":
            return [_item(body)]
        if body.count(b",") <= _MOST_COMMAS:
            return [_item(item) for item in _within(_array.decode(body), most)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return _slowly(body, most)


def _within(items: list[msgspec.Raw], most: int) -> Iterator[bytes]:
    if len(items) > most:
        raise too_many(most)
    return (bytes(item) for item in items)


def too_many(most: int) -> BodyRefused:
    return BodyRefused(413, "too_large", f"more than {most} events in one body; send them in several")


def _lines(body: bytes, most: int) -> list[object]:
    """Each line by itself. A body in which no line is JSON is none."""
    if body.count(b"\n") > _MOST_COMMAS:
        raise too_many(most)
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > most:
        raise too_many(most)
    items = [_line(line) for line in lines]
    if all(isinstance(item, Refused) and item.reason == "invalid_json" and not item.field for item in items):
        raise BodyRefused(400, "invalid_json", _NOT_JSON)
    return items


def _line(line: bytes) -> object:
    try:
        return _item(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        (item,) = _slowly(line.strip(), 1, array=False)
    except BodyRefused:
        return Refused("invalid_json", "", "the line is not JSON; send one event a line")
    return item


def _item(raw: bytes) -> object:
    """A decoded value; duplicate keys make it a Refused. Raises msgspec.DecodeError and the like."""
    item = _any.decode(raw)
    if isinstance(item, dict) and len(_KEYS.findall(raw)) != _count_keys(item):
        return _checked(raw.decode())
    return item


def _count_keys(item: object) -> int:
    if isinstance(item, dict):
        return len(item) + sum(_count_keys(value) for value in item.values() if type(value) in (dict, list))
    if isinstance(item, list):
        return sum(_count_keys(value) for value in item if type(value) in (dict, list))
    return 0


def _checked(text: str) -> object:
    item, _ = _scan(text, 0)
    return item


class _Twice(dict[str, Any]):
    """An object in which a key stood twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(found)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else math.inf


_slow: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer)


def _slowly(body: bytes, most: int, *, array: bool | None = None) -> list[object]:
    """Items one after the other, so that too many are noticed before they are held. Raises BodyRefused."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        message = f"byte {error.start} of the body is not UTF-8; send JSON in UTF-8"
        raise BodyRefused(400, "invalid_json", message) from None
    try:
        if array is False or not text.startswith("["):
            item, end = _scan(text, 0)
            items = [item]
        else:
            items, end = _items(text, most)
    except (ValueError, RecursionError) as error:
        if isinstance(error, BodyRefused):
            raise
        deep = isinstance(error, RecursionError)
        message = "the body is nested too deep; send flat events" if deep else _NOT_JSON
        raise BodyRefused(400, "invalid_json", message) from None
    if end != len(text):
        raise BodyRefused(400, "invalid_json", _NOT_JSON)
    return items


def _items(text: str, most: int) -> tuple[list[object], int]:
    """Items of an array that begins at 0, and where it ends. Raises ValueError."""
    items: list[object] = []
    at = _skip(text, 1)
    if text[at : at + 1] == "]":
        return items, _skip(text, at + 1)
    while True:
        item, at = _scan(text, at)
        items.append(item)
        if len(items) > most:
            raise too_many(most)
        if text[at : at + 1] == "]":
            return items, _skip(text, at + 1)
        if text[at : at + 1] != ",":
            raise ValueError("no array")
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _scan(text: str, at: int) -> tuple[object, int]:
    """The value at ``at``, checked, and where the next token is. Raises ValueError, RecursionError."""
    item, end = _slow.raw_decode(text, at)
    try:
        _check(item, "")
    except Refused as error:
        return error, _skip(text, end)
    return item, _skip(text, end)


def _check(value: object, field: str) -> None:
    """Raises Refused for what is no JSON, or cannot be written as UTF-8."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("invalid_value", field, "is no finite number; leave out what is unknown")
    if isinstance(value, str) and not _is_unicode(value):
        raise Refused("invalid_value", field, "holds half a surrogate pair; send Unicode")
    if isinstance(value, _Twice):
        raise Refused("invalid_json", field, "a key stands twice in the object; send each once")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not _is_unicode(key):
                raise Refused("invalid_value", field, "a key holds half a surrogate pair; send Unicode")
            _check(inner, f"{field}.{key}" if field else key)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, field)


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
