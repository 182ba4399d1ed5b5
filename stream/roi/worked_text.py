"""The worked examples as a page (Markdown). Pure; ``docs/roi-examples.md`` is what this says."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from stream.roi.ranges import Range
from stream.roi.worked import WORKED, Worked, fit

COMMAND: Final = "python -m stream.control.roi_examples > docs/roi-examples.md"
_WORDS: Final = {
    "inside": "inside the published range",
    "wider": "falls outside at both ends: the published range is a part of it",
    "overlapping": "falls outside at one end",
    "outside": "wholly outside",
}
_INTRODUCTION: Final = f"""<!-- Made by `{COMMAND}`. -->
# The guide's worked examples, computed

The ROI model comes with four worked examples. Here each is computed from its stated inputs, beside
the return that is published for it. *Plain* is (gain − investment) ÷ investment. *Adjusted* is the
model's formula with what it adds: FT = 1 (time and operating cost), FM of a mature deployment (0.8 to
1.0, since the published returns are those of mature ones), no risk and all time saved put to other
use, because nothing is stated of either. A range is computed end by end (lowest gain with highest
investment); the central value takes the middle of each. Over 18 months a yearly gain counts one and a
half times, without a ramp-up, and the investment once. No input was chosen to meet a published
figure.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *_table(), "", *_readings(), ""])


def percent(ratio: Fraction) -> str:
    """Whole per cent, half to even."""
    return f"{round(ratio * 100)} %".replace("-", "−")


def _table() -> Iterator[str]:
    ends = "low, central, high"
    yield f"| case | inputs as stated | over | plain: {ends} | adjusted: {ends} | published |"
    yield "|---|---|---|---|---|---|"
    for case in WORKED:
        low, high = case.published
        over = "18 months" if case.years != 1 else "1 year"
        cells = case.name, case.inputs, over, _ends(case.plain()), _ends(case.adjusted())
        yield f"| {' | '.join(cells)} | {percent(low)} to {percent(high)} |"


def _ends(found: Range) -> str:
    return ", ".join(percent(end) for end in found.ends)


def _readings() -> Iterator[str]:
    for case in WORKED:
        plain, adjusted = _said(case, case.plain()), _said(case, case.adjusted())
        yield f"- **{case.name}**: plain {plain}; adjusted {adjusted}."


def _said(case: Worked, found: Range) -> str:
    low, high = case.published
    if found.central < low:
        centre = f"its central value is {percent(low - found.central)} points below"
    elif found.central > high:
        centre = f"its central value is {percent(found.central - high)} points above"
    else:
        centre = "its central value is inside"
    return f"{_WORDS[fit(found, case.published)]} ({centre.replace(' % points', ' points')})"
