"""An estimate for people (a tree) and for machines (JSON-like). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from stream.roi import Estimate, Node, Range, day_of
from stream.roi.rounding import rounded, short

Locate = Callable[[str], str]


def summary(found: Estimate) -> Iterator[str]:
    """Readings side by side, hours, what is not measured, and warnings."""
    whose = found.department or "programme"
    since, until = day_of(found.period.since_hour), found.period.last_day
    without = f"; without {len(found.missing)} figures that are not measured" if found.missing else ""
    yield f"ROI of {whose}, {since} to {until} (UTC); low, central, high{without}"
    for reading in found.readings:
        yield f"  {reading.policy.name:<52} {roi(reading.roi)}"
    plain = found.reading("as_measured")
    yield f"  benefits {amount(plain.benefits)} {found.currency}"
    for source, part in plain.by_source.items():
        yield f"    of the benefits {source}: {amount(part)} {found.currency}"
    yield f"  TCO {amount(plain.tco)} {found.currency}; risks, apart, {amount(plain.risks)} {found.currency}"
    yield f"  hours saved {_hours(found)}"
    yield f"  ×2 ÷ 2 test: {found.verdict}"
    for said in found.missing:
        yield f"  not measured: {said}"
    for said in found.warnings:
        yield f"  note: {said}"


def derivation(node: Node, locate: Locate) -> Tree:
    """The node and all below it, each with its formula or its source."""
    tree = Tree(escape(_line(node, locate)))
    _grow(tree, node, locate)
    return tree


def as_json(found: Estimate, locate: Locate) -> dict[str, Any]:
    """Values as exact decimals to 9 places, in text."""
    return {
        "currency": found.currency,
        "department": found.department,
        "since_hour": found.period.since_hour,
        "until_hour": found.period.until_hour,
        "verdict": found.verdict,
        "readings": {
            reading.policy.key: {
                "name": reading.policy.name,
                "roi": _ends(reading.roi),
                "net": _ends(reading.net),
                "benefits_by_source": {source: _ends(part) for source, part in reading.by_source.items()},
                "derivation": _node(reading.tree, locate),
            }
            for reading in found.readings
        },
        "hours": found.hours and {name: _ends(part) for name, part in vars(found.hours).items()},
        "missing": list(found.missing),
        "warnings": list(found.warnings),
    }


def _hours(found: Estimate) -> str:
    if found.hours is None:
        return "not measured"
    gross, net, prudent, measured = (amount(part) for part in vars(found.hours).values())
    return f"{gross}, measured of it {measured}; put to other use {net}, where that is measured {prudent}"


def roi(value: Range | None) -> str:
    """Whole per cent."""
    return "no cost yet" if value is None else ", ".join(f"{round(end * 100)} %" for end in value.ends)


def amount(value: Range) -> str:
    """One number where there is no doubt, else low, central, high."""
    ends = value.ends[:1] if value.low == value.high else value.ends
    return " / ".join(short(end) for end in ends)


def _grow(tree: Tree, node: Node, locate: Locate) -> None:
    for child in node.children:
        _grow(tree.add(escape(_line(child, locate))), child, locate)


def _line(node: Node, locate: Locate) -> str:
    if node.operation == "return":
        value = roi(node.value)
    else:
        value = "not measured" if node.value is None else f"{amount(node.value)} {node.unit}"
    formula = f" = {node.formula}" if node.formula and node.operation != "sum" else ""
    source = (node.source or "") if node.value is not None else ""
    known = "; ".join(said for said in (source, node.reason, locate(node.origin)) if said)
    return f"{node.name}: {value}{formula}{f' [{known}]' if known else ''}"


def _node(node: Node, locate: Locate) -> dict[str, Any]:
    made: dict[str, Any] = {"name": node.name, "value": _ends(node.value), "unit": node.unit}
    said = {
        "formula": node.formula,
        "source": node.source,
        "origin": locate(node.origin),
        "cause": node.cause,
        "reason": node.reason,
    }
    made |= {name: value for name, value in said.items() if value}
    return made | ({"children": [_node(child, locate) for child in node.children]} if node.children else {})


def _ends(value: Range | None) -> dict[str, str] | None:
    if value is None:
        return None
    return {name: rounded(getattr(value, name), 9) for name in ("low", "central", "high")}
