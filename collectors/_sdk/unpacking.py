"""Takes a body's chunks, decompresses them and stops at the bounds: a bomb is never held. Pure."""

from __future__ import annotations

import zlib
from typing import Any, Final

from collectors._sdk.errors import BodyRefused

_GZIP: Final = 16 + zlib.MAX_WBITS
ENCODINGS: Final = ("identity", "gzip", "deflate")


class Unpacker:
    """One body. ``encoding``: its Content-Encoding; ``most_bytes`` as sent, ``most_unpacked_bytes`` after it.

    Raises BodyRefused: 413 beyond a bound, 415 for an encoding that is not known, 400 for one that is broken.
    """

    def __init__(self, encoding: str, most_bytes: int, most_unpacked_bytes: int) -> None:
        self._encoding = encoding.strip().lower().replace("x-gzip", "gzip") or "identity"
        if self._encoding not in ENCODINGS:
            raise BodyRefused(
                415, "unsupported_encoding", f"content-encoding: only {', '.join(ENCODINGS)} are known"
            )
        self._most, self._most_unpacked = most_bytes, most_unpacked_bytes
        self._taken = 0
        self._chunks: list[bytes] = []
        self.held_bytes = 0
        self._stream: Any = None

    def take(self, chunk: bytes) -> None:
        """The next chunk as it was sent."""
        self._taken += len(chunk)
        if self._taken > self._most:
            raise too_large(self._most, "")
        if self._encoding == "identity":
            self._hold(chunk)
            return
        try:
            self._inflate(chunk)
        except zlib.error:
            raise self._broken() from None

    def end(self) -> bytes:
        """The whole body. Gives up what it held."""
        if self._encoding != "identity" and self._taken and (self._stream is None or not self._stream.eof):
            raise self._broken()
        chunks, self._chunks = self._chunks, []
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _inflate(self, chunk: bytes) -> None:
        while chunk:
            if self._stream is None or self._stream.eof:
                self._stream = self._open(chunk)
            room = self._most_unpacked - self.held_bytes
            self._hold(self._stream.decompress(chunk, room + 1))
            chunk = self._stream.unconsumed_tail or self._stream.unused_data

    def _open(self, chunk: bytes) -> Any:
        """gzip may have members one after the other; deflate comes with its zlib header, or without."""
        if self._encoding == "gzip":
            return zlib.decompressobj(_GZIP)
        if self._stream is not None:
            raise zlib.error("something follows the stream")
        return zlib.decompressobj(zlib.MAX_WBITS if chunk[0] & 0x0F == 8 else -zlib.MAX_WBITS)

    def _hold(self, chunk: bytes) -> None:
        self.held_bytes += len(chunk)
        if self.held_bytes > self._most_unpacked:
            raise too_large(self._most_unpacked, " when decompressed")
        if chunk:
            self._chunks.append(chunk)

    def _broken(self) -> BodyRefused:
        return BodyRefused(
            400, "broken_encoding", f"content-encoding: the body is not whole {self._encoding}; send it again"
        )


def too_large(most_bytes: int, when: str) -> BodyRefused:
    return BodyRefused(
        413, "too_large", f"the body is larger than {most_bytes} bytes{when}; send the events in several"
    )
