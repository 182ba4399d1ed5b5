"""An item of the events receiver to the usage event: it is one already, or lies in a CloudEvent. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from collectors._sdk.errors import Refused
from collectors.events.cloudevents import CloudEvent, to_usage_event


def translate(item: object) -> Mapping[str, object]:
    """Raises Refused."""
    if isinstance(item, CloudEvent):
        return to_usage_event(item)
    if not isinstance(item, dict):
        raise Refused("invalid_type", "", "is no usage event; send a JSON object")
    return item
