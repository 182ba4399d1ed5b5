"""Reading the override file: YAML with decimals kept exact, errors that name file, line, field and mend."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from stream.contract.exact_yaml import line_of, load_exactly
from stream.pricing.errors import OverrideError
from stream.pricing.schema import FLAT, TIERED, Overrides

MAX_FILE_BYTES = 4_000_000


def load_overrides(path: Path) -> Overrides:
    """Overrides of a file. Raises OverrideError."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise OverrideError([f"{path}: larger than {MAX_FILE_BYTES} bytes; is it the right file?"])
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise OverrideError([f"{path}: {error.strerror}; name a readable file"]) from None
    except UnicodeDecodeError:
        raise OverrideError([f"{path}: is not UTF-8; save it so"]) from None
    return parse_overrides(text, str(path))


def parse_overrides(text: str, name: str = "overrides") -> Overrides:
    """Overrides written as YAML; ``name`` is what errors call the text. Raises OverrideError."""
    try:
        document = load_exactly(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise OverrideError([f"{name}:{line}: not YAML: {error.problem or error.context}"]) from None
    except (YAMLError, ValueError) as error:
        raise OverrideError([f"{name}: not YAML: {str(error).splitlines()[0]}"]) from None
    if document is None:
        return Overrides()
    if not isinstance(document, CommentedMap):
        raise OverrideError([f"{name}:1: a mapping with `overrides:` is expected"])
    try:
        return Overrides.model_validate(document)
    except ValidationError as error:
        raise OverrideError([_problem(name, document, item) for item in error.errors()]) from None


def _problem(name: str, document: CommentedMap, item: Any) -> str:
    path = [part for part in item["loc"] if not _is_branch(part)]
    line, known = line_of(document, path)
    field = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    message = str(item["msg"]).removeprefix("Value error, ")
    value = item["input"]
    said = f" {value!s:.60}" if known and isinstance(value, str | int | Decimal) else ""
    return f"{name}:{line}: {field or 'file'}:{said} {message}"


def _is_branch(part: object) -> bool:
    """Names of union members and key markers, which pydantic puts into a location but no file contains."""
    return part in (FLAT, TIERED, "[key]")
