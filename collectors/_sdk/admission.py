"""Admits a body: items to usage records, or to refusals by themselves. No I/O; the clock is the caller's.

The only place where a person's name or an attribute is seen: neither goes beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec
import xxhash
from pydantic import ValidationError

from collectors._sdk.attribution import Attributor
from collectors._sdk.errors import Refused
from collectors._sdk.pseudonyms import Pseudonyms
from collectors._sdk.receiver import Body, Receiver
from collectors._sdk.refusing import refusal_of
from collectors._sdk.tokens import ANYBODY, Caller
from stream.contract.identity import event_hash, hash_text, request_hash
from stream.contract.leaves import NegativeLeaf, split_usage
from stream.contract.names import OUTCOMES, US_PER_SECOND
from stream.contract.usage import UsageEvent, UsageRecord

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)  #: a batch cannot hold much later times
_US: Final = timedelta(microseconds=1)
_NANO: Final = Decimal(10**9)
_OUTCOME: Final = {name: i for i, name in enumerate(OUTCOMES)}
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class RefusedEvent:
    """An event that was refused by itself. ``index``: its place in the body; ``digest``: XXH64 of the body's
    digest and its place, so that it counts once however often the body is sent.
    """

    index: int
    reason: str
    field: str
    message: str
    digest: int


@dataclass(frozen=True)
class Admitted:
    """What a body holds. ``source_key``: on whose account its refused events are counted."""

    source_key: str
    records: list[UsageRecord] = field(default_factory=list)
    refused: list[RefusedEvent] = field(default_factory=list)


class Admission:
    """Admits with one set of keys and rules."""

    def __init__(self, pseudonyms: Pseudonyms, attributor: Attributor) -> None:
        self._pseudonyms, self._attributor = pseudonyms, attributor

    def admit(self, receiver: Receiver, body: Body, caller: Caller = ANYBODY) -> Admitted:
        """Every item of a body. Raises BodyRefused when it must be refused whole."""
        items = receiver.split(body, receiver.max_events)
        source = caller.source or receiver.name
        admitted = Admitted(caller.source_key or receiver.name)
        digest = b""
        for index, item in enumerate(items):
            try:
                admitted.records.append(self._record(receiver, item, source, admitted.source_key))
            except Refused as error:
                digest = digest or body_digest(receiver, admitted.source_key, body)
                admitted.refused.append(
                    RefusedEvent(index, error.reason, error.field, str(error), refusal_digest(digest, index))
                )
        return admitted

    def _record(self, receiver: Receiver, item: object, source: str, source_key: str) -> UsageRecord:
        if isinstance(item, Refused):
            raise item
        if item is None:
            raise Refused("null_event", "", "null is no event; leave it out")
        event = _validate(receiver.translate(item))
        source, source_key = event.source or source, event.source_key or source_key
        user = event.user
        return UsageRecord(
            identity=request_hash(source, event.event_id, event.response_id, cache_hit=event.cache_hit),
            event=event_hash(source, event.event_id),
            time_us=(event.time - _EPOCH) // _US,
            labels=self._attributor.labels(event, source, source_key),
            outcome=_OUTCOME[event.outcome],
            attempt=event.attempt,
            final=event.final,
            cache_hit=event.cache_hit,
            streamed=event.stream,
            leaves=_leaves(event),
            units=_units(event),
            duration_us=_microseconds(event.duration_seconds),
            ttft_us=_microseconds(event.time_to_first_token_seconds),
            reported_nano_usd=_nano_usd(event.cost_usd),
            person=None if user is None else self._pseudonyms.of(user),
            person_previous=None if user is None else self._pseudonyms.previous_of(user),
            request_group=None
            if event.request_group is None
            else hash_text(f"g\x1f{source}\x1f{event.request_group}"),
        )


def body_digest(receiver: Receiver, source_key: str, body: Body) -> bytes:
    """Tells bodies apart; equal when a body is sent again. A CloudEvent may have its id in the headers."""
    digest = xxhash.xxh64(f"{receiver.name}\x1f{source_key}\x1f".encode())
    for name in sorted(name for name in body.headers if name.startswith("ce-")):
        digest.update(f"{name}\x1f{body.headers[name]}\x1f".encode("utf-8", "surrogateescape"))
    digest.update(body.raw)
    return digest.digest()


def refusal_digest(body: bytes, index: int) -> int:
    """XXH64 of a body's digest and the place of an event in it."""
    return xxhash.xxh64_intdigest(body + index.to_bytes(4, "little"))


def _validate(fields: Mapping[str, object]) -> UsageEvent:
    """Raises Refused. Strict, as the published JSON Schema is: text is no number and 1 is not true."""
    try:
        event = UsageEvent.model_validate_json(_encode(fields), strict=True)
    except ValidationError as error:
        raise refusal_of(error) from None
    except (UnicodeEncodeError, TypeError, RecursionError):
        raise Refused("invalid_value", "", "cannot be written as JSON; send the usage event alone") from None
    if event.time >= _LATEST:
        raise Refused("invalid_value", "time", "lies beyond 2099; send the time of the request")
    return event


def _leaves(event: UsageEvent) -> dict[str, int] | None:
    if event.usage is None:
        return None
    try:
        return split_usage(event.usage.model_dump(exclude_defaults=True))
    except NegativeLeaf as error:
        mend = str(error).partition(": ")[2]
        raise Refused("negative_leaf", f"usage.{error.field}", mend) from None


def _units(event: UsageEvent) -> dict[str, int]:
    return event.units.model_dump(exclude_defaults=True) if event.units is not None else {}


def _microseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * US_PER_SECOND)


def _nano_usd(usd: Decimal | None) -> int | None:
    return None if usd is None else int((usd * _NANO).to_integral_value(ROUND_HALF_EVEN))
