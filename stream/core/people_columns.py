"""The columns of an activities record, decoded and not trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.columns import MAX_EVENTS, POPULATIONS, MalformedBatch
from stream.contract.frame import Frame
from stream.contract.records import Activities, decode_body, encode_record
from stream.core.small_bodies import check_labels

LABELS: Final = ("department", "use_case")
_MAX_TIME_US: Final = 2**52
_MAX_DAY: Final = 52_125  #: the year 2112
_DTYPES: Final = {"person": "<u8", "previous": "<u8", "day": "<i4", "population": "u1", "label": "<u4"}


class People(NamedTuple):
    """N activities. ``person``, ``previous`` (0: none) uint64 (N,), ``day`` int32 (N,), ``population`` uint8
    (N,) codes of POPULATIONS, ``label`` uint32 (N,) into ``dictionary`` of (department, use_case).
    """

    accepted_us: int
    person: NDArray[np.uint64]
    previous: NDArray[np.uint64]
    day: NDArray[np.int32]
    population: NDArray[np.uint8]
    label: NDArray[np.uint32]
    dictionary: Sequence[tuple[str, str]]


def decode_people(frame: Frame) -> People:
    """Raises MalformedBatch, msgspec.DecodeError."""
    body = decode_body(frame.body, Activities)
    if not 0 <= body.accepted_us <= _MAX_TIME_US:
        raise MalformedBatch(f"accepted_us: {body.accepted_us} is no time")
    check_labels(body.dictionary, LABELS)
    people = People(
        body.accepted_us,
        _column(body, "person"),
        _column(body, "previous"),
        _column(body, "day"),
        _column(body, "population"),
        _column(body, "label"),
        body.dictionary,
    )
    count = len(people.person)
    if not 0 < count <= MAX_EVENTS or any(len(getattr(people, name)) != count for name in _DTYPES):
        raise MalformedBatch(f"columns: {count} persons; each column must have as many, 1 to {MAX_EVENTS}")
    _check_range("day", people.day, _MAX_DAY)
    _check_range("population", people.population, len(POPULATIONS) - 1)
    _check_range("label", people.label, len(body.dictionary) - 1)
    return people


def encode_people(people: People) -> bytes:
    """Value of an activities record, framed."""
    columns = {
        name: np.ascontiguousarray(getattr(people, name), dtype).tobytes() for name, dtype in _DTYPES.items()
    }
    return encode_record(Activities(people.accepted_us, **columns, dictionary=list(people.dictionary)))


def _column(body: Activities, name: str) -> NDArray[Any]:
    raw, dtype = getattr(body, name), np.dtype(_DTYPES[name])
    if len(raw) % dtype.itemsize:
        raise MalformedBatch(f"{name}: {len(raw)} bytes are no multiple of {dtype.itemsize}")
    return np.frombuffer(raw, dtype)


def _check_range(name: str, column: NDArray[Any], high: int) -> None:
    least, most = int(column.min()), int(column.max())
    if least < 0 or most > high:
        raise MalformedBatch(f"{name}: {least if least < 0 else most} is outside 0 to {high}")
