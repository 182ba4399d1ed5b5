"""Words and figures of the ROI: ratios in percent, ranges, periods. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from stream.board import formatting as f
from stream.board.kpi_figures import decimal, figure
from stream.board.page import Figure
from stream.readings.reading import RATIO, RoiReading
from stream.roi import Range, day_of

NO_COST: Final = "no cost yet"
NOT_BEGUN: Final = "the programme has not begun: its start lies ahead"
SHORT: Final = {
    "guide": "guide as printed",
    "as_measured": "as measured",
    "prudent": "prudent",
    "stressed": "×2 ÷ 2",
}


def ratio(value: Fraction | None, instead: str = NO_COST) -> Figure:
    """A return in percent."""
    if value is None:
        return Figure(instead)
    return Figure(f.signed_percent(decimal(value)), "%", f.plain(decimal(value) * 100))


def spread(value: Range) -> str:
    """Lowest and highest value of a return."""
    return f"low {ratio(value.low).shown} % · high {ratio(value.high).shown} %"


def amount(value: Fraction, unit: str) -> Figure:
    """A sum of money, or anything else, in its unit."""
    return figure(value, unit)


def period_words(found: RoiReading) -> str:
    """From when to when, in days of UTC."""
    since, until = day_of(found.period.since_hour), found.period.last_day
    what = "programme to date" if found.key == "programme" else "trailing"
    return f"{what}: {since} to {until}"


def range_words(value: Range | None, unit: str) -> str:
    """One number where there is no doubt, else low / central / high; with its unit."""
    if value is None:
        return NO_COST if unit == RATIO else "not measured"
    ends = value.ends[:1] if value.low == value.high else value.ends
    made = [figure(end, unit) for end in ends]
    sign = f" {made[0].unit}" if made[0].unit and made[0].unit != "×" else ""
    return " / ".join(one.shown for one in made) + sign


def since_words(found: RoiReading) -> str:
    """The same in a few words, without what would break at the end of a line."""
    return f"programme to date, since {day_of(found.period.since_hour):%d %b %Y}"
