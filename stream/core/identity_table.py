"""Which requests and events are known: a vectorised open-addressing table with a payload per identity."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads keys that share low bits
_SMALLEST_BITS: Final = 12
_FILL: Final = 0.6

#: Payload of an identity. ``event``: hash of the event that was counted; ``cost``: nano-USD counted;
#: ``hour`` of its time (hours since 1970); ``label``: id in the label book; ``last_day``: newest day on
#: which an event of it fell; ``event_day``: on which the counted event came again, 0 never; ``flags``: below.
PAYLOAD: Final = np.dtype(
    [
        ("event", "<u8"),
        ("cost", "<i8"),
        ("hour", "<i4"),
        ("label", "<i4"),
        ("last_day", "<u2"),
        ("event_day", "<u2"),
        ("flags", "u1"),
    ]
)
USAGE_MISSING: Final = 1  #: its usage is unknown and no copy has brought it
AUXILIARY: Final = 2  #: not a request: the event of a copy, or a refusal


class IdentityTable:
    """Hash -> payload. Holds every hash, 0 included; the caller sets the payload of what is new.

    Rows of the payload arrays are stable until ``sweep``.
    """

    def __init__(self) -> None:
        self.size = 0
        self._allocate(_SMALLEST_BITS)
        self.event = np.zeros(1024, "<u8")
        self.cost = np.zeros(1024, "<i8")
        self.hour = np.zeros(1024, "<i4")
        self.label = np.zeros(1024, "<i4")
        self.last_day = np.zeros(1024, "<u2")
        self.event_day = np.zeros(1024, "<u2")
        self.flags = np.zeros(1024, "u1")

    @property
    def nbytes(self) -> int:
        """Bytes held by slots and payload."""
        payload = sum(getattr(self, name).nbytes for name in PAYLOAD.names or ())
        return int(self._keys.nbytes + self._rows.nbytes + payload)

    def add(self, keys: U64) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Find or insert (n,) uint64 keys. Returns payload rows (n,) and whether each is its key's first.

        A key that stands several times in ``keys`` is new at its first position only.
        """
        unique, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        self._reserve(len(unique))
        before = self.size
        rows = self._probe(unique)
        new = np.zeros(len(keys), np.bool_)
        new[first[rows >= before]] = True
        return rows[inverse], new

    def find(self, keys: U64) -> NDArray[np.int64]:
        """Payload rows (n,) of (n,) keys, -1 where a key is not held."""
        mask = np.int64((1 << self._bits) - 1)
        position = ((keys * _MULTIPLIER) >> np.uint64(64 - self._bits)).astype(np.int64)
        rows = np.full(len(keys), -1, np.int64)
        todo = np.arange(len(keys))
        while len(todo):
            found = self._rows[position[todo]]
            hit = (found >= 0) & (self._keys[position[todo]] == keys[todo])
            rows[todo[hit]] = found[hit]
            todo = todo[~hit & (found >= 0)]
            position[todo] = (position[todo] + 1) & mask
        return rows

    def remember(
        self, keys: U64, days: NDArray[np.int64] | int
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Remember (n,) keys that are not requests until ``days`` leave the window. Returns as ``add``."""
        row, new = self.add(keys)
        self.flags[row[new]] = AUXILIARY
        np.maximum.at(self.last_day, row, np.broadcast_to(np.asarray(days, np.uint16), row.shape))
        return row, new

    def sweep(self, horizon_day: int) -> None:
        """Forget every key whose ``last_day`` lies before ``horizon_day``."""
        keep = self.last_day[: self.size] >= horizon_day
        if keep.all():
            return
        keys = self._keys_by_row()[keep]
        for name in PAYLOAD.names or ():
            column = getattr(self, name)
            kept = column[: self.size][keep]
            setattr(self, name, np.concatenate([kept, np.zeros(1024, column.dtype)]))
        self._rehash(keys, _bits_for(len(keys)))

    def _allocate(self, bits: int) -> None:
        self._bits = bits
        self._keys = np.zeros(1 << bits, np.uint64)
        self._rows = np.full(1 << bits, -1, np.int32)

    def _keys_by_row(self) -> U64:
        used = self._rows >= 0
        keys = np.zeros(self.size, np.uint64)
        keys[self._rows[used]] = self._keys[used]
        return keys

    def _reserve(self, more: int) -> None:
        needed = self.size + more
        if needed > len(self.event):
            grow = max(needed - len(self.event), len(self.event) // 2)
            for name in PAYLOAD.names or ():
                column = getattr(self, name)
                setattr(self, name, np.concatenate([column, np.zeros(grow, column.dtype)]))
        if needed > _FILL * (1 << self._bits):
            self._rehash(self._keys_by_row(), _bits_for(needed * 3 // 2))

    def _rehash(self, keys: U64, bits: int) -> None:
        """Slots for distinct keys, the i-th of which has payload row i."""
        self._allocate(bits)
        self.size = len(keys)
        for start in range(0, len(keys), 65_536):  # in pieces: the probe's arrays stay in cache
            chunk = keys[start : start + 65_536]
            self._probe(chunk, np.arange(start, start + len(chunk)))

    def _probe(self, keys: U64, given: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Rows of distinct keys. Those that are absent get the row ``given``, else the next free ones."""
        mask = np.int64((1 << self._bits) - 1)
        position = ((keys * _MULTIPLIER) >> np.uint64(64 - self._bits)).astype(np.int64)
        rows = np.empty(len(keys), np.int64)
        todo = np.arange(len(keys))
        while len(todo):
            at = position[todo]
            found = self._rows[at]
            done = (found >= 0) & (self._keys[at] == keys[todo])
            rows[todo[done]] = found[done]
            empty = np.flatnonzero(found < 0)
            if len(empty):
                # several keys may claim one slot: the last to write it has it, the others go on
                self._keys[at[empty]] = keys[todo[empty]]
                won = empty[self._keys[at[empty]] == keys[todo[empty]]]
                if given is not None:
                    taken = given[todo[won]]
                else:
                    taken = np.arange(self.size, self.size + len(won))
                    self.size += len(won)
                self._rows[at[won]] = taken
                rows[todo[won]] = taken
                done[won] = True
            todo = todo[~done]
            position[todo] = (position[todo] + 1) & mask
        return rows


def _bits_for(keys: int) -> int:
    return max(_SMALLEST_BITS, int(np.ceil(np.log2(max(keys, 1) / _FILL))))
