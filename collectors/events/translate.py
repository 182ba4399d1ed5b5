"""An item of the events receiver to the usage event: it is one already, or lies in a CloudEvent. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from collectors._sdk.receiver import as_object
from collectors.events.cloudevents import CloudEvent, to_usage_event


def translate(item: object) -> Mapping[str, object]:
    """Raises Refused."""
    if isinstance(item, CloudEvent):
        return to_usage_event(item)
    return as_object(item, "usage event")
