"""With what each partition of a log begins, and which generation that makes the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from stream.contract.frame import Kind, UnknownVersion, unpack
from stream.contract.records import Generation, decode_body
from stream.control.errors import GenerationMissing, GenerationsDiffer

_MEND = "stop the collectors, delete the topic, and run `tokonomics topics create`"


@dataclass(frozen=True)
class Head:
    """How partition ``partition`` of the log ``topic`` begins. ``first_offset`` above 0: retention or an
    operator has trimmed it. ``kind``: of the first record, "" where the log is empty, "unknown" where it is
    none of ours.
    """

    topic: str
    partition: int
    first_offset: int
    kind: str
    generation: Generation | None = None

    @property
    def empty(self) -> bool:
        return self.kind == ""

    @property
    def name(self) -> str:
        return f"{self.topic}[{self.partition}]"

    @property
    def trimmed(self) -> bool:
        return self.first_offset > 0


def head_of(topic: str, partition: int, first_offset: int, value: bytes | None) -> Head:
    """Head from the value of the first record."""
    try:
        frame = unpack(value or b"")
        generation = decode_body(frame.body, Generation) if frame.kind is Kind.GENERATION else None
    except (UnknownVersion, msgspec.DecodeError):
        return Head(topic, partition, first_offset, "unknown")
    return Head(topic, partition, first_offset, frame.kind.name.lower(), generation)


def agreed_generation(heads: Sequence[Head]) -> Generation | None:
    """The generation that the partitions name; None where none names one yet.

    Raises GenerationMissing for an untrimmed log that begins with something else, GenerationsDiffer.
    """
    for head in heads:
        if not head.empty and head.generation is None and not head.trimmed:
            raise GenerationMissing(
                f"{head.name}: begins with a record of kind {head.kind}, not with a generation; {_MEND}"
            )
    named = {head.partition: head.generation for head in heads if head.generation is not None}
    if len({generation.id for generation in named.values()}) > 1:
        raise GenerationsDiffer(f"{heads[0].topic}: {_listed(named)}; {_MEND}")
    return next(iter(named.values()), None)


def refuse_trimmed(heads: Iterable[Head]) -> None:
    """Raises GenerationMissing when the generation that a log began with has been trimmed away."""
    for head in heads:
        if head.trimmed:
            raise GenerationMissing(
                f"{head.name}: begins at offset {head.first_offset} and llm.config.v1 does"
                f" not say of which generation it is; {_MEND}"
            )


def _listed(named: dict[int, Generation]) -> str:
    return ", ".join(f"partition {p} is of generation {g.id}" for p, g in sorted(named.items()))


def without_generation(heads: Iterable[Head]) -> list[int]:
    """Partitions that have to be given one."""
    return [head.partition for head in heads if head.empty and not head.trimmed]
