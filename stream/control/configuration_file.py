"""Reading a configuration file: errors name file, line, field and mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node

from stream.contract.configuration import Configuration
from stream.control.configuration_schema import ConfigurationFile
from stream.control.errors import ConfigurationInvalid
from stream.pricing import (
    OverrideError,
    Overrides,
    compile_book,
    encode_book,
    load_overrides,
    parse_overrides,
)

MAX_FILE_BYTES: Final = 4_000_000
_OF_PRICES: Final = ("overrides", "deployments", "provider_aliases")
_FIELDS: Final = ", ".join(ConfigurationFile.model_fields)


def load_configuration(path: Path) -> Configuration:
    """The configuration that a file describes, with the installed price catalogue.

    Raises ConfigurationInvalid.
    """
    text = _text(path)
    document = _document(text, str(path))
    try:
        file = ConfigurationFile.model_validate(document)
    except ValidationError as error:
        raise ConfigurationInvalid([_problem(path, document, item) for item in error.errors()]) from None
    try:
        book = compile_book(_overrides(path, text, document, file.prices))
    except OverrideError as error:
        raise ConfigurationInvalid(error.problems) from None
    return Configuration(
        price_book=encode_book(book),
        cost_policy=file.cost_policy,
        zone=file.zone,
        bounds=file.all_bounds(),
        declared={label: file.declared[label] for label in sorted(file.declared)},
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigurationInvalid([f"{path}: larger than {MAX_FILE_BYTES} bytes; is it the right file?"])
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationInvalid([f"{path}: {error.strerror}; name a readable file"]) from None
    except UnicodeDecodeError:
        raise ConfigurationInvalid([f"{path}: is not UTF-8; save it so"]) from None


def _document(text: str, name: str) -> CommentedMap:
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = error.problem or error.context
        raise ConfigurationInvalid([f"{name}:{line}: not YAML: {said}; mend the line"]) from None
    except (YAMLError, ValueError) as error:
        raise ConfigurationInvalid([f"{name}: not YAML: {str(error).splitlines()[0]}"]) from None
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise ConfigurationInvalid([f"{name}:1: a mapping is expected, with {_FIELDS}"])
    return document


def _overrides(path: Path, text: str, document: CommentedMap, prices: object) -> Overrides | None:
    """Overrides of a file beside ``path``, or inline; inline ones keep their lines in what errors say."""
    if prices is None:
        return None
    if isinstance(prices, str):
        return load_overrides(path.parent / prices)
    node = _node(text, "prices")
    if not isinstance(node, MappingNode):
        line = document.lc.key("prices")[0] + 1
        raise ConfigurationInvalid(
            [f"{path}:{line}: prices: name an override file, or write a mapping with {', '.join(_OF_PRICES)}"]
        )
    begin, end = node.start_mark, node.end_mark
    return parse_overrides("\n" * begin.line + " " * begin.column + text[begin.index : end.index], str(path))


def _node(text: str, key: str) -> Node | None:
    """The node that a key of the outermost mapping has."""
    root = YAML(typ="rt").compose(text)
    pairs = root.value if isinstance(root, MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _problem(path: Path, document: CommentedMap, item: Any) -> str:
    """One error of pydantic as a line for people."""
    parts = [part for part in item["loc"] if part != "[key]"]
    line = 1
    node: Any = document
    for part in parts:
        if not isinstance(node, CommentedMap) or part not in node:
            break
        line, node = node.lc.key(part)[0] + 1, node[part]
    field = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in parts) or "file"
    return f"{path}:{line}: {field}:{_said(item)}"


def _said(item: Any) -> str:
    if item["type"] == "extra_forbidden":
        name = item["loc"][-1]
        if name == "window_days":
            return " a log keeps the window it was made with; see `tokonomics topics create --window-days`"
        if name in _OF_PRICES:
            return " belongs into an override file; name that file with `prices: FILE`"
        return f" is no field of this file; one of {_FIELDS}"
    value = item["input"]
    shown = f" {value!s:.60}" if isinstance(value, str | int | float) else ""
    return f"{shown} {str(item['msg']).removeprefix('Value error, ')}"
