"""The derivation: every figure with its formula, its source and its parts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from stream.roi.figure import Figure, Source
from stream.roi.ranges import Range, product, return_on, total

Operation = Literal["input", "sum", "product", "lower", "return"]
_SIGNS: Final = {"sum": " + ", "product": " × ", "lower": ", "}


@dataclass(frozen=True)
class Node:
    """``value``: None where not measured, or (of a return) where there is no cost yet. ``source``: of inputs.
    ``origin``: field of the programme, or query of the ledger, that an input comes from. ``cause``: why a
    factor discounts, in one word; no product discounts twice for one cause. ``reason``: the same in words.
    """

    name: str
    value: Range | None
    unit: str
    operation: Operation = "input"
    source: Source | None = None
    origin: str = ""
    cause: str = ""
    reason: str = ""
    children: tuple[Node, ...] = ()

    @property
    def formula(self) -> str:
        """How it is made of its children; empty for inputs."""
        names = [child.name for child in self.children]
        if self.operation == "return":
            return "(benefits − (TCO + risks)) ÷ TCO"
        if self.operation == "lower":
            return f"the lower of {' and '.join(names)}"
        return _SIGNS[self.operation].join(names) if names and self.operation in _SIGNS else ""

    def walk(self) -> Iterator[Node]:
        """This node, then all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def figure(name: str, given: Figure, unit: str, origin: str) -> Node:
    """An input that the programme states."""
    return Node(name, given.range, unit, source=given.source, origin=origin, reason=given.method)


def factor(name: str, value: Range, cause: str, reason: str, origin: str = "") -> Node:
    """An input that discounts, and why."""
    return Node(name, value, "×", origin=origin, cause=cause, reason=reason)


def sum_of(name: str, unit: str, children: Sequence[Node]) -> Node:
    """Sum of what is known: a part that is not measured stays visible and adds nothing."""
    known = [child.value for child in children if child.value is not None]
    return Node(name, total(known), unit, "sum", children=tuple(children))


def product_of(name: str, unit: str, children: Sequence[Node]) -> Node:
    """Product; not measured when one of its parts is not."""
    values = [child.value for child in children if child.value is not None]
    value = product(values) if len(values) == len(children) else None
    return Node(name, value, unit, "product", children=tuple(children))


def lower_of(name: str, one: Node, other: Node, cause: str, reason: str) -> Node:
    """Two factors for one cause: the lower one alone applies."""
    assert one.value is not None and other.value is not None
    value = one.value.at_most(other.value)
    return Node(name, value, "×", "lower", cause=cause, reason=reason, children=(one, other))


def return_of(benefits: Node, tco: Node, risks: Node) -> Node:
    """The ROI as a ratio."""
    assert benefits.value is not None and tco.value is not None and risks.value is not None
    value = return_on(benefits.value, tco.value, risks.value)
    return Node("ROI", value, "ratio", "return", children=(benefits, tco, risks))
