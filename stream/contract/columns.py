"""The usage batch: events as columns. The table of columns below is the wire format; append only.

Little-endian arrays in msgpack; a column that is zero (or unknown) for every event is left out. Zero and
unknown differ by the presence bits in ``flags``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.contract.frame import Kind, pack
from stream.contract.leaves import LEAVES, MAX_LEAF_COUNT, MAX_UNIT_COUNT, UNITS
from stream.contract.names import LABELS, OUTCOMES, US_PER_DAY

# Bits of ``flags``.
FINAL: Final = 1  #: last attempt of its request
CACHE_HIT: Final = 2  #: answered by a response cache: costs nothing
STREAMED: Final = 4
USAGE_KNOWN: Final = 8  #: the leaves are figures, not absences
DURATION_KNOWN: Final = 16
TTFT_KNOWN: Final = 32
COST_REPORTED: Final = 64
PERSON_KNOWN: Final = 128

#: Codes of ``population``: without a directory nothing is known of a person.
POPULATIONS: Final = ("unknown", "member", "outside")

#: column -> (dtype, required, meaning)
COLUMNS: Final[Mapping[str, tuple[str, bool, str]]] = {
    "identity": ("<u8", True, "hash of the request (identity.request_hash)"),
    "event": ("<u8", True, "hash of the event (identity.event_hash)"),
    "time_us": ("<i8", True, "when the request was sent, microseconds since 1970 UTC"),
    "label": ("<u4", True, "index into the dictionary of label tuples"),
    "outcome": ("u1", True, "index into OUTCOMES"),
    "flags": ("u1", True, "bits: final, cache hit, streamed, and what is known"),
    "attempt": ("u1", True, "1 for the first"),
    "duration_us": ("<i8", False, "request sent to full response received"),
    "ttft_us": ("<i8", False, "request sent to first token"),
    "reported_nano_usd": ("<i8", False, "cost as the source reports it"),
    "person": ("<u8", False, "keyed pseudonym"),
    "person_previous": ("<u8", False, "pseudonym under the former key, while keys rotate"),
    "request_group": ("<u8", False, "hash shared by the attempts of one request"),
    "population": ("u1", False, "whether the person belongs to a target population (POPULATIONS)"),
    **{f"leaf_{leaf}": ("<u4", False, f"tokens of leaf {leaf}") for leaf in LEAVES},
    "unit_event": ("<u4", False, "sparse units: index of the event"),
    "unit_kind": ("u1", False, "sparse units: index into UNITS"),
    "unit_count": ("<u4", False, "sparse units: how many"),
}
_SPARSE: Final = ("unit_event", "unit_kind", "unit_count")
MAX_EVENTS: Final = 65_536
MAX_LABEL: Final = 150
MAX_DURATION_US: Final = US_PER_DAY
#: 10 000 US dollars for one event: beyond is a mistake, and sums of int64 could overflow.
MAX_EVENT_NANO_USD: Final = 10**13
_MAX_TIME_US: Final = 2**52  #: the year 2112


class MalformedBatch(ValueError):
    """A batch whose body does not hold what it must: it is quarantined whole, its count balances."""

    reason = "malformed_batch"


class _Body(msgspec.Struct, array_like=True):
    batch_id: str
    producer: str
    seq: int
    accepted_us: int
    n: int
    columns: dict[str, bytes]
    dictionary: list[list[str]]


@dataclass(frozen=True)
class UsageBatch:
    """A decoded batch of N events. ``columns``: name -> array (N,), or (S,) for the sparse unit columns;
    a column that was left out is absent. ``dictionary``: label tuples in the order of LABELS.
    ``accepted_us``: when the collector accepted its oldest event.
    """

    batch_id: str
    producer: str
    seq: int
    accepted_us: int
    count: int
    columns: Mapping[str, NDArray[np.generic]]
    dictionary: Sequence[tuple[str, ...]]

    def leaves(self) -> NDArray[np.int64]:
        """(N, len(LEAVES)) int64 tokens."""
        matrix = np.zeros((self.count, len(LEAVES)), np.int64)
        for i, leaf in enumerate(LEAVES):
            column = self.columns.get(f"leaf_{leaf}")
            if column is not None:
                matrix[:, i] = column
        return matrix

    def column(self, name: str) -> NDArray[np.generic]:
        """A column, zeros where it was left out."""
        found = self.columns.get(name)
        if found is not None:
            return found
        return np.zeros(0 if name in _SPARSE else self.count, np.dtype(COLUMNS[name][0]))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


def encode_batch(batch: UsageBatch) -> bytes:
    """Value of a usage batch, framed. Optional columns that are all zero are left out."""
    columns: dict[str, bytes] = {}
    for name, (dtype, required, _) in COLUMNS.items():
        array = batch.columns.get(name)
        if array is not None and (required or array.any() or (name in _SPARSE and len(array))):
            columns[name] = np.ascontiguousarray(array, dtype=dtype).tobytes()
    dictionary = [list(labels) for labels in batch.dictionary]
    body = _Body(
        batch.batch_id, batch.producer, batch.seq, batch.accepted_us, batch.count, columns, dictionary
    )
    return pack(Kind.USAGE, batch.count, _encode(body))


def decode_batch(count: int, raw: bytes) -> UsageBatch:
    """Batch from a frame's body; trusts nothing. Raises MalformedBatch."""
    try:
        body = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBatch(f"body: {error}") from None
    if body.n != count or not 0 < count <= MAX_EVENTS:
        raise MalformedBatch(f"n: {body.n} in the body, {count} in the frame, 1 to {MAX_EVENTS} allowed")
    if not 0 <= body.accepted_us <= _MAX_TIME_US:
        raise MalformedBatch(f"accepted_us: {body.accepted_us} is no time")
    columns = _read_columns(body)
    if len(body.dictionary) > count or any(len(labels) != len(LABELS) for labels in body.dictionary):
        raise MalformedBatch(
            f"dictionary: {len(body.dictionary)} tuples, each of {len(LABELS)} labels expected"
        )
    if max((len(label) for labels in body.dictionary for label in labels), default=0) > MAX_LABEL:
        raise MalformedBatch(f"dictionary: a label is longer than {MAX_LABEL} characters")
    _check_ranges(columns, count, len(body.dictionary))
    _check_units(columns)
    dictionary = [tuple(labels) for labels in body.dictionary]
    return UsageBatch(body.batch_id, body.producer, body.seq, body.accepted_us, count, columns, dictionary)


