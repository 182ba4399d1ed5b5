"""What validation finds wrong, as a Refused: reason, field and mend, never what was sent. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from collectors._sdk.errors import Refused
from collectors._sdk.kind import Kind
from stream.contract.judgement_events import FieldMistake
from stream.contract.leaves import UNITS, USAGE_KEYS
from stream.contract.names import looks_like_secret

_WRONG_TYPE: Final = re.compile(r".*_(type|parsing)|int_from_float|date.*_parsing.*")
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")
_INNER: Final = {"usage": frozenset(USAGE_KEYS), "units": frozenset(UNITS)}
_MENDS: Final = {
    "missing": "is missing; send it",
    "timezone_aware": "has no zone; send RFC 3339 with its zone, such as 2026-12-24T18:30:00Z",
}


def refusal_of(error: ValidationError, kind: Kind[Any, Any]) -> Refused:
    """The first thing that is wrong with an event of a kind."""
    found = error.errors(include_url=False, include_input=False)
    first = next((item for item in found if _reason(item) == "looks_like_secret"), found[0])
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, FieldMistake):
        return Refused("invalid_value", cause.field, str(cause))
    field = ".".join(_step(part) for part in first["loc"] if part != "[key]")
    return Refused(_reason(first), field, _message(first, kind))


def _reason(item: Any) -> str:
    kind = str(item["type"])
    if kind == "missing":
        return "missing_field"
    if kind == "extra_forbidden":
        return "unknown_field"
    if kind == "value_error":
        return "looks_like_secret" if "looks like a secret" in item["msg"] else "invalid_value"
    return "invalid_type" if _WRONG_TYPE.fullmatch(kind) else "invalid_value"


def _message(item: Any, kind: Kind[Any, Any]) -> str:
    wrong = str(item["type"])
    if wrong == "extra_forbidden":
        return f"is no field of the {kind.noun}; leave it out (GET {kind.schema_path} lists the fields)"
    said = str(item["msg"]).removeprefix("Value error, ")
    return _MENDS.get(wrong) or said[:1].lower() + said[1:]


def _step(part: str | int) -> str:
    """A step to a field as it may be told to who sent it: nothing that could be content or a secret."""
    if isinstance(part, int):
        return str(part)
    return part if _KEY.fullmatch(part) and not looks_like_secret(part) else "?"


def kept_field(field: str, model: type[BaseModel]) -> str:
    """What of a field's name may be kept: names of our own schema, never one that a source made up."""
    first, *rest = field.split(".", 1)
    if first not in model.model_fields:
        return ""
    if first in _INNER and rest and rest[0] in _INNER[first]:
        return f"{first}.{rest[0]}"
    return first
