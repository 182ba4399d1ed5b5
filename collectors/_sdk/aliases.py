"""Further ids by which an outcome may know a request, as columns in the partition of the alias. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import numpy as np

from collectors._sdk.kind import Alias, Route, Stamp
from stream.contract.records import Aliases, encode_record
from stream.contract.topics import TELEMETRY


def _encode(aliases: Sequence[Alias], stamp: Stamp) -> bytes:
    return encode_record(
        Aliases(
            stamp.accepted_us,
            np.array([a.alias for a in aliases], "<u8").tobytes(),
            np.array([a.identity for a in aliases], "<u8").tobytes(),
            np.array([a.time_us for a in aliases], "<i8").tobytes(),
        )
    )


ALIASES: Final = Route[Alias](TELEMETRY, attrgetter("alias"), _encode, events=False)
