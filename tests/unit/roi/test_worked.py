"""The worked examples: computed as stated, and said where the published range does not follow."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from stream.roi.ranges import Range
from stream.roi.worked import WORKED, fit
from stream.roi.worked_text import page

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_what_the_code_says() -> None:
    """docs/roi-examples.md is never edited by hand; its first line names the command that makes it."""
    assert (ROOT / "docs" / "roi-examples.md").read_text(encoding="utf-8") == page()


def test_each_case_is_its_stated_arithmetic() -> None:
    """Lowest, central and highest plain return of each case, worked by hand from the stated inputs."""
    found = {case.name.partition(",")[0]: case.plain().ends for case in WORKED}
    assert found == {
        "contact centre": (Fraction(7, 5), Fraction(25, 8), Fraction(6)),  # 6/2.5, 8.25/2, 10.5/1.5, less 1
        "software": (Fraction(5, 4), Fraction(29, 16), Fraction(11, 4)),  # 1.125 M€ over 0.5, 0.4, 0.3
        "marketing": (Fraction(3, 2), Fraction(4), Fraction(9)),
        "finance": (Fraction(1, 7), Fraction(13, 11), Fraction(3)),
    }


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(2, 3, "inside"), (1, 2, "overlapping"), (1, 5, "wider"), (0, 1, "outside"), (5, 6, "outside")],
)
def test_what_falls_outside_is_said(low: int, high: int, said: str) -> None:
    """Against a published 2 to 4: inside, over one end, over both, and apart."""
    published = Fraction(2), Fraction(4)
    assert fit(Range(Fraction(low), Fraction(low), Fraction(high)), published) == said


def test_every_case_is_on_the_page() -> None:
    """No case is left out, and each says how it lies to what is published."""
    text = page()
    assert len(WORKED) == 4
    assert all(f"**{case.name}**: plain " in text for case in WORKED)
