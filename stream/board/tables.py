"""Usage by labels: columns, cells, and the table of models. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stream.board import shown
from stream.board.page import Column, Figure, Row, Table
from stream.board.sums import Sums, grouped, total
from stream.contract.names import OTHER, UNATTRIBUTED
from stream.ledger.figures import Figures

#: Labels that the usage figures are asked for, in this order.
BY: Final = ("environment", "department", "use_case", "provider", "model")
ENVIRONMENT, DEPARTMENT, USE_CASE, PROVIDER, MODEL = range(len(BY))
MOST_ROWS: Final = 40  #: of one depth; what is beyond is summed in one row, never left out
_ANSWERED: Final = "answered requests"

COLUMNS: Final = (
    Column("requests", "Requests", "", "Final events, whatever their outcome."),
    Column("cost", "Cost", "USD", "Cost of all attempts. ≥: some have no price, or only a part of one."),
    Column("cost_share", "Share", "% of cost", "Cost of the row ÷ cost of the whole table."),
    Column("cost_per_request", "Per request", "USD", "Cost of all attempts ÷ requests of the row."),
    Column("tokens_in", "Tokens in", "", "Input tokens of all attempts, cached ones included."),
    Column("tokens_out", "Tokens out", "", "Output tokens of all attempts, reasoning included."),
    Column("cache_read", "From cache", "% of input", "Input tokens read from a prompt cache ÷ input tokens."),
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


def named(value: str) -> str:
    """A label as a reader sees it: what is not known, not attributed or folded says so."""
    if value in ("", UNATTRIBUTED):
        return "not attributed"
    return "other (folded beyond the label bound)" if value == OTHER else value


def models(rows: Sequence[Figures]) -> Table:
    """Models with their providers, dearest first."""
    whole = total(rows)
    by_model = grouped(rows, lambda row: (row.labels[PROVIDER], row.labels[MODEL]))
    lines = [
        _row(key, f"{named_model(key[1])} · {named_model(key[0])}", sums, whole)
        if key
        else renamed(_row(key, "", sums, whole), len(by_model))
        for key, sums in bounded(by_model).items()
    ]
    everything = _row((), "All models", whole, whole)
    return Table("models", "Models", "Model · provider", COLUMNS, lines, everything, note(whole))


def note(whole: Sums) -> str:
    """What ≥ means, where it stands."""
    if not whole.without_whole_price:
        return ""
    return "≥: at least, since some attempts have no price, or only a part of one."


def named_model(value: str) -> str:
    """A model or provider as a reader sees it."""
    if not value:
        return "not given"
    return "other (folded beyond the label bound)" if value == OTHER else value


def bounded(groups: Mapping[tuple[str, ...], Sums]) -> dict[tuple[str, ...], Sums]:
    """The first MOST_ROWS groups; the rest summed under the key ()."""
    if len(groups) <= MOST_ROWS:
        return dict(groups)
    keys = list(groups)
    kept = {key: groups[key] for key in keys[: MOST_ROWS - 1]}
    rest = Sums()
    for key in keys[MOST_ROWS - 1 :]:
        rest.add(groups[key].measures)
    return {**kept, (): rest}


def renamed(row: Row, groups: int) -> Row:
    """The row of what is beyond MOST_ROWS of so many groups."""
    return Row(row.labels, f"{groups - MOST_ROWS + 1} more, summed", row.cells, row.depth)


def _row(labels: tuple[str, ...], name: str, sums: Sums, whole: Sums, depth: int = 0) -> Row:
    return Row(labels, name, cells(sums, whole), depth)


def cells(sums: Sums, whole: Sums) -> Sequence[Figure]:
    """One figure per column of COLUMNS."""
    durations = sums.duration()
    return (
        shown.counted(sums.requests),
        shown.cost(sums),
        shown.cost_share(sums, whole),
        shown.cost_per_request(sums),
        shown.counted(sums.tokens_in),
        shown.counted(sums.tokens_out),
        shown.portion(sums.tokens_cached, sums.tokens_in, "input tokens"),
        shown.mean(durations, _ANSWERED),
        shown.quantile(durations, shown.P95, _ANSWERED),
        shown.share(sums.errors, sums.requests, "requests"),
    )
