"""Figures → a reading of every KPI of the catalogue, judged against its targets. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from stream.contract.kpi_decisions import INPUT
from stream.contract.kpi_types import Kpi
from stream.contract.kpis import KPIS
from stream.readings.contacts import contact_readings
from stream.readings.outputs import output_readings
from stream.readings.people import adoption
from stream.readings.reading import KpiReadings, LiveRoi, Reading
from stream.readings.returns import roi_reading
from stream.readings.service import latencies, system_errors, uptime
from stream.readings.spending import cost_per_request, cost_per_task, use_per_feature
from stream.readings.status import judged
from stream.readings.sums import WITHOUT_AI, Declared, Sums
from stream.readings.work import automation, hours_saved, throughput, time_saved
from stream.roi import Estimate

_CLASSES: Final = ("chat", "code")


def kpi_readings(
    now: Sums,
    before: Sums | None,
    declared: Declared,
    *,
    declared_before: Declared | None = None,
    estimate: Estimate | None = None,
    live: LiveRoi | None = None,
) -> KpiReadings:
    """Every KPI over the window of ``now``. ``before``: the window before, None where it is not compared;
    ``declared_before``: what it is held against, where that differs (a population has its days).
    ``estimate``: the ROI engine's, over the same window. ``live``: the ROI of now.
    """
    was_found = _found(before, declared_before or declared) if before else ()
    earlier = {one.kpi.key + one.scope: one for one in was_found}
    found: dict[str, list[Reading]] = {}
    for reading in _found(now, declared, estimate, live):
        found.setdefault(reading.key, []).append(reading)
    own = declared.program.targets if declared.program else []
    have = connected(now, declared)
    readings = []
    for kpi in KPIS:
        for reading in found.get(kpi.key) or [Reading(kpi, "", "", None)]:
            was = earlier.get(kpi.key + reading.scope)
            readings.append(_completed(judged(reading, _comparable(was, now, kpi), own), have, declared))
    return KpiReadings(now.window, tuple(readings), declared.min_group_size)


def connected(sums: Sums, declared: Declared) -> frozenset[str]:
    """Keys of INPUTS that give figures in this window."""
    with_ai = [one for one in sums.task_judgements if one.labels[2] != WITHOUT_AI]
    given = {
        "usage": sums.usage,
        "outcomes": sums.outcomes or with_ai,
        "tasks": sums.tasks,
        "people": declared.population is not None and sums.people,
        "probes": sums.probes,
        "programme": declared.program is not None,
    }
    return frozenset(key for key, figures in given.items() if figures)


def _found(
    sums: Sums, declared: Declared, estimate: Estimate | None = None, live: LiveRoi | None = None
) -> Iterator[Reading]:
    yield time_saved(sums, declared)
    yield automation(sums, declared)
    yield throughput(sums, declared)
    yield from output_readings(sums)
    yield hours_saved(sums, declared, estimate)
    yield from contact_readings(sums)
    yield cost_per_task(sums, declared)
    yield roi_reading(live)
    yield from latencies(sums, declared)
    yield adoption(sums, declared)
    yield cost_per_request(sums)
    yield uptime(sums)
    yield system_errors(sums)
    yield use_per_feature(sums)


def _comparable(was: Reading | None, now: Sums, kpi: Kpi) -> Reading | None:
    """An amount of a window that the ledger holds in part alone is no comparison."""
    begins = now.window.before.since_hour
    partly = now.first_hour is not None and begins < now.first_hour
    return None if partly and kpi.definition.kind == "amount" else was


def _completed(reading: Reading, have: frozenset[str], declared: Declared) -> Reading:
    """Where there is no value: what to connect, or that nothing says what it was before."""
    if reading.value is not None:
        return reading
    missing = next((key for key in reading.kpi.inputs if key not in have), None)
    if reading.key == "mean_latency" and reading.scope in _CLASSES and missing is None:
        if declared.program is None:
            missing = "programme"
        else:
            notes = (*reading.notes, f"no request of a use case whose latency_class is {reading.scope}")
            return replace(reading, notes=notes)
    if missing is None and reading.key == "adoption_rate":
        return reading  # too few people to be shown: the notes say so, and nothing is to be connected
    if missing is None and reading.kpi.needs_baseline and not _untimed(reading):
        return replace(reading, status="no_baseline")
    return replace(reading, connect=INPUT[missing or reading.kpi.inputs[-1]].connect)


def _untimed(reading: Reading) -> bool:
    """Whether tasks with AI lack their minutes, which is no question of a baseline."""
    timed = reading.figure("with_ai")
    return reading.key == "time_saved_per_task" and (timed is None or not timed.denominator)
