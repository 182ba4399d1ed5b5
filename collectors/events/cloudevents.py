"""CloudEvents 1.0 over HTTP, in all modes: the envelope's source and id are the event's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from collectors._sdk.errors import Refused

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_HEADER: Final = "ce-"
_VERSION: Final = "1.0"


@dataclass(frozen=True)
class CloudEvent:
    """``context``: the envelope's attributes; ``data``: the usage event it carries."""

    context: Mapping[str, object]
    data: object


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether the envelope is in the headers and the body is its data alone."""
    return f"{_HEADER}specversion" in headers


def from_headers(headers: Mapping[str, str], data: object) -> CloudEvent:
    """Binary mode; values are percent-encoded."""
    context: dict[str, object] = {
        name.removeprefix(_HEADER): unquote(value)
        for name, value in headers.items()
        if name.startswith(_HEADER)
    }
    return CloudEvent(context, data)


def from_envelope(item: object) -> CloudEvent:
    """Structured mode. Raises Refused."""
    if not isinstance(item, dict):
        raise Refused("invalid_type", "", "is no CloudEvent; send an object")
    if "data_base64" in item:
        raise Refused("invalid_type", "data_base64", "send the usage event as JSON in data")
    if "data" not in item:
        raise Refused("missing_field", "data", "is missing; send the usage event in it")
    return CloudEvent({name: value for name, value in item.items() if name != "data"}, item["data"])


def to_usage_event(cloud_event: CloudEvent) -> Mapping[str, object]:
    """The usage event in ``data``, with the envelope's source, id and, where it has none, time.

    Raises Refused.
    """
    context, data = cloud_event.context, cloud_event.data
    if not isinstance(data, dict):
        raise Refused("invalid_type", "data", "is no object; send one usage event in each CloudEvent")
    if context.get("specversion") != _VERSION:
        raise Refused("invalid_value", "specversion", f"is not {_VERSION}; send CloudEvents {_VERSION}")
    event = dict(data)
    for attribute, name in (("id", "event_id"), ("source", "source")):
        value = context.get(attribute)
        if value is None:
            raise Refused("missing_field", attribute, "is missing; a CloudEvent must have it")
        if event.get(name) not in (None, value):
            raise Refused("invalid_value", name, f"differs from the CloudEvent's {attribute}; leave it out")
        event[name] = value
    if event.get("time") is None and context.get("time") is not None:
        event["time"] = context["time"]
    return event
