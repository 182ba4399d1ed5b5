"""The kind of event that most receivers take: one model request, or one attempt of it. Pure.

The only place where a person's name or an attribute is seen: neither goes beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from operator import attrgetter
from typing import Final

from collectors._sdk.errors import Refused
from collectors._sdk.kind import Alias, Edge, Kind, Route, Sender, Stamp
from collectors._sdk.times import microseconds
from stream.contract.batches import to_batch
from stream.contract.columns import encode_batch
from stream.contract.identity import event_hash, hash_text, request_hash, trace_hash
from stream.contract.leaves import NegativeLeaf, split_usage
from stream.contract.names import OUTCOMES, US_PER_DAY, US_PER_SECOND
from stream.contract.topics import TELEMETRY
from stream.contract.usage import UsageEvent, UsageRecord, json_schema

_NANO: Final = Decimal(10**9)
_OUTCOME: Final = {name: i for i, name in enumerate(OUTCOMES)}


def usage_record(event: UsageEvent, sender: Sender, edge: Edge) -> UsageRecord:
    """Raises Refused."""
    source, source_key = event.source or sender.source, event.source_key or sender.source_key
    hashed = identity = event_hash(source, event.event_id)
    if event.response_id is not None:
        identity = request_hash(source, event.event_id, event.response_id, cache_hit=event.cache_hit)
    time_us = microseconds(event.time)
    person = previous = home = None
    population = 0
    if event.user is not None:
        person, previous = edge.pseudonyms.of(event.user), edge.pseudonyms.previous_of(event.user)
        if edge.people is not None:
            population, home = edge.people.place(person, time_us // US_PER_DAY)
    aliases = edge.aliases
    known_by: tuple[int, ...] = (hashed,) if aliases.event_id and identity != hashed else ()
    if event.trace_id is not None and event.final and aliases.trace_id:  # what was judged is the last attempt
        known_by += (trace_hash(event.trace_id),)
    return UsageRecord(
        identity=identity,
        event=hashed,
        time_us=time_us,
        labels=edge.attributor.labels(event, source, source_key, home),
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
        person=person,
        person_previous=previous,
        request_group=None
        if event.request_group is None
        else hash_text(f"g\x1f{source}\x1f{event.request_group}"),
        population=population,
        aliases=known_by,
    )


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


def _aliases(record: UsageRecord) -> Iterable[Alias]:
    return [Alias(alias, record.identity, record.time_us) for alias in record.aliases]


def _encode(records: Sequence[UsageRecord], stamp: Stamp) -> bytes:
    batch_id = f"{stamp.producer}-{stamp.number}"
    return encode_batch(
        to_batch(
            records,
            batch_id=batch_id,
            producer=stamp.producer,
            seq=stamp.number,
            accepted_us=stamp.accepted_us,
        )
    )


USAGE: Final = Kind[UsageEvent, UsageRecord](
    noun="usage event",
    model=UsageEvent,
    stored=UsageRecord,
    schema=json_schema,
    schema_path="/v1/events/schema",
    record=usage_record,
    route=Route(TELEMETRY, attrgetter("identity"), _encode),
    aliases=_aliases,
)
