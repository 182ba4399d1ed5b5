"""An item of the outcomes receiver is the public outcome already. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from collectors._sdk.receiver import as_object


def translate(item: object) -> Mapping[str, object]:
    """Raises Refused."""
    return as_object(item, "outcome")
