"""The usage batch on the wire."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.batches import to_batch
from stream.contract.columns import COLUMNS, MalformedBatch, UsageBatch, decode_batch, encode_batch
from stream.contract.frame import HEAD_SIZE, Kind, UnknownVersion, pack, unpack
from stream.contract.leaves import LEAVES, MAX_LEAF_COUNT, UNITS
from stream.contract.names import LABELS, OUTCOMES
from stream.contract.usage import UsageRecord

HASHES = st.integers(0, 2**64 - 1)
MAYBE_HASH = st.none() | st.integers(1, 2**64 - 1)
TIMES = st.integers(1_400_000_000_000_000, 2_000_000_000_000_000)
LABELS_OF = st.tuples(*[st.sampled_from(["", "a", "été", "x y"]) for _ in LABELS])
RECORDS = st.builds(
    UsageRecord,
    identity=HASHES,
    event=HASHES,
    time_us=TIMES,
    labels=LABELS_OF,
    outcome=st.integers(0, len(OUTCOMES) - 1),
    attempt=st.integers(1, 255),
    final=st.booleans(),
    cache_hit=st.booleans(),
    streamed=st.booleans(),
    leaves=st.none() | st.dictionaries(st.sampled_from(LEAVES), st.integers(0, MAX_LEAF_COUNT), max_size=4),
    units=st.dictionaries(st.sampled_from(UNITS), st.integers(1, 10**9), max_size=2),
    duration_us=st.none() | st.integers(0, 10**9),
    ttft_us=st.none() | st.integers(0, 10**9),
    reported_nano_usd=st.none() | st.integers(0, 10**13),
    person=MAYBE_HASH,
    person_previous=MAYBE_HASH,
    request_group=MAYBE_HASH,
)


def batch_of(records: list[UsageRecord]) -> UsageBatch:
    return to_batch(records, batch_id="b", producer="p", seq=3, accepted_us=1_700_000_000_000_000)


def sample(**changes: object) -> bytes:
    """Body of a good batch of two events, with columns or fields changed."""
    labels = ("a",) * len(LABELS)
    body = msgspec.msgpack.decode(
        encode_batch(batch_of([UsageRecord(i, i, 1, labels, 0) for i in (1, 2)]))[HEAD_SIZE:]
    )
    for name, value in changes.items():
        if name == "n":
            body[4] = value
        elif name == "dictionary":
            body[6] = value
        elif value is None:
            del body[5][name]
        else:
            body[5][name] = value
    return msgspec.msgpack.encode(body)


@given(st.lists(RECORDS, min_size=1, max_size=8))
def test_a_batch_comes_back_as_it_was_sent(records: list[UsageRecord]) -> None:
    """Every column, the dictionary and the sparse units survive encoding; left-out columns read as zero."""
    sent = batch_of(records)
    frame = unpack(encode_batch(sent))
    read = decode_batch(frame.events, frame.body)
    assert (frame.kind, frame.events, read.seq, read.accepted_us) == (
        Kind.USAGE,
        len(records),
        3,
        sent.accepted_us,
    )
    for name in COLUMNS:
        assert np.array_equal(read.column(name), sent.column(name)), name
    assert [read.dictionary[i] for i in read.columns["label"].tolist()] == [r.labels for r in records]


@given(st.lists(RECORDS, min_size=1, max_size=4), st.data())
def test_a_damaged_batch_is_malformed_or_whole(records: list[UsageRecord], data: st.DataObject) -> None:
    """Whatever bytes are changed or cut, decoding gives a batch within bounds or MalformedBatch."""
    body = bytearray(encode_batch(batch_of(records))[HEAD_SIZE:])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    body = body[: data.draw(st.integers(0, len(body)))] if data.draw(st.booleans()) else body
    try:
        batch = decode_batch(len(records), bytes(body))
    except MalformedBatch:
        return
    assert batch.count == len(records)
    assert batch.columns["label"].max() < len(batch.dictionary)
    assert batch.columns["outcome"].max() < len(OUTCOMES)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"n": 3}, "n: 3"),
        ({"identity": b"1234"}, "identity"),
        ({"identity": None}, "identity"),
        ({"label": np.array([0, 7], "<u4").tobytes()}, "label"),
        ({"outcome": b"\x00\x63"}, "outcome"),
        ({"attempt": b"\x00\x01"}, "attempt"),
        ({"time_us": np.array([-1, 0], "<i8").tobytes()}, "time_us"),
        ({"duration_us": np.array([-1, 0], "<i8").tobytes()}, "duration_us"),
        ({"reported_nano_usd": np.array([2**63 - 1, 0], "<i8").tobytes()}, "reported_nano_usd"),
        ({"leaf_input": np.array([2**32 - 1, 0], "<u4").tobytes()}, "leaf_input"),
        ({"unit_kind": b"\x00"}, "unit_event"),
        (
            {
                "unit_event": np.array([0, 0], "<u4").tobytes(),
                "unit_kind": b"\x01\x01",
                "unit_count": np.array([1, 1], "<u4").tobytes(),
            },
            "twice",
        ),
        ({"surprise": b"\x00"}, "surprise"),
        ({"dictionary": [["a"]]}, "dictionary"),
        ({"dictionary": [["a" * 200] * len(LABELS)]}, "dictionary"),
    ],
)
def test_a_malformed_batch_names_its_field(changes: dict[str, object], names: str) -> None:
    """Lying lengths, indexes out of range, negatives and absurd sums are refused, naming the column."""
    with pytest.raises(MalformedBatch, match=names):
        decode_batch(2, sample(**changes))


def test_a_record_of_a_later_release_stops_the_worker() -> None:
    """An unknown version, an unknown kind and a record without frame are UnknownVersion, never skipped."""
    good = pack(Kind.HEARTBEAT, 0, b"")
    for value in (b"\x02" + good[1:], good[:1] + b"\x63" + good[2:], b"", b"\x01"):
        with pytest.raises(UnknownVersion):
            unpack(value)
