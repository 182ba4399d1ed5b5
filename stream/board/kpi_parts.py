"""A KPI by department and by use case, without any cell of too few people. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from stream.board import formatting as f
from stream.board import kpi_figures as figures
from stream.board.kpi_page import STATUS_WORDS
from stream.board.page import Column, Figure, Row, Table
from stream.contract.names import OTHER, UNATTRIBUTED
from stream.readings.reading import Part, Reading

_TITLES: Final = {"department": "department", "use_case": "use case"}


def parts(reading: Reading, min_group_size: int) -> Sequence[Table]:
    """One table for each way the reading is split. What is hidden says so and has no figure. Parts by
    "window" are counts of people beside the rate, no parts of it.
    """
    ways = [by for by in dict.fromkeys(part.by for part in reading.by) if "window" not in by]
    return [_table(reading, by, min_group_size) for by in ways]


def _table(reading: Reading, by: tuple[str, ...], min_group_size: int) -> Table:
    found = reading.split(*by)
    words = " and ".join(_TITLES.get(name, name.replace("_", " ")) for name in by)
    hidden = any(part.suppressed for part in found)
    note = f"Groups of fewer than {min_group_size} people are not shown." if hidden else ""
    return Table(
        key=f"{reading.key}-{'-'.join(by)}",
        title=f"By {words}",
        first_column=words.capitalize(),
        columns=(
            Column("value", reading.kpi.name, figures.sign(reading.unit), reading.kpi.definition.formula),
            Column("of", "Of", "", "What the figure is over."),
            Column("status", "Target", "", "How the figure stands to the target."),
        ),
        rows=[_row(reading, part, min_group_size) for part in found],
        note=note,
    )


def _row(reading: Reading, part: Part, min_group_size: int) -> Row:
    name = " · ".join(label_name(label) for label in part.labels)
    if part.suppressed:
        return Row(part.labels, name, (suppressed(min_group_size), Figure("hidden"), Figure("hidden")))
    return Row(part.labels, name, (value(reading, part), _over(part), Figure(STATUS_WORDS[part.status])))


def label_name(value: str) -> str:
    """A label as a reader sees it."""
    if value in ("", UNATTRIBUTED):
        return "not attributed"
    return "other (folded beyond the label bound)" if value == OTHER else value


def suppressed(min_group_size: int) -> Figure:
    """In place of a figure of too few people: no number, not even that it is 0."""
    return Figure(f"< {min_group_size} people", note="hidden: a group so small could be told apart")


def value(reading: Reading, part: Part) -> Figure:
    """The figure of a part, with its denominator and interval. Of people without a known population their
    number is said, which is no share.
    """
    if part.value is None and part.numerator is not None and reading.key == "adoption_rate":
        return Figure(f"{f.count(int(part.numerator))} people", note="; ".join(part.notes))
    return figures.figure(
        part.value,
        reading.unit,
        part.samples if part.samples is not None else _whole(part.denominator),
        figures.of_what(reading.kpi),
        instead="no baseline" if part.status == "no_baseline" else f.NO_DATA,
        note=figures.interval(part.low, part.high, reading.unit),
    )


def _over(part: Part) -> Figure:
    over = part.samples if part.samples is not None else _whole(part.denominator)
    return Figure("–") if over is None else Figure(f.count(int(over)), exact=str(int(over)))


def _whole(denominator: Fraction | None) -> Fraction | None:
    """A denominator that counts things; None for one that is an amount."""
    return denominator if denominator is not None and denominator.denominator == 1 else None
