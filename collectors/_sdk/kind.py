"""What a kind of event is: its public model, the record made of it, and the way of records into a log. Pure.

A receiver says which kind it takes; admission and batches know nothing of any kind beyond what stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from pydantic import BaseModel

from collectors._sdk.attribution import Attributor
from collectors._sdk.people import People
from collectors._sdk.pseudonyms import Pseudonyms

E = TypeVar("E", bound=BaseModel)
R = TypeVar("R")


@dataclass(frozen=True)
class Sender:
    """Who sends, where an event does not say: token or receiver do. ``source``: whose event ids these are;
    ``token_source``: None where no token says one.
    """

    source: str
    source_key: str
    token_source: str | None = None


@dataclass(frozen=True)
class AliasSwitches:
    """By which further ids an outcome may know a request."""

    event_id: bool = True
    trace_id: bool = True


@dataclass(frozen=True)
class Edge:
    """What the installation adds to an event: keys, rules, people, and which aliases are written."""

    pseudonyms: Pseudonyms
    attributor: Attributor
    people: People | None = None
    aliases: AliasSwitches = AliasSwitches()


@dataclass(frozen=True)
class Stamp:
    """Of one batch. ``number``: counts the batches of its producer. ``accepted_us``: of its oldest event."""

    producer: str
    number: int
    accepted_us: int


class Alias(msgspec.Struct, frozen=True, gc=False):
    """Hash of a further id of the request ``identity``. ``time_us``: of the request. One or two an event:
    the collector of garbage does not look at them.
    """

    alias: int
    identity: int
    time_us: int


@dataclass(frozen=True, eq=False)
class Route(Generic[R]):
    """The way of records into a log. ``hash_of``: what decides the partition. ``encode``: 1 to MAX_SMALL
    records of one partition to a framed value. ``events``: whether a record is an event that is counted.
    """

    topic: str
    hash_of: Callable[[R], int]
    encode: Callable[[Sequence[R], Stamp], bytes]
    events: bool = True


def no_aliases(record: Any) -> Iterable[Alias]:
    """Of records that nothing else refers to."""
    return ()


@dataclass(frozen=True, eq=False)
class Kind(Generic[E, R]):
    """A kind of event. ``noun``: what messages and spooled bodies call it. ``stored``: the type of its
    records, which msgspec can write and read. ``schema``: JSON Schema of its ``model``, served at
    ``schema_path``. ``record``: pure; a validated event to its record. Raises Refused.
    """

    noun: str
    model: type[E]
    stored: type[R]
    schema: Callable[[], dict[str, Any]]
    schema_path: str
    record: Callable[[E, Sender, Edge], R]
    route: Route[R]
    aliases: Callable[[R], Iterable[Alias]] = no_aliases