def _read_columns(body: _Body) -> dict[str, NDArray[np.generic]]:
    columns: dict[str, NDArray[np.generic]] = {}
    sparse = len(body.columns.get("unit_kind", b""))
    for name, (dtype, required, _) in COLUMNS.items():
        raw = body.columns.pop(name, None)
        if raw is None:
            if required:
                raise MalformedBatch(f"{name}: column is missing")
            continue
        kind = np.dtype(dtype)
        expected = (sparse if name in _SPARSE else body.n) * kind.itemsize
        if len(raw) != expected:
            raise MalformedBatch(f"{name}: {len(raw)} bytes, {expected} expected")
        columns[name] = np.frombuffer(raw, kind)
    if body.columns:
        raise MalformedBatch(f"{min(body.columns)}: unknown column")
    if sum(name in columns for name in _SPARSE) not in (0, len(_SPARSE)):
        raise MalformedBatch("unit_event, unit_kind and unit_count travel together")
    return columns


def _check_units(columns: Mapping[str, NDArray[np.generic]]) -> None:
    if "unit_event" in columns:
        pairs = columns["unit_event"].astype(np.int64) * len(UNITS) + columns["unit_kind"].astype(np.int64)
        if len(np.unique(pairs)) != len(pairs):
            raise MalformedBatch("unit_kind: one unit of one event stands twice")


def _check_ranges(columns: Mapping[str, NDArray[np.generic]], count: int, labels: int) -> None:
    bounds = {
        "time_us": (0, _MAX_TIME_US),
        "label": (0, labels - 1),
        "outcome": (0, len(OUTCOMES) - 1),
        "attempt": (1, 255),
        "population": (0, len(POPULATIONS) - 1),
        "duration_us": (0, MAX_DURATION_US),
        "ttft_us": (0, MAX_DURATION_US),
        "reported_nano_usd": (0, MAX_EVENT_NANO_USD),
        "unit_event": (0, count - 1),
        "unit_kind": (0, len(UNITS) - 1),
        "unit_count": (0, MAX_UNIT_COUNT),
        **{f"leaf_{leaf}": (0, MAX_LEAF_COUNT) for leaf in LEAVES},
    }
    for name, (low, high) in bounds.items():
        column = columns.get(name)
        if column is None or not len(column):
            continue
        least, most = int(column.min()), int(column.max())
        if least < low or most > high:
            raise MalformedBatch(f"{name}: {least if least < low else most} is outside {low} to {high}")
