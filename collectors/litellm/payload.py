"""Reading LiteLLM's payload: values by name, typed or absent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collectors._sdk.errors import Refused

Payload = Mapping[str, object]
_NOTHING: Final[Payload] = {}


def inner(payload: Payload, *path: str) -> Payload:
    """The object at ``path``, empty where there is none."""
    found: object = payload
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else _NOTHING


def text(payload: Payload, name: str) -> str:
    """The text at ``name``, "" where there is none."""
    found = payload.get(name)
    return found.strip() if isinstance(found, str) else ""


def number(payload: Payload, name: str) -> float | None:
    """The finite number at ``name``. Raises Refused for anything else but null."""
    found = payload.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Refused("invalid_type", name, "is no number; send LiteLLM's standard logging payload")
    if not -1e15 < found < 1e15:  # NaN as well
        raise Refused("invalid_value", name, "is no plausible number")
    return float(found)


def count(payload: Payload, name: str) -> int:
    """The whole number at ``name``, 0 where there is none. Raises Refused."""
    found = number(payload, name)
    if found is None:
        return 0
    if found < 0 or found != int(found):
        raise Refused("invalid_value", name, "is no count; send whole numbers from 0")
    return int(found)
