"""Bodies are decompressed within bounds."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from collectors._sdk.errors import BodyRefused
from collectors._sdk.unpacking import Unpacker

MOST = 1_000_000
TEXT = bytes(range(256)) * 100


def unpack(raw: bytes, encoding: str, step: int = 1000, most: int = MOST) -> bytes:
    unpacker = Unpacker(encoding, most, most)
    for at in range(0, len(raw), step):
        unpacker.take(raw[at : at + step])
    return unpacker.end()


def raw_deflate(text: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(text) + stream.flush()


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]), "GZIP"),
        (zlib.compress(TEXT), "deflate"),
        (raw_deflate(TEXT), "deflate"),
    ],
)
@pytest.mark.parametrize("step", [1, 777, 10**6])
def test_a_body_is_whole_however_it_comes(raw: bytes, encoding: str, step: int) -> None:
    """Every encoding, in chunks of any size, gives the bytes that were packed."""
    assert unpack(raw, encoding, step) == TEXT


def test_a_bomb_is_cut_off_and_never_held() -> None:
    """A gigabyte of zeros in a megabyte stops at the bound, with little more than that in memory."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    bomb = b"".join(stream.compress(b"\0" * 1_000_000) for _ in range(1000)) + stream.flush()
    assert len(bomb) < 1_100_000
    tracemalloc.start()
    with pytest.raises(BodyRefused) as caught:
        unpack(bomb, "gzip", 64_000, 2_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (caught.value.status, caught.value.reason) == (413, "too_large")
    assert peak < 8_000_000


def test_a_body_beyond_its_bound_is_refused() -> None:
    """As sent, whatever its encoding."""
    assert len(unpack(b"x" * MOST, "")) == MOST
    with pytest.raises(BodyRefused) as caught:
        unpack(b"x" * (MOST + 1), "")
    assert caught.value.status == 413


@pytest.mark.parametrize(
    "raw", [b"no gzip", gzip.compress(TEXT)[:-1], gzip.compress(TEXT) + b"rest", b"\x1f"]
)
def test_broken_compression_is_400(raw: bytes) -> None:
    """Cut off, or followed by something else: never taken for whole."""
    with pytest.raises(BodyRefused) as caught:
        unpack(raw, "gzip")
    assert (caught.value.status, caught.value.reason) == (400, "broken_encoding")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "zip"])
def test_an_unknown_encoding_is_415(encoding: str) -> None:
    """And names those that are known."""
    with pytest.raises(BodyRefused, match="gzip, deflate") as caught:
        Unpacker(encoding, MOST, MOST)
    assert caught.value.status == 415
