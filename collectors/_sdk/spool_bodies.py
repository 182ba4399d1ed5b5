"""A body as the spool holds it: admitted records with their hashes, never what was sent. Pure.

The partition is not in it: it is chosen when the broker is back and says how many there are. Compressed with
zstd, since the names of fields and labels repeat: 512 events take 30 bytes each instead of 320, in less time
than the disk saves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import cramjam
import msgspec

from collectors._sdk.admission import Admitted, RefusedEvent
from collectors._sdk.kind import Kind
from collectors._sdk.refusing import kept_field
from collectors._sdk.spool_frames import Frame

VERSION: Final = 1
_LEVEL: Final = 1


class NotReadable(ValueError):
    """A body of the spool that this release cannot read: of a later one, or damaged before it was written."""

    reason = "spool_unreadable"


class _Refused(msgspec.Struct, array_like=True, frozen=True):
    index: int
    reason: str
    field: str
    digest: int


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    """Fields are append-only. ``kind``: its noun. ``records``: an array of the kind's records."""

    version: int
    kind: str
    source_key: str
    records: msgspec.Raw
    refused: list[_Refused]


class Spooled(msgspec.Struct, frozen=True):
    """A body to be delivered once more. ``accepted_us``: when it was answered, since 1970."""

    admitted: Admitted
    accepted_us: int


_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(_Stored).decode


def to_frame(admitted: Admitted, accepted_us: int) -> Frame:
    """Aliases are left out: they follow from the records."""
    kind = admitted.kind
    refused = [
        _Refused(r.index, r.reason, kept_field(r.field, kind.model), r.digest) for r in admitted.refused
    ]
    stored = _Stored(VERSION, kind.noun, admitted.source_key, msgspec.Raw(_pack(admitted.records)), refused)
    return Frame(
        len(admitted.records) + len(refused), accepted_us, bytes(cramjam.zstd.compress(_pack(stored), _LEVEL))
    )


def from_frame(frame: Frame, kinds: Iterable[Kind[Any, Any]]) -> Spooled:
    """Raises NotReadable."""
    try:
        stored = _unpack(bytes(cramjam.zstd.decompress(frame.payload)))
        kind = next((kind for kind in kinds if kind.noun == stored.kind), None)
        if stored.version != VERSION or kind is None:
            raise NotReadable(f"spooled body of version {stored.version}: start the release that wrote it")
        records = _unpack_records(kind.stored, stored.records)
    except (msgspec.MsgspecError, cramjam.DecompressionError):
        raise NotReadable(
            "spooled body: no record of this release; start the release that wrote it"
        ) from None
    admitted = Admitted(
        kind,
        stored.source_key,
        records,
        [RefusedEvent(r.index, r.reason, r.field, "", r.digest) for r in stored.refused],
        [alias for record in records for alias in kind.aliases(record)],
    )
    return Spooled(admitted, frame.accepted_us)


def _unpack_records(record: type[Any], packed: msgspec.Raw) -> list[Any]:
    found: list[Any] = msgspec.msgpack.decode(packed, type=list[record])  # type: ignore[valid-type]
    return found
