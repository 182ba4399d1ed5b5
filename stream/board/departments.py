"""Departments with their use cases: what they cost, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stream.board import kpi_parts, shown
from stream.board.kpi_cards import NEEDED, figure
from stream.board.page import Column, Figure, Row, Table
from stream.board.sums import Sums, grouped, total
from stream.board.tables import DEPARTMENT, USE_CASE, bounded, named, note, renamed
from stream.contract.names import UNATTRIBUTED
from stream.ledger.figures import Figures
from stream.readings.reading import KpiReadings, Part, Reading

_ANSWERED: Final = "answered requests"
_COST: Final = (
    Column("requests", "Requests", "", "Final events, whatever their outcome."),
    Column("cost", "Cost", "USD", "Cost of all attempts. ≥: some have no price, or only a part of one."),
    Column("cost_share", "Share", "% of cost", "Cost of the row ÷ cost of the whole table."),
    Column("cost_per_request", "Per request", "USD", "Cost of all attempts ÷ requests of the row."),
)
#: KPI whose parts a column holds -> column.
_WORTH: Final = {
    "output_reuse_rate": Column(
        "accepted",
        "Accepted",
        "% of outputs judged",
        "Outputs used as they are or with minor edits ÷ outputs judged.",
        with_of=True,
    ),
    "post_ai_error_rate": Column(
        "post_ai_error",
        "Post-AI error",
        "% of passed",
        "Outputs found wrong after human control let them pass ÷ outputs that passed it.",
        with_of=True,
    ),
    "adoption_rate": Column(
        "adoption",
        "Adoption",
        "% of people",
        "People of the target population active in the last 7 days ÷ that population.",
        with_of=True,
    ),
}
_SERVICE: Final = (
    Column("mean_latency", "Mean", "s", "Mean duration of answered requests whose duration is known."),
    Column("p95", "p95", "s", "95 of 100 answered requests took less; interpolated within its bucket."),
    Column(
        "errors",
        "Errors",
        "% of requests",
        "Errors, time-outs and rate limits ÷ requests of the row.",
        with_of=True,
    ),
)
_Parts = Mapping[tuple[str, ...], Part]


def departments(rows: Sequence[Figures], kpis: KpiReadings) -> Table:
    """Departments, dearest first, each followed by its use cases. Columns of KPIs that have no data at all
    are left out, and the note says what to connect.
    """
    whole = total(rows)
    worth = {key: kpis.of(key) for key in _WORTH if _has_data(kpis.of(key))}
    made = _Rows(whole, worth, kpis.min_group_size)
    by_department = grouped(rows, lambda row: (row.labels[DEPARTMENT],))
    by_use_case = grouped(rows, lambda row: (row.labels[DEPARTMENT], row.labels[USE_CASE]))
    lines: list[Row] = []
    for department, sums in bounded(by_department).items():
        lines.append(made.row(department, named(department[0]) if department else "", sums))
        inside = {key: value for key, value in by_use_case.items() if key[:1] == department}
        lines += [
            made.row((*department, *key[1:]), _use_case(key), value, depth=1)
            for key, value in bounded(inside).items()
        ]
    lines = [line if line.name else renamed(line, len(by_department)) for line in lines]
    columns = (*_COST, *(_WORTH[key] for key in worth), *_SERVICE)
    total_row = Row((), "All departments", made.total())
    notes = [note(whole), *_absent(kpis, worth)]
    return Table(
        "departments",
        "Departments and use cases",
        "Department, use case",
        columns,
        lines,
        total_row,
        " ".join(said for said in notes if said),
    )


class _Rows:
    """Makes rows: cost, worth, service."""

    def __init__(self, whole: Sums, worth: Mapping[str, Reading], min_group_size: int) -> None:
        self._whole, self._worth, self._least = whole, worth, min_group_size
        self._parts: dict[str, _Parts] = {
            key: {part.labels: part for part in (*found.split("department"),
                                                 *found.split("department", "use_case"))}
            for key, found in worth.items()
        }  # fmt: skip

    def row(self, labels: tuple[str, ...], name: str, sums: Sums, depth: int = 0) -> Row:
        worth = [self._cell(key, labels) for key in self._worth]
        return Row(labels, name, (*_cost(sums, self._whole), *worth, *_service(sums)), depth)

    def total(self) -> Sequence[Figure]:
        worth = [figure(found) for found in self._worth.values()]
        return (*_cost(self._whole, self._whole), *worth, *_service(self._whole))

    def _cell(self, key: str, labels: tuple[str, ...]) -> Figure:
        part = self._parts[key].get(labels)
        if part is None:
            return Figure("–")
        if part.suppressed:
            return kpi_parts.suppressed(self._least)
        return kpi_parts.value(self._worth[key], part)


def _has_data(reading: Reading) -> bool:
    return reading.value is not None or bool(reading.by)


def _absent(kpis: KpiReadings, worth: Mapping[str, Reading]) -> Sequence[str]:
    """What to connect for the columns that are left out."""
    missing: dict[str, list[str]] = {}
    for key, column in _WORTH.items():
        if key not in worth:
            needed = NEEDED.get(kpis.of(key).connect)
            missing.setdefault(needed.name if needed else "", []).append(column.name)
    return [
        f"No {' and '.join(names)} columns: " + (f"connect {name}." if name else "no data in this period.")
        for name, names in missing.items()
    ]


def _cost(sums: Sums, whole: Sums) -> Sequence[Figure]:
    return (
        shown.counted(sums.requests),
        shown.cost(sums),
        shown.cost_share(sums, whole),
        shown.cost_per_request(sums),
    )


def _service(sums: Sums) -> Sequence[Figure]:
    durations = sums.duration()
    return (
        shown.mean(durations, _ANSWERED),
        shown.quantile(durations, shown.P95, _ANSWERED),
        shown.share(sums.errors, sums.requests, "requests"),
    )


def _use_case(key: tuple[str, ...]) -> str:
    if len(key) < 2:
        return "more use cases, summed"
    return "no use case given" if key[1] in ("", UNATTRIBUTED) else named(key[1])
