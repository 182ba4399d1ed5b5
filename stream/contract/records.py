"""Bodies of the control and small records of the source logs (msgpack arrays; fields are append-only)."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from stream.contract.frame import Kind, pack
from stream.contract.topics import WINDOW_DAYS

MAX_SMALL: Final = 10_000  #: entries of one small record


class Refusal(msgspec.Struct, array_like=True, frozen=True):
    """One event refused inside an accepted body. ``digest``: XXH64 of body digest and position."""

    source_key: str
    reason: str
    digest: int


class Refusals(msgspec.Struct, array_like=True, frozen=True):
    accepted_us: int
    refusals: list[Refusal]


class Outcome(msgspec.Struct, array_like=True, frozen=True):
    """What became of one output. ``target``: hash of the request (identity.request_hash or event_hash) or of
    another id of it (identity.trace_hash); ``event``: hash of the outcome itself. Values of
    contract.judgements, "" where it says nothing. ``labels``: in the order of LABELS, empty unless the
    outcome
    brings its own, which need no join. ``via``: (partition, offset) of the record it was forwarded from.
    """

    event: int
    target: int
    time_us: int
    source_key: str
    verdict: str = ""
    control: str = ""
    finding: str = ""
    compliance: str = ""
    selection: str = "unknown"
    labels: tuple[str, ...] = ()
    via: tuple[int, int] | None = None


class Outcomes(msgspec.Struct, array_like=True, frozen=True):
    """1 to MAX_SMALL outcomes of one partition (``target`` modulo partitions)."""

    accepted_us: int
    outcomes: list[Outcome]


class Aliases(msgspec.Struct, array_like=True, frozen=True):
    """Other ids an outcome may know requests by; lies in the partition of the alias. Little-endian columns of
    n entries: ``alias`` <u8, ``identity`` <u8, ``time_us`` <i8 (of the request).
    """

    accepted_us: int
    alias: bytes
    identity: bytes
    time_us: bytes


class Task(msgspec.Struct, array_like=True, frozen=True):
    """A piece of work done with, partly with or without AI. ``task``: hash of its id, ``event``: of this
    report
    of it; a later report may judge it. ``labels``: TASK_LABELS of contract.rows. ``seconds``: of people's
    work on
    it, None where unknown. ``quantity``: deliverables. ``csat`` 1 to 5, ``nps`` 0 to 10. ``requests``: how
    many
    model requests it names.
    """

    task: int
    event: int
    time_us: int
    labels: tuple[str, ...]
    seconds: int | None = None
    quantity: int = 1
    csat: int | None = None
    nps: int | None = None
    requests: int = 0
    verdict: str = ""
    control: str = ""
    finding: str = ""
    compliance: str = ""
    selection: str = "unknown"


class Tasks(msgspec.Struct, array_like=True, frozen=True):
    """1 to MAX_SMALL tasks of one partition of llm.tasks.v1 (``task`` modulo partitions)."""

    accepted_us: int
    tasks: list[Task]


class Check(msgspec.Struct, array_like=True, frozen=True):
    """Result of one synthetic check. ``event``: hash of probe and scheduled time; ``time_us``: when it was
    due.
    ``labels``: PROBE_LABELS of contract.rows. ``duration_us``: None where it got no answer. ``tokens`` used.
    """

    event: int
    time_us: int
    labels: tuple[str, ...]
    duration_us: int | None = None
    tokens: int = 0


class Checks(msgspec.Struct, array_like=True, frozen=True):
    """1 to MAX_SMALL checks of one partition of llm.probes.v1 (hash of the probe's name modulo
    partitions)."""

    accepted_us: int
    checks: list[Check]


class Activities(msgspec.Struct, array_like=True, frozen=True):
    """Who used the service on which day, of one partition of llm.activity.v1 (``person`` modulo partitions).
    Columns of n entries: ``person`` <u8 keyed pseudonym, ``previous`` <u8 under the former key (0: none),
    ``day`` <i4 days since 1970 in the installation's zone, ``population`` u1 (see columns.POPULATIONS),
    ``label`` <u4 index into ``dictionary`` of (department, use_case). People are a set: an entry that comes
    again changes nothing.
    """

    accepted_us: int
    person: bytes
    previous: bytes
    day: bytes
    population: bytes
    label: bytes
    dictionary: list[tuple[str, str]]


class Epoch(msgspec.Struct, array_like=True, frozen=True):
    """Switch to a configuration: ``number`` is its offset in llm.config.v1, only a higher one is taken."""

    number: int
    digest: str
    fold_version: int


class Generation(msgspec.Struct, array_like=True, frozen=True):
    """Birth of a log: first record of every partition of it. ``partitions`` and ``window_days`` (the
    identity window W) never change within it.
    """

    id: str
    created_us: int
    partitions: int
    cause: str = "created"
    window_days: int = WINDOW_DAYS


class Heartbeat(msgspec.Struct, array_like=True, frozen=True):
    """Moves the fold's time on when traffic is quiet."""

    producer: str
    accepted_us: int


Record = Refusals | Outcomes | Aliases | Tasks | Checks | Activities | Epoch | Generation | Heartbeat
_T = TypeVar("_T", Refusals, Outcomes, Aliases, Tasks, Checks, Activities, Epoch, Generation, Heartbeat)
_KINDS: Final[dict[type, Kind]] = {
    Refusals: Kind.REFUSALS,
    Outcomes: Kind.OUTCOMES,
    Aliases: Kind.ALIASES,
    Tasks: Kind.TASKS,
    Checks: Kind.PROBES,
    Activities: Kind.ACTIVITY,
    Epoch: Kind.EPOCH,
    Generation: Kind.GENERATION,
    Heartbeat: Kind.HEARTBEAT,
}
_encode = msgspec.msgpack.Encoder().encode


def encode_record(record: Record) -> bytes:
    """Value of a small record, framed."""
    return pack(_KINDS[type(record)], _count(record), _encode(record))


def _count(record: Record) -> int:
    """Events a record holds; aliases and activity are derived from events and hold none of their own."""
    match record:
        case Refusals():
            return len(record.refusals)
        case Outcomes():
            return len(record.outcomes)
        case Tasks():
            return len(record.tasks)
        case Checks():
            return len(record.checks)
        case _:
            return 0


def decode_body(body: bytes, kind: type[_T]) -> _T:
    """Body of a small record. Raises msgspec.DecodeError (ValidationError included) when malformed."""
    return msgspec.msgpack.decode(body, type=kind)
