"""What the charts show, as values. Pure; charts.py draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from stream.board import formatting as f
from stream.board.numbers import Distribution, usd
from stream.board.page import Chart, Line
from stream.board.period import Window
from stream.board.sums import Sums
from stream.board.tables import named, named_model
from stream.contract.names import US_PER_SECOND
from stream.ledger.figures import Figures, MinuteFigures

MINUTES: Final = 60
FEW_MINUTES: Final = 20
MOST_DEPARTMENTS: Final = 7
MOST_MODELS: Final = 8
MOST_BARS: Final = 48
_WIDTHS: Final = (1, 2, 3, 6, 12, 24, 48, 168, 336, 720)  #: hours of one bar
_MARKS: Final = 4


def pulse(minutes: Sequence[MinuteFigures], now_us: int) -> Sequence[Chart]:
    """The last hour, minute by minute of the ledger's clock: what has just come in. Where all of it came
    within the last few minutes, those alone.
    """
    last = now_us // (60 * US_PER_SECOND)
    first = min((row.minute for row in minutes), default=0)
    count = FEW_MINUTES if last - first < FEW_MINUTES else MINUTES
    axis = range(last - count + 1, last + 1)
    labels = [f.clock(minute) for minute in axis]
    marked = [f.clock(minute) for minute in axis if minute % (count // 4) == 0]

    def chart(
        key: str, title: str, unit: str, what: str, read: Callable[[MinuteFigures], int], money: bool
    ) -> Chart:
        sums = dict.fromkeys(axis, 0)
        for row in minutes:
            if row.minute in sums:
                sums[row.minute] += read(row)
        values = [f.plain(usd(value)) if money else str(value) for value in sums.values()]
        whole = sum(sums.values())
        total = f.money(usd(whole)) if money else f.count(whole)
        highest = max(sums, key=lambda minute: sums[minute])
        peak = f.money(usd(sums[highest])) if money else f.count(sums[highest])
        text = f"{what} that reached the ledger in each of the last {count} minutes: {total} {unit} in all"
        text += f", at most {peak} at {f.clock(highest)} UTC." if whole else "."
        definition = (
            f"{what} of every environment by the minute of the ledger's clock in which they came:"
            " a pulse, not an account."
        )
        return Chart(key, "bars", title, unit, definition, labels, [Line(title, values)], text, marked)

    return (
        chart(
            "requests_per_minute", "Requests per minute", "requests", "Requests", lambda m: m.requests, False
        ),
        chart(
            "cost_per_minute", "Cost per minute", "USD", "Cost of attempts", lambda m: m.cost_nano_usd, True
        ),
        chart("tokens_per_minute", "Tokens per minute", "tokens", "Tokens", lambda m: m.tokens, False),
        chart(
            "errors_per_minute", "Errors per minute", "errors", "Failed requests", lambda m: m.errors, False
        ),
    )


def cost_by_hour(rows: Sequence[Figures], window: Window) -> Chart:
    """Cost over the period, stacked by department. ``rows``: by department and hour."""
    hours = [row.hour for row in rows if row.hour is not None]
    first = min([window.current if window.begins is None else window.begins, *hours])
    last = max([window.current, *hours])
    span = last + 1 - first
    width = next((w for w in _WIDTHS if span <= w * MOST_BARS), span // MOST_BARS + 1)
    begins = list(range(first - first % width, last + 1, width))
    costs: dict[str, dict[int, int]] = {}
    for row in rows:
        if row.hour is None or not first <= row.hour <= last:
            continue
        series = costs.setdefault(named(row.labels[0]), {})
        begin = row.hour - row.hour % width
        sums = Sums()
        sums.add(row.measures)
        series[begin] = series.get(begin, 0) + sums.cost_nano_usd
    names = _first(costs, MOST_DEPARTMENTS)
    lines = [
        Line(name, [f.plain(usd(sum(costs[one].get(begin, 0) for one in members))) for begin in begins])
        for name, members in names
    ]
    per = "hour" if width == 1 else f"{width} hours"
    labels, marked = _times(begins, span)
    parts = [f"{name} {f.money(usd(_sum(costs, members)))} USD" for name, members in names]
    text = f"Cost per {per}, {window.words()}, by department: " + (", ".join(parts) or "no data") + "."
    definition = "Cost of all attempts by the UTC hour of the request. The last bar is not over yet."
    return Chart(
        "cost_by_hour",
        "stacked",
        f"Cost per {per} by department",
        "USD",
        definition,
        labels,
        lines,
        text,
        marked,
    )


def _times(begins: Sequence[int], span: int) -> tuple[Sequence[str], Sequence[str]]:
    """Names of the bars, and which are written: a day's hours by the clock, a longer time by the day."""
    if span <= 25:
        names = [f.clock(begin * 60) for begin in begins]
        every = 1 if span <= 5 else 3 if span <= 12 else 6
        return names, [f.clock(begin * 60) for begin in begins if begin % every == 0] or names[:1]
    names = [f.day(begin) + ("" if begin % 24 == 0 else f" {f.clock(begin * 60)}") for begin in begins]
    days = [f.day(begin) for begin in begins if begin % 24 == 0]
    return names, days[:: max(1, -(-len(days) // _MARKS))] or names[:1]


def _sum(costs: dict[str, dict[int, int]], members: Sequence[str]) -> int:
    return sum(sum(costs[member].values()) for member in members)


def _first(costs: dict[str, dict[int, int]], most: int) -> list[tuple[str, list[str]]]:
    """(name, members): the dearest, and the others as one."""
    order = sorted(costs, key=lambda name: (-sum(costs[name].values()), name))
    if len(order) <= most:
        return [(name, [name]) for name in order]
    return [(name, [name]) for name in order[: most - 1]] + [
        (f"{len(order) - most + 1} others", order[most - 1 :])
    ]


def cost_by_model(models: dict[tuple[str, ...], Sums]) -> Chart:
    """``models``: sums by (provider, model), dearest first."""
    costs: dict[str, int] = {}
    for key, sums in models.items():
        name = named_model(key[1])
        costs[name] = costs.get(name, 0) + sums.cost_nano_usd
    order = sorted((name for name in costs if costs[name]), key=lambda name: (-costs[name], name))
    shown = {name: costs[name] for name in order[:MOST_MODELS]}
    if len(order) > MOST_MODELS:
        shown.pop(order[MOST_MODELS - 1])
        shown[f"{len(order) - MOST_MODELS + 1} others"] = sum(
            costs[name] for name in order[MOST_MODELS - 1 :]
        )
    values = [f.plain(usd(value)) for value in shown.values()]
    parts = [f"{name} {f.money(usd(value))} USD" for name, value in shown.items()]
    return Chart(
        "cost_by_model",
        "horizontal",
        "Cost by model",
        "USD",
        "Cost of all attempts by model. Models without a price stand in the table, marked ≥.",
        list(shown),
        [Line("Cost", values)] if values else [],
        "Cost by model: " + (", ".join(parts) or "no data") + ".",
    )


def latency(durations: Distribution) -> Chart:
    """How long answered requests took: the histogram's own buckets."""
    names = [f.plain(Decimal(edge) / US_PER_SECOND) for edge in durations.edges_us]
    labels = [f"≤ {name}" for name in names] + [f"> {names[-1]}"]
    total = durations.total
    parts = [f"{label} s: {f.count(n)}" for label, n in zip(labels, durations.counts, strict=True) if n]
    return Chart(
        "latency",
        "bars",
        "Requests by latency",
        "requests, by seconds",
        "Answered requests whose duration is known, by seconds taken; the buckets are not equally wide.",
        labels,
        [Line("Requests", [str(n) for n in durations.counts])] if total else [],
        f"Requests by latency, of {f.count(total)} answered: " + (", ".join(parts) or "no data") + ".",
        labels[1::3],
    )
