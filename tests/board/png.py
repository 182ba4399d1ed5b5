"""Makes a screenshot small: at most 256 colours, compressed as well as it goes. PNG, 8 bits, RGB or RGBA."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256
Pixels = NDArray[np.uint8]


def read(path: Path) -> Pixels:
    """(height, width, 3)."""
    raw, header = b"", b""
    for kind, body in _chunks(path.read_bytes()):
        header = body if kind == b"IHDR" else header
        raw += body if kind == b"IDAT" else b""
    width, height, depth, colour = struct.unpack(">IIBB", header[:10])
    assert depth == 8 and colour in (2, 6), (depth, colour)
    channels = 3 if colour == 2 else 4
    lines = np.frombuffer(zlib.decompress(raw), np.uint8).reshape(height, 1 + width * channels)
    pixels = np.zeros((height, width, channels), np.uint8)
    above = np.zeros((width, channels), np.uint8)
    for y in range(height):
        above = pixels[y] = _unfiltered(int(lines[y, 0]), lines[y, 1:].reshape(width, channels), above)
    return pixels[:, :, :3]


def write(path: Path, pixels: Pixels) -> None:
    """With a palette of the commonest colours; a rarer one becomes the nearest of them."""
    height, width, _ = pixels.shape
    packed = (pixels.astype(np.uint32) * np.array([65536, 256, 1], np.uint32)).sum(axis=2, dtype=np.uint32)
    colours, index, counts = np.unique(packed, return_inverse=True, return_counts=True)
    split = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.int64)
    palette = split[np.argsort(-counts)[:_COLOURS]]
    nearest = np.array([((palette - colour) ** 2).sum(axis=1).argmin() for colour in split], np.uint8)
    lines = np.zeros((height, 1 + width), np.uint8)
    lines[:, 1:] = nearest[index.reshape(height, width)]
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    path.write_bytes(_MAGIC + b"".join(_chunk(kind, body) for kind, body in chunks))


def _unfiltered(kind: int, line: Pixels, above: Pixels) -> Pixels:
    """One line as it was before PNG's filter."""
    if kind == 0:
        return line.copy()
    if kind == 1:
        return np.cumsum(line, axis=0, dtype=np.uint8)
    if kind == 2:
        return line + above
    done = np.zeros((len(line) + 1, line.shape[1]), np.int64)
    up = np.vstack([np.zeros((1, line.shape[1]), np.int64), above.astype(np.int64)])
    for x in range(1, len(line) + 1):
        left, over, corner = done[x - 1], up[x], up[x - 1]
        if kind == 3:
            guess = (left + over) // 2
        else:
            straight = left + over - corner
            a, b, c = abs(straight - left), abs(straight - over), abs(straight - corner)
            guess = np.where((a <= b) & (a <= c), left, np.where(b <= c, over, corner))
        done[x] = (line[x - 1] + guess) & 255
    return done[1:].astype(np.uint8)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert data.startswith(_MAGIC)
    at = len(_MAGIC)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
