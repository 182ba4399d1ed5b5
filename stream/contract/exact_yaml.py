"""YAML with decimals kept exact, and the line on which a field stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.nodes import ScalarNode


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


def load_exactly(text: str) -> Any:
    """A document, its dates left as text. Raises ruamel.yaml's YAMLError, ValueError."""
    yaml = YAML(typ="rt")
    yaml.Constructor = _ExactConstructor
    return yaml.load(text)


def line_of(document: Any, path: Sequence[str | int]) -> tuple[int, bool]:
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
