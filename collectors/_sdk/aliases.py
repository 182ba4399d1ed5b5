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
    alias, identity, time_us = zip(*aliases, strict=True)
    return encode_record(
        Aliases(
            stamp.accepted_us,
            np.array(alias, "<u8").tobytes(),
            np.array(identity, "<u8").tobytes(),
            np.array(time_us, "<i8").tobytes(),
        )
    )


ALIASES: Final = Route[Alias](TELEMETRY, attrgetter("alias"), _encode, events=False)
