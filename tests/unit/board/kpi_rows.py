"""Readings of KPIs as the readings package gives them, made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from stream.contract.kpi_decisions import INPUT
from stream.contract.kpi_words import target_words
from stream.contract.kpis import KPI, KPIS
from stream.readings.reading import RATIO, Against, KpiReadings, Part, Reading, Status, Window

HOUR = 491_000
WINDOW = Window(HOUR - 24, HOUR + 1)


def silent(key: str, scope: str = "") -> Reading:
    """A KPI whose first input is not connected."""
    kpi = KPI[key]
    return Reading(kpi, scope, "", None, connect=INPUT[kpi.inputs[-1]].connect)


def nothing(least: int = 5) -> KpiReadings:
    """A ledger without anything: every KPI says what to connect."""
    return KpiReadings(WINDOW, tuple(silent(kpi.key) for kpi in KPIS), least)


def rate(key: str, hits: int, of: int, status: Status = "met", **more: object) -> Reading:
    """A rate over so many, judged against its first target."""
    kpi = KPI[key]
    against = tuple(Against(target, target_words(target), status) for target in kpi.targets[:1])
    value = Fraction(hits, of)
    low, high = max(Fraction(0), value - Fraction(1, 50)), min(Fraction(1), value + Fraction(1, 50))
    made = Reading(
        kpi,
        "",
        RATIO,
        value,
        Fraction(hits),
        Fraction(of),
        low,
        high,
        Fraction(of),
        None,
        status,
        True,
        against,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def part(by: tuple[str, ...], labels: tuple[str, ...], hits: int, of: int, **more: object) -> Part:
    """The same of one value of the labels."""
    made = Part(by, labels, Fraction(hits, of), Fraction(hits), Fraction(of))
    return replace(made, **more)  # type: ignore[arg-type]


def with_readings(found: Iterable[Reading], least: int = 5) -> KpiReadings:
    """The whole catalogue, those given in place of silent ones."""
    given: dict[str, list[Reading]] = {}
    for reading in found:
        given.setdefault(reading.key, []).append(reading)
    rows = [reading for kpi in KPIS for reading in given.get(kpi.key, [silent(kpi.key)])]
    return KpiReadings(WINDOW, tuple(rows), least)
