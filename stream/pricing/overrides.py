"""Reading the override file: YAML with decimals kept exact, errors that name file, line, field and mend."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode

from stream.pricing.errors import OverrideError
from stream.pricing.schema import FLAT, TIERED, Overrides

MAX_FILE_BYTES = 4_000_000


class _ExactConstructor(RoundTripConstructor):
    """Reads 0.1 as the decimal that was written, not as the nearest binary fraction."""

    def construct_yaml_float(self, node: ScalarNode) -> Any:
        text = self.construct_scalar(node).replace("_", "")
        try:
            return Decimal(text)
        except InvalidOperation:  # .inf and .nan: refused by the schema
            return text

    def construct_yaml_timestamp(self, node: ScalarNode, values: Any = None) -> Any:
        return self.construct_scalar(node)  # the schema reads dates, and says which field holds a bad one


_ExactConstructor.add_constructor("tag:yaml.org,2002:float", _ExactConstructor.construct_yaml_float)
_ExactConstructor.add_constructor("tag:yaml.org,2002:timestamp", _ExactConstructor.construct_yaml_timestamp)


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
    yaml = YAML(typ="rt")
    yaml.Constructor = _ExactConstructor
    try:
        document = yaml.load(text)
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
    line, known = _line(document, path)
    field = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    message = str(item["msg"]).removeprefix("Value error, ")
    value = item["input"]
    said = f" {value!s:.60}" if known and isinstance(value, str | int | Decimal) else ""
    return f"{name}:{line}: {field or 'file'}:{said} {message}"


def _is_branch(part: object) -> bool:
    """Names of union members and key markers, which pydantic puts into a location but no file contains."""
    return part in (FLAT, TIERED, "[key]")


def _line(document: Any, path: Sequence[str | int]) -> tuple[int, bool]:
    """(line, from 1, of the innermost part of ``path`` that the document holds; whether it holds all)."""
    line, node = 1, document
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
        else:
            return line, False
        node = node[part]
    return line, True
