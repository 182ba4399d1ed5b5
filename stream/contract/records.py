"""Bodies of the control and small records of the telemetry log (msgpack arrays; fields are append-only)."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from stream.contract.frame import Kind, pack
from stream.contract.topics import WINDOW_DAYS


class Refusal(msgspec.Struct, array_like=True, frozen=True):
    """One event refused inside an accepted body. ``digest``: XXH64 of body digest and position."""

    source_key: str
    reason: str
    digest: int


class Refusals(msgspec.Struct, array_like=True, frozen=True):
    accepted_us: int
    refusals: list[Refusal]


class Outcome(msgspec.Struct, array_like=True, frozen=True):
    """What became of an output. ``target``: identity or alias hash; ``event``: the outcome's own identity."""

    event: int
    target: int
    time_us: int
    accepted_us: int
    verdict: str = ""
    passed_control: bool | None = None
    finding: str = ""
    labels: list[str] = []


class Alias(msgspec.Struct, array_like=True, frozen=True):
    """Another id (hash) an outcome may know a request by."""

    alias: int
    identity: int
    time_us: int


class Epoch(msgspec.Struct, array_like=True, frozen=True):
    """Switch to a configuration: ``number`` is its offset in llm.config.v1, only a higher one is taken."""

    number: int
    digest: str
    fold_version: int


class Generation(msgspec.Struct, array_like=True, frozen=True):
    """Birth of a log: first record of every telemetry partition. ``partitions`` and ``window_days`` (the
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


Record = Refusals | Outcome | Alias | Epoch | Generation | Heartbeat
_T = TypeVar("_T", Refusals, Outcome, Alias, Epoch, Generation, Heartbeat)
_KINDS: Final[dict[type, Kind]] = {
    Refusals: Kind.REFUSALS,
    Outcome: Kind.OUTCOME,
    Alias: Kind.ALIAS,
    Epoch: Kind.EPOCH,
    Generation: Kind.GENERATION,
    Heartbeat: Kind.HEARTBEAT,
}
_encode = msgspec.msgpack.Encoder().encode


def encode_record(record: Record) -> bytes:
    """Value of a small record, framed."""
    count = len(record.refusals) if isinstance(record, Refusals) else 0
    return pack(_KINDS[type(record)], count, _encode(record))


def decode_body(body: bytes, kind: type[_T]) -> _T:
    """Body of a small record. Raises msgspec.DecodeError (ValidationError included) when malformed."""
    return msgspec.msgpack.decode(body, type=kind)
