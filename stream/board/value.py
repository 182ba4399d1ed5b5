"""The value part of the page from the readings: leads, KPIs, ROI. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stream.board import formatting as f
from stream.board import kpi_cards, pilot, roi_part
from stream.board.kpi_page import Value
from stream.board.period import Window
from stream.board.roi_words import NOT_BEGUN
from stream.board.sums import Sums
from stream.contract.topics import ACTIVITY_LOG, PROBES_LOG, TASKS_LOG, TELEMETRY_LOG
from stream.ledger.figures import Freshness
from stream.readings.reading import KpiReadings, LiveRoi

#: Input of a KPI (kpi_decisions.INPUTS) -> the agent whose log brings it.
_AGENT_OF: Final = {
    "usage": TELEMETRY_LOG.agent,
    "outcomes": TELEMETRY_LOG.agent,
    "tasks": TASKS_LOG.agent,
    "probes": PROBES_LOG.agent,
    "people": ACTIVITY_LOG.agent,
}


def value(
    kpis: KpiReadings,
    roi: LiveRoi | None,
    trouble: Sequence[str],
    agents: Mapping[str, Freshness],
    sums: tuple[Sums, Sums | None],
    window: Window,
) -> Value:
    """``sums``: production's usage of the window, and of the one before. ``trouble``: why the programme or
    the directory cannot be read.
    """
    reading, before = kpis.of("genai_roi"), kpis.window.before
    against = f"{f.hour(before.since_hour)} to {f.hour(before.until_hour)} UTC"
    begun = roi is not None and roi.programme is not None
    groups = kpi_cards.groups(kpis, against, _fresh(agents, window.now_us))
    return Value(
        leads=pilot.leads(kpis, roi, *sums, window),
        groups=groups,
        needs=kpi_cards.needs(groups),
        roi=roi_part.part(roi) if roi is not None else None,
        roi_connect="" if begun else NOT_BEGUN if roi is not None else reading.connect,
        min_group_size=kpis.min_group_size,
        roi_trouble=trouble,
    )


def _fresh(agents: Mapping[str, Freshness], now_us: int) -> Mapping[str, str]:
    """Input -> how old the newest event of it is, in words."""
    said = {}
    for key, agent in _AGENT_OF.items():
        found = agents.get(agent)
        if found is not None and found.accepted_us:
            said[key] = f"{f.age(now_us - found.accepted_us)} ago"
    return said
