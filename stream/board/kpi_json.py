"""The value part of the board for machines. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stream.board.json_parts import figure, table
from stream.board.kpi_page import Card, Goal, Lead, Measure, RoiPart, Step, Value
from stream.board.page import Change


def value(found: Value) -> Mapping[str, Any]:
    """``pilot``, ``kpis`` and ``roi``, by key."""
    return {
        "min_group_size": found.min_group_size,
        "pilot": {lead.key: _lead(lead) for lead in found.leads},
        "kpis": {card.key: _card(card, group.key) for group in found.groups for card in group.cards},
        "not_connected": [
            {"name": one.name, "connect": one.connect, "kpis": one.kpis} for one in found.needs
        ],
        "roi": None if found.roi is None else _roi(found.roi),
        "roi_connect": found.roi_connect,
        "roi_trouble": list(found.roi_trouble),
    }


def change(found: Change | None) -> Mapping[str, Any] | None:
    """Against the window before."""
    return None if found is None else {"shown": found.shown, "against": found.against}


def _lead(lead: Lead) -> Mapping[str, Any]:
    return {
        "name": lead.name,
        "definition": lead.definition,
        **figure(lead.figure),
        "target": None if lead.goal is None else _goal(lead.goal),
        "says": list(lead.lines),
        "more": {name: figure(one) for name, one in lead.more},
        "parts": [{"name": bar.name, **figure(bar.figure)} for bar in lead.bars],
        "change": change(lead.change),
        "connect": lead.connect,
    }


def _card(card: Card, dimension: str) -> Mapping[str, Any]:
    about = card.about
    return {
        "name": card.name,
        "dimension": dimension,
        "rank": card.rank,
        **_measure(card.first),
        "scopes": {one.scope: _measure(one) for one in card.measures if one.scope},
        "beside": {name: figure(one) for name, one in card.beside},
        "companions": {key: {"name": name, **figure(one)} for key, name, one in card.companions},
        "parts": {one.key: table(one) for one in card.parts},
        "freshness": card.freshness,
        "definition": about.definition,
        "decides": about.decides,
        "objective": about.objective,
        "worsened": about.worsened,
        "reviewed": about.reviewed,
        "alarm": about.alarm,
    }


def _measure(one: Measure) -> Mapping[str, Any]:
    return {
        **figure(one.figure),
        "status": one.status,
        "interval": one.interval,
        "targets": [_goal(goal) for goal in one.goals],
        "change": change(one.change),
        "connect": one.connect,
        "notes": list(one.notes),
        "origin": one.origin,
    }


def _goal(goal: Goal) -> Mapping[str, Any]:
    return {"target": goal.text, "status": goal.status}


def _roi(roi: RoiPart) -> Mapping[str, Any]:
    return {
        "period": roi.period_words,
        "currency": roi.currency,
        "verdict": roi.verdict,
        "measured": figure(roi.measured),
        "tables": {one.key: table(one) for one in roi.tables},
        "warnings": list(roi.warnings),
        "missing": list(roi.missing),
    }


def step(found: Step) -> Mapping[str, Any]:
    """A derivation, from the result down to its inputs."""
    return {
        "name": found.name,
        "value": found.value,
        "formula": found.formula,
        "known": found.known,
        "origin": found.origin,
        "reason": found.reason,
        "children": [step(child) for child in found.children],
    }
