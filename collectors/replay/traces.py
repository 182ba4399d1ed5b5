"""Readers of published request traces. Pure: they read lines and know no file.

A trace says when requests came and how many tokens they had, never who asked what of which model: that is
assigned (assign.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from stream.contract.leaves import MAX_LEAF_COUNT

AZURE_HEADER: Final = "TIMESTAMP,ContextTokens,GeneratedTokens"
MOONCAKE_KEYS: Final = ("timestamp", "input_length", "output_length", "hash_ids")
BLOCK_TOKENS: Final = 512  #: tokens that one of Mooncake's hash ids stands for
_US_PER_MS: Final = 1000


class TraceError(ValueError):
    """A trace that is not what it should be: names file and line."""

    reason = "malformed_trace"


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One request. ``number`` counts requests from 0; ``offset_us`` since the trace's first request.

    ``cache_read_tokens`` are part of ``input_tokens``.
    """

    number: int
    offset_us: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0


def read_trace(lines: Iterable[str], name: str) -> Iterator[TraceRow]:
    """Requests of a trace in either format, told by its first line. ``name``: for messages.

    Raises TraceError.
    """
    rest = iter(lines)
    first = next(rest, "").strip().removeprefix("\ufeff")
    if first == AZURE_HEADER:
        return _read_azure(rest, name)
    if first.startswith("{"):
        return _read_mooncake(_chain(first, rest), name)
    raise TraceError(
        f"{name}:1: neither the header {AZURE_HEADER!r} (Azure) nor a JSON object with"
        f" {', '.join(MOONCAKE_KEYS)} (Mooncake)"
    )


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _read_azure(lines: Iterator[str], name: str) -> Iterator[TraceRow]:
    """Azure LLM inference trace: TIMESTAMP,ContextTokens,GeneratedTokens; the header has been read."""
    began_us: int | None = None
    latest_us = 0
    rows = ((at, line) for at, line in enumerate(lines, 2) if line.strip())
    for number, (at, line) in enumerate(rows):
        where = f"{name}:{at}"
        fields = line.strip().split(",")
        if len(fields) != 3:
            raise TraceError(f"{where}: {len(fields)} fields, 3 expected ({AZURE_HEADER})")
        time_us = _azure_time_us(fields[0], where)
        began_us = time_us if began_us is None else began_us
        if time_us < latest_us:
            raise TraceError(f"{where}: TIMESTAMP: {fields[0]} lies before the line above; sort the trace")
        latest_us = time_us
        context, generated = (
            _count(text, field, where)
            for text, field in zip(fields[1:], ("ContextTokens", "GeneratedTokens"), strict=True)
        )
        yield TraceRow(number, time_us - began_us, context, generated)


def _azure_time_us(text: str, where: str) -> int:
    """``2023-11-16 18:17:03.9799600`` (UTC, ticks of 100 ns) in microseconds since 1970, cut."""
    whole, _, fraction = text.partition(".")
    try:
        seconds = int(datetime.strptime(whole, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise TraceError(f"{where}: TIMESTAMP: {text!r} is not YYYY-MM-DD HH:MM:SS.fffffff") from None
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        raise TraceError(f"{where}: TIMESTAMP: {text!r} is not YYYY-MM-DD HH:MM:SS.fffffff")
    return seconds * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def _count(text: str, field: str, where: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_LEAF_COUNT:
        raise TraceError(f"{where}: {field}: {text!r} is no number of tokens (0 to {MAX_LEAF_COUNT})")
    return int(text)


def _read_mooncake(lines: Iterator[str], name: str) -> Iterator[TraceRow]:
    """Mooncake trace, one JSON object a line. An unbounded prefix cache is assumed: a request reads from it
    BLOCK_TOKENS for each leading hash id that an earlier request had, but no more than its whole input.
    """
    seen: set[int] = set()
    began_ms: int | None = None
    latest_ms = 0
    rows = ((at, line) for at, line in enumerate(lines, 1) if line.strip())
    for number, (at, line) in enumerate(rows):
        where = f"{name}:{at}"
        body = _object(line, where)
        time_ms = _integer(body, "timestamp", where)
        began_ms = time_ms if began_ms is None else began_ms
        if time_ms < latest_ms:
            raise TraceError(f"{where}: timestamp: {time_ms} lies before the line above; sort the trace")
        latest_ms = time_ms
        total, output = (_integer(body, field, where) for field in MOONCAKE_KEYS[1:3])
        blocks = _blocks(body, where)
        known = next((i for i, block in enumerate(blocks) if block not in seen), len(blocks))
        seen.update(blocks)
        read = min(BLOCK_TOKENS * known, total)
        yield TraceRow(number, (time_ms - began_ms) * _US_PER_MS, total, output, read)


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        body = json.loads(line)
    except ValueError as error:
        raise TraceError(f"{where}: not JSON: {error}") from None
    if not isinstance(body, dict):
        raise TraceError(f"{where}: a JSON object expected")
    return body


def _integer(body: dict[str, Any], field: str, where: str) -> int:
    value = body.get(field)
    if type(value) is not int or not 0 <= value <= (2**50 if field == "timestamp" else MAX_LEAF_COUNT):
        raise TraceError(f"{where}: {field}: {value!r} is no number of {_UNIT_OF.get(field, 'tokens')}")
    return value


_UNIT_OF: Final = {"timestamp": "milliseconds"}


def _blocks(body: dict[str, Any], where: str) -> list[int]:
    blocks = body.get("hash_ids")
    if not isinstance(blocks, list) or any(type(block) is not int for block in blocks):
        raise TraceError(f"{where}: hash_ids: a list of whole numbers expected")
    return blocks
