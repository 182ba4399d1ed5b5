"""Reads what readings are made of from the ledger."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from stream.contract.directory import Directory, DirectoryInvalid
from stream.contract.directory_text import parse_directory
from stream.contract.names import PRODUCTION, US_PER_HOUR
from stream.contract.rows import OUTCOME, TASK_JUDGEMENT
from stream.ledger.queries import first_hour, people, probes, tasks, transitions, usage
from stream.readings.kpis import kpi_readings
from stream.readings.reading import KpiReadings, LiveRoi, Window
from stream.readings.roi import live_roi, measured
from stream.readings.sums import (
    JUDGEMENT_BY,
    OUTCOME_BY,
    PROBE_BY,
    TASK_BY,
    USAGE_BY,
    Declared,
    Hours,
    Population,
    Sums,
)
from stream.roi import Estimate, Period, Program, estimate

UTC: Final = "UTC"
_EPOCH_DAY: Final = dt.date(1970, 1, 1).toordinal()
_SECONDS_PER_HOUR: Final = 3_600
_ONLY: Final = {"environment": PRODUCTION}


def read_kpis(
    engine: Engine,
    window: Window,
    now_us: int,
    *,
    program: Program | None = None,
    directory: Directory | None = None,
    min_group_size: int = 5,
    zone: str = UTC,
    live: LiveRoi | None = None,
) -> KpiReadings:
    """Every KPI over the window, with the window before. ``now_us``: microseconds since 1970. ``zone``: the
    installation's, of people-days. ``directory``
    is asked before the programme's populations. ``live``: the ROI of now where it is known already.

    Raises LedgerError.
    """
    first = first_hour(engine)
    now_hour = now_us // US_PER_HOUR
    now = read_sums(engine, window, now_hour, first, zone)
    before = read_sums(engine, window.before, now_hour, first, zone)
    declared, declared_before = (
        Declared(program, population_of(program, directory, one.as_of_day), min_group_size)
        for one in (now, before)
    )
    if live is None and program is not None:
        live = live_roi(engine, program, now_us)
    return kpi_readings(
        now,
        before,
        declared,
        declared_before=declared_before,
        estimate=_estimate(engine, window, program),
        live=live,
    )


def read_sums(engine: Engine, window: Window, now_hour: int, first: int | None, zone: str = UTC) -> Sums:
    """Figures of one window. ``now_hour``: days to come have people already, who are not read.
    ``first``: the first hour that the ledger holds.
    """
    span = Hours(since_hour=window.since_hour, until_hour=window.until_hour)
    day = as_of_day(window.until_hour, now_hour, zone)
    return Sums(
        window,
        usage(engine, USAGE_BY, **span, where=_ONLY),
        transitions(engine, OUTCOME, OUTCOME_BY, **span, where=_ONLY),
        tasks(engine, TASK_BY, **span, where=_ONLY),
        transitions(engine, TASK_JUDGEMENT, JUDGEMENT_BY, **span, where=_ONLY),
        probes(engine, PROBE_BY, **span),
        people(engine, since_day=day, until_day=day + 1),
        day,
        first,
    )


def as_of_day(until_hour: int, now_hour: int, zone: str = UTC) -> int:
    """The day (since 1970, in the installation's ``zone``) whose people stand for a window that ends before
    ``until_hour``: its last, none that is to come. The board and /metrics show the same.
    """
    moment = dt.datetime.fromtimestamp(min(until_hour - 1, now_hour) * _SECONDS_PER_HOUR, ZoneInfo(zone))
    return moment.date().toordinal() - _EPOCH_DAY


def population_of(program: Program | None, directory: Directory | None, day: int) -> Population | None:
    """The target population of a day (days since 1970): the directory's, else the programme's."""
    if directory is not None:
        names = sorted({member.department for member in directory.memberships})
        cases = sorted({case for member in directory.memberships for case in member.use_cases})
        return Population(
            "the directory, on the day",
            directory.population(day),
            {name: directory.population(day, name) for name in names},
            {name: directory.population(day, use_case=name) for name in cases},
            members_known=True,
        )
    if program is None or not program.populations:
        return None
    return Population(
        "the programme's populations", sum(program.populations.values()), dict(program.populations)
    )


def load_directory(path: Path) -> Directory:
    """Target populations of a file, CSV or YAML. Raises DirectoryInvalid."""
    try:
        return parse_directory(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        mend = "name a readable file; deploy/directory.example.csv shows one"
        raise DirectoryInvalid([f"{path}: {error.strerror}; {mend}"]) from None
    except UnicodeDecodeError:
        raise DirectoryInvalid([f"{path}: is not UTF-8; save it so"]) from None


def _estimate(engine: Engine, window: Window, program: Program | None) -> Estimate | None:
    if program is None:
        return None
    period = Period(window.since_hour, window.until_hour)
    return estimate(program, measured(engine, period), period)
