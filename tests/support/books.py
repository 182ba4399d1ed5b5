"""What the product says it has counted, read from the ledger and from /metrics into the oracle's own form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from stream.contract.names import SERIES_LABELS
from stream.ledger import queries
from stream.ledger.database import read_ledger
from tests.support.exposition import samples
from tests.support.oracle import Series, Truth

_MOST_NAMED = 12
_NANO = 10**9
#: Measures of the ledger by prefix, and metrics by name: which counter of a Truth each fills.
_MEASURES = {
    "attempts_": "attempts",
    "requests_": "requests",
    "tokens_": "tokens",
    "cost_nano_usd_": "cost_nano_usd",
    "events_": "statuses",
}
_METRICS = {
    "llm_attempts_total": ("attempts", "outcome"),
    "llm_requests_total": ("requests", "outcome"),
    "llm_tokens_total": ("tokens", "token_type"),
    "llm_cost_usd_total": ("cost_nano_usd", "token_type"),
    "llm_cost_events_total": ("statuses", "cost_status"),
}


@dataclass
class Books:
    """Totals by series; ``refused`` by (source key, reason). ``redelivered`` stands in no balance."""

    series: dict[Series, Truth] = field(default_factory=dict)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    redelivered: int = 0
    conflicts: int = 0

    @property
    def counted(self) -> int:
        return sum(truth.attempts.total() for truth in self.series.values())

    @property
    def duplicates(self) -> int:
        return sum(truth.duplicates for truth in self.series.values())

    @property
    def cost_nano_usd(self) -> int:
        return sum(truth.cost_nano_usd.total() for truth in self.series.values())

    def tokens(self, *leaves: str) -> int:
        return sum(truth.tokens[leaf] for truth in self.series.values() for leaf in leaves)


def gained(after: Books, before: Books) -> Books:
    """What came between two readings."""
    books = Books(refused=after.refused - before.refused)
    books.redelivered = after.redelivered - before.redelivered
    books.conflicts = after.conflicts - before.conflicts
    for series, now in after.series.items():
        then, more = before.series.get(series, Truth()), Truth()
        for counter in _MEASURES.values():
            getattr(more, counter).update(getattr(now, counter) - getattr(then, counter))
        more.duplicates = now.duplicates - then.duplicates
        books.series[series] = more
    return books


def read_database(url: str) -> Books:
    """The ledger's books, of every generation and hour. Raises LedgerError."""
    engine = read_ledger(url)
    try:
        books = Books()
        for figures in queries.usage(engine, SERIES_LABELS):
            truth = books.series.setdefault(_series(figures.labels), Truth())
            for measure, value in figures.measures.items():
                _put(truth, measure, value)
            books.redelivered += figures.measures.get("redelivered", 0)
            books.conflicts += figures.measures.get("conflicts", 0)
        for refused in queries.refusals(engine):
            books.refused[refused.source_key, refused.reason] += refused.events
        return books
    finally:
        engine.dispose()


def _put(truth: Truth, measure: str, value: int) -> None:
    if measure == "duplicates":
        truth.duplicates += value
    for prefix, counter in _MEASURES.items():
        if measure.startswith(prefix):
            getattr(truth, counter)[measure.removeprefix(prefix)] += value


def read_exposition(text: str) -> Books:
    """The books as /metrics shows them: production alone."""
    books = Books()
    for sample in samples(text):
        if sample.name == "llm_quarantined_total":
            books.refused[sample.labels["source_key"], sample.labels["reason"]] += _whole(sample.value)
            continue
        if not sample.labels.keys() >= set(SERIES_LABELS):
            continue
        truth = books.series.setdefault(_series(sample.labels[name] for name in SERIES_LABELS), Truth())
        if sample.name in _METRICS:
            counter, label = _METRICS[sample.name]
            value = sample.value * _NANO if counter == "cost_nano_usd" else sample.value
            getattr(truth, counter)[sample.labels[label]] += _whole(value)
        elif sample.name == "llm_duplicates_total":
            truth.duplicates += _whole(sample.value)
        elif sample.name == "llm_redelivered_total":
            books.redelivered += _whole(sample.value)
        elif sample.name == "llm_conflicts_total":
            books.conflicts += _whole(sample.value)
    return books


def differences(wanted: Mapping[Series, Truth], held: Mapping[Series, Truth]) -> list[str]:
    """Where the books differ from the truth, per series and measure, in words; empty when they are equal."""
    found = []
    for series in sorted(wanted.keys() | held.keys()):
        true, kept = _counters(wanted.get(series)), _counters(held.get(series))
        for name in sorted(true.keys() | kept.keys()):
            if true[name] != kept[name]:
                found.append(f"{' / '.join(series)}: {name}: {true[name]} sent, {kept[name]} held")
    if len(found) > _MOST_NAMED:
        return [*found[:_MOST_NAMED], f"and {len(found) - _MOST_NAMED} more"]
    return found


def _counters(truth: Truth | None) -> Counter[str]:
    """A Truth as one counter, zeros left out."""
    flat: Counter[str] = Counter()
    if truth is not None:
        for counter in _MEASURES.values():
            flat.update({f"{counter} {name}": n for name, n in getattr(truth, counter).items() if n})
        flat["duplicates"] = truth.duplicates
    return +flat


def _series(labels: Iterable[str]) -> Series:
    department, use_case, provider, model = labels
    return department, use_case, provider, model


def _whole(value: Decimal) -> int:
    assert value == int(value), f"{value} is no whole number"
    return int(value)
