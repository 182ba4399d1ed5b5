"""Reads what the product holds: the ledger's database, and the collector's own count of refused bodies."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Sequence
from typing import Final

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from stream.broker import ports
from stream.contract.judgements import ASPECTS, DELIVERY
from stream.contract.leaves import LEAVES
from stream.contract.names import OUTCOMES, SERIES_LABELS
from stream.contract.rows import OUTCOME, TASK_JUDGEMENT
from stream.demo.accounts import Books, Series, Totals
from stream.demo.judged import FATES, HeldOutcomes, HeldTasks
from stream.demo.parts import Layout
from stream.ledger.database import read_ledger
from stream.ledger.errors import LedgerError
from stream.ledger.figures import Figures, TransitionFigures
from stream.ledger.queries import refusals, tasks, transitions, usage
from stream.readings.sums import standing

_DROPPED: Final = "llm_collector_dropped"
_TIMEOUT_S: Final = 5.0
_WORK: Final = ("department", "use_case", "deliverable", "ai")


class BooksUnread(Exception):
    """The figures cannot be read now."""

    reason = "books_unread"


def read_books(layout: Layout) -> Books:
    """Everything as it stands. Raises BooksUnread."""
    try:
        engine = read_ledger(layout.database)
        try:
            series = {_series(found): _totals(found) for found in usage(engine, SERIES_LABELS)}
            quarantined: Counter[str] = Counter()
            for refusal in refusals(engine):
                quarantined[refusal.source_key] += refusal.events
            outcomes, work = read_outcomes(engine), read_tasks(engine)
        finally:
            engine.dispose()
        dropped = _dropped(_metrics(layout.ports.collector))
    except (LedgerError, OSError, http.client.HTTPException) as error:
        raise BooksUnread(str(error)) from error
    return Books(series, quarantined, dropped, outcomes, work)


def read_outcomes(engine: Engine) -> HeldOutcomes:
    """What has become of outcomes, and how outputs stand now. Raises LedgerError."""
    found = transitions(engine, OUTCOME, SERIES_LABELS)
    delivered = standing(found, DELIVERY).values()
    return HeldOutcomes({fate: sum(counts[fate] for counts in delivered) for fate in FATES}, _standing(found))


def read_tasks(engine: Engine) -> HeldTasks:
    """Pieces of work, and how they stand now. Raises LedgerError."""
    found = tasks(engine, _WORK)
    counts = {one.labels: (one.measures.get("tasks", 0), one.measures.get("seconds", 0)) for one in found}
    reports = sum(one.measures.get("tasks", 0) + one.measures.get("duplicates", 0) for one in found)
    return HeldTasks(reports, counts, _standing(transitions(engine, TASK_JUDGEMENT, _WORK)))


def _standing(found: Sequence[TransitionFigures]) -> dict[tuple[tuple[str, ...], str, str], int]:
    """How many stand at each value of each aspect now, those at none left out."""
    return {
        (labels, aspect, value): count
        for aspect in ASPECTS
        for labels, counts in standing(found, aspect).items()
        for value, count in counts.items()
        if count
    }


def _series(found: Figures) -> Series:
    department, use_case, provider, model = found.labels
    return department, use_case, provider, model


def _totals(found: Figures) -> Totals:
    measures = found.measures
    tokens = {leaf: measures.get(f"tokens_{leaf}", 0) for leaf in LEAVES}
    return Totals(
        sum(measures.get(f"attempts_{outcome}", 0) for outcome in OUTCOMES),
        measures.get("duplicates", 0),
        {leaf: count for leaf, count in tokens.items() if count},
    )


def _metrics(port: int) -> str:
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def _dropped(text: str) -> Counter[str]:
    """Bodies that the collector refused whole, by source."""
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(text):
        if family.name == _DROPPED:
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    found[sample.labels["source_key"]] += int(sample.value)
    return found
