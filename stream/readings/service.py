"""KPIs of the service: latency, uptime, system errors. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from stream.contract import judgements as j
from stream.contract.kpis import KPI, LATENCY_CLASSES
from stream.contract.rows import DURATION_BUCKETS_US, TTFT_BUCKETS_US
from stream.ledger.figures import Figures
from stream.readings.reading import RATIO, SECONDS, Beside, Part, Reading
from stream.readings.sums import PLACE, PROBE_BY, USAGE_BY, Declared, Sums, requests_of, seconds, standing
from stream.readings.tally import Labels, Tally, reading_of

#: Outcomes in which the service was not there. Cancelled and filtered requests were served.
AWAY: Final = ("error", "timeout", "rate_limited")
_QUANTILES: Final = (("p50", Fraction(50, 100)), ("p95", Fraction(95, 100)), ("p99", Fraction(99, 100)))
_SPLITS: Final = (("department",), PLACE, ("provider", "model"))
_ORIGIN: Final = f"usage by {', '.join(USAGE_BY)}, production"
_PROBES: Final = f"probes by {', '.join(PROBE_BY)}"
_BY_PROBES: Final = "of probes: no request was seen"


def latencies(sums: Sums, declared: Declared) -> Iterator[Reading]:
    """One reading for each latency class; ``overall`` is all of them."""
    cases = declared.program.use_cases if declared.program else []
    classes: dict[Labels, str] = {(case.department, case.name): case.latency_class for case in cases}
    for item in LATENCY_CLASSES:
        rows = [row for row in sums.usage if item.key in ("overall", classes.get(row.labels[:2]))]
        yield _latency(item.key, rows)


def _latency(scope: str, rows: Sequence[Figures]) -> Reading:
    tally = Tally(USAGE_BY, share=False)
    for row in rows:
        known = sum(_buckets(row, "duration", DURATION_BUCKETS_US))
        tally.add(row.labels, seconds(row.measures.get("duration_us_sum", 0)), known)
    beside = [*_quantiles(rows, "duration", DURATION_BUCKETS_US), *_first_token(rows)]
    notes = ["of requests answered with success whose duration is known"]
    if scope != "overall":
        notes.append(f"of the use cases whose latency_class is {scope}")
    return reading_of(
        "mean_latency", SECONDS, tally, scope=scope, by=_SPLITS, beside=beside, notes=notes, origin=_ORIGIN
    )


def _first_token(rows: Sequence[Figures]) -> Iterator[Beside]:
    known = sum(sum(_buckets(row, "ttft", TTFT_BUCKETS_US)) for row in rows)
    if known:
        total = seconds(sum(row.measures.get("ttft_us_sum", 0) for row in rows))
        yield Beside("ttft_mean", "mean time to first token", total / known, SECONDS, total, Fraction(known))
        for item in _quantiles(rows, "ttft", TTFT_BUCKETS_US):
            yield replace(item, key=f"ttft_{item.key}", name=f"time to first token, {item.name}")


def _quantiles(rows: Sequence[Figures], stem: str, bounds: Sequence[int]) -> Iterator[Beside]:
    counts = [sum(column) for column in zip(*(_buckets(row, stem, bounds) for row in rows), strict=True)]
    total = sum(counts)
    for key, share in _QUANTILES:
        value, beyond = _quantile(counts, bounds, share) if total else (None, False)
        name = f"{key}, at least" if beyond else key
        yield Beside(key, name, value, SECONDS, denominator=Fraction(total))


def _quantile(counts: Sequence[int], bounds: Sequence[int], share: Fraction) -> tuple[Fraction, bool]:
    """Between the bounds of its bucket as if values were spread evenly there; (last bound, True) beyond."""
    wanted, before, low = share * sum(counts), 0, 0
    for count, high in zip(counts[:-1], bounds, strict=True):
        if count and before + count >= wanted:
            return seconds(low) + (wanted - before) / count * seconds(high - low), False
        before, low = before + count, high
    return seconds(low), True


def _buckets(row: Figures, stem: str, bounds: Sequence[int]) -> list[int]:
    get = row.measures.get
    return [*(get(f"{stem}_le_{bound}", 0) for bound in bounds), get(f"{stem}_le_inf", 0)]


def uptime(sums: Sums) -> Reading:
    """Requests that the service answered ÷ requests; the same of probes beside it, or in its place where no
    request was seen.
    """
    requests, probes = Tally(USAGE_BY), Tally(PROBE_BY)
    for row in sums.usage:
        count = requests_of(row)
        requests.add(row.labels, count - sum(_away(row).values()), count)
    for row in sums.probes:
        count = row.measures.get("checks", 0)
        probes.add(row.labels, 0 if row.labels[2] in AWAY else count, count)
    by_probes = not requests.whole[1]
    main = probes if by_probes else requests
    beside = [
        requests.beside("by_requests", "uptime by real requests", RATIO),
        probes.beside("by_probes", "uptime by probes", RATIO),
        *_budget(main),
    ]
    notes = ["cancelled and filtered requests were served and are no downtime"]
    if by_probes and probes.whole[1]:
        notes.append(_BY_PROBES)
    reading = reading_of(
        "service_uptime",
        RATIO,
        main,
        by=(("probe",), ("target",)) if by_probes else (("provider", "model"), ("department",)),
        beside=beside,
        notes=notes,
        origin=_PROBES if by_probes else _ORIGIN,
    )
    return (
        reading if by_probes else replace(reading, by=(*reading.by, *probes.splits(("probe",), ("target",))))
    )


def _budget(main: Tally) -> Iterator[Beside]:
    """What of the error budget of the window is left; below 0 where it is overspent."""
    answered, count = main.whole
    allowed = 1 - Fraction(KPI["service_uptime"].targets[0].values[0]) / 100
    if count:
        left = 1 - (count - answered) / count / allowed
        yield Beside("budget_left", "error budget left", left, RATIO, count - answered, count * allowed)


def system_errors(sums: Sums) -> Reading:
    """Failed requests and hallucinations found after control ÷ requests."""
    tally, kinds = Tally(USAGE_BY), Counter[str]()
    for row in sums.usage:
        away = _away(row)
        kinds.update(away)
        tally.add(row.labels, sum(away.values()), requests_of(row))
    wrong = {
        labels: counts["hallucination"]
        for labels, counts in standing(sums.outcomes, j.FINDING).items()
        if counts["hallucination"]
    }
    for (department, use_case, model), count in wrong.items():
        kinds["hallucination"] += count
        tally.add((department, use_case, "", "", model), count, 0)
    notes = (
        ["a hallucination counts where it was found after control had let the output pass"] if wrong else []
    )
    reading = reading_of(
        "system_error_rate",
        RATIO,
        tally,
        by=(("department",), PLACE),
        beside=list(_kinds(kinds, tally.whole[1])),
        notes=notes,
        origin=_ORIGIN,
    )
    return replace(reading, by=(*reading.by, *_by_kind(kinds, tally.whole[1])))


def _kinds(kinds: Counter[str], total: Fraction) -> Iterable[Beside]:
    for kind in (*AWAY, "hallucination"):
        if total:
            count = Fraction(kinds[kind])
            yield Beside(kind, kind.replace("_", " "), count / total, RATIO, count, total)


def _by_kind(kinds: Counter[str], total: Fraction) -> Iterator[Part]:
    tally = Tally(("kind",))
    for kind, count in kinds.items():
        tally.add((kind,), count, total)
    yield from tally.parts("kind")


def _away(row: Figures) -> dict[str, int]:
    return {kind: row.measures.get(f"requests_{kind}", 0) for kind in AWAY}
