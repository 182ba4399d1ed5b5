"""What OTLP/HTTP prescribes as answers, in the encoding of the request. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from collectors._sdk.receiver import Reply, Wording

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
_MOST_SHOWN: Final = 3
#: HTTP status -> code of google.rpc.Status.
_CODES: Final = {400: 3, 401: 16, 408: 4, 413: 8, 415: 3, 429: 8, 503: 14}
_UNKNOWN: Final = 2
_encode: Final = msgspec.json.Encoder().encode


def taken(content_type: str, refused: int, messages: Sequence[str]) -> Reply:
    """ExportTraceServiceResponse, with partial_success where spans were refused by themselves."""
    message = "; ".join(dict.fromkeys(messages[:_MOST_SHOWN])) if refused else ""
    if content_type == PROTOBUF:
        response = ExportTraceServiceResponse()
        if refused:
            partial = ExportTracePartialSuccess(rejected_spans=refused, error_message=message)
            response.partial_success.CopyFrom(partial)
        return Reply(200, response.SerializeToString(), PROTOBUF)
    said = {"partialSuccess": {"rejectedSpans": str(refused), "errorMessage": message}} if refused else {}
    return Reply(200, _encode(said), JSON)


def problem(content_type: str, status: int, reason: str, message: str) -> Reply:
    """google.rpc.Status; in JSON with the reason beside it."""
    code = _CODES.get(status, _UNKNOWN)
    if content_type == PROTOBUF:
        return Reply(status, _status(code, f"{reason}: {message}"), PROTOBUF)
    return Reply(status, _encode({"code": code, "message": message, "reason": reason}), JSON)


def _status(code: int, message: str) -> bytes:
    """The two fields of google.rpc.Status that say something: 1, a varint, and 2, a text."""
    text = message.encode()
    return bytes((0x08, code, 0x12)) + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


WORDING: Final = Wording(taken, problem)
