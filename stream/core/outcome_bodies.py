"""Bodies of outcomes and aliases, decoded and not trusted: what is out of range quarantines its record."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.columns import MAX_LABEL, MalformedBatch
from stream.contract.frame import Frame
from stream.contract.judgements import CONTROLS, FINDINGS, RULES, SELECTIONS, VERDICTS
from stream.contract.names import LABELS
from stream.contract.records import MAX_SMALL, Aliases, Outcome, Outcomes, decode_body

_MAX_TIME_US: Final = 2**52  #: the year 2112
_MAX_PARTITION: Final = 2**31
_WORDS: Final = {
    "verdict": frozenset(("", *VERDICTS)),
    "control": frozenset(("", *CONTROLS)),
    "finding": frozenset(("", *FINDINGS)),
    "compliance": frozenset(("", *RULES)),
    "selection": frozenset(SELECTIONS),
}


class AliasColumns(NamedTuple):
    """Entries of an Aliases record in log order, each (n,)."""

    accepted_us: int
    alias: NDArray[np.uint64]
    identity: NDArray[np.uint64]
    time_us: NDArray[np.int64]


def decode_outcomes(frame: Frame) -> Outcomes:
    """Raises MalformedBatch, msgspec.DecodeError."""
    body = decode_body(frame.body, Outcomes)
    count = len(body.outcomes)
    if count != frame.events or not 0 < count <= MAX_SMALL:
        raise MalformedBatch(f"n: {count} in the body, {frame.events} in the frame, 1 to {MAX_SMALL} allowed")
    _check("accepted_us", body.accepted_us, _MAX_TIME_US)
    for outcome in body.outcomes:
        _check_outcome(outcome)
    return body


def decode_aliases(frame: Frame) -> AliasColumns:
    """Raises MalformedBatch, msgspec.DecodeError."""
    body = decode_body(frame.body, Aliases)
    _check("accepted_us", body.accepted_us, _MAX_TIME_US)
    if len(body.alias) % 8 or not len(body.alias) == len(body.identity) == len(body.time_us):
        raise MalformedBatch(
            f"columns of {len(body.alias)}, {len(body.identity)} and {len(body.time_us)} bytes:"
            " all must hold the same number of 8-byte entries"
        )
    columns = AliasColumns(
        body.accepted_us,
        np.frombuffer(body.alias, "<u8"),
        np.frombuffer(body.identity, "<u8"),
        np.frombuffer(body.time_us, "<i8"),
    )
    if len(columns.time_us):
        _check("time_us", int(columns.time_us.min()), _MAX_TIME_US)
        _check("time_us", int(columns.time_us.max()), _MAX_TIME_US)
    return columns


def _check_outcome(outcome: Outcome) -> None:
    _check("event", outcome.event, 2**64 - 1)
    _check("target", outcome.target, 2**64 - 1)
    _check("time_us", outcome.time_us, _MAX_TIME_US)
    for name, words in _WORDS.items():
        if getattr(outcome, name) not in words:
            raise MalformedBatch(f"{name}: a word that the contract does not have")
    if outcome.labels and len(outcome.labels) != len(LABELS):
        raise MalformedBatch(f"labels: {len(outcome.labels)} values, none or {len(LABELS)} expected")
    if max(map(len, (outcome.source_key, *outcome.labels))) > MAX_LABEL:
        raise MalformedBatch(f"labels: a value is longer than {MAX_LABEL} characters")
    if outcome.via is not None:
        _check("via", outcome.via[0], _MAX_PARTITION)
        _check("via", outcome.via[1], 2**63 - 1)


def _check(name: str, value: int, high: int) -> None:
    if not 0 <= value <= high:
        raise MalformedBatch(f"{name}: {value} is outside 0 to {high}")
