"""POST /v1/traces: OTLP over HTTP, as SDKs and the OpenTelemetry Collector send it."""

from __future__ import annotations

from typing import Final

from collectors._sdk.errors import Refused
from collectors._sdk.json_items import too_many
from collectors._sdk.receiver import Body, Receiver
from collectors.otlp.answers import JSON, PROTOBUF, WORDING
from collectors.otlp.counting import counted
from collectors.otlp.json_spans import read_json
from collectors.otlp.protobuf import read_protobuf
from collectors.otlp.span import Span
from collectors.otlp.translate import translate


def split(body: Body, most: int) -> list[object]:
    """The spans of a body that count, and a Refused for each that cannot be read. Raises BodyRefused."""
    read: list[Span | Refused] = []
    read += read_protobuf(body.raw) if body.content_type == PROTOBUF else read_json(body.raw)
    spans = [span for span in read if isinstance(span, Span)]
    items: list[object] = [*counted(spans), *(item for item in read if isinstance(item, Refused))]
    if len(items) > most:
        raise too_many(most)
    return items


RECEIVER: Final = Receiver(
    name="otlp",
    path="/v1/traces",
    translate=translate,
    split=split,
    content_types=frozenset({PROTOBUF, JSON}),
    wording=WORDING,
)
