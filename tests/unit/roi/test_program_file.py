"""Programme files: what is read, and that each error names file, line, field and mend."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from stream.readings.errors import ProgramInvalid
from stream.readings.program_file import load_program

ROOT = Path(__file__).resolve().parents[3]
GOOD = """\
currency: USD
start: 2026-01-01
use_cases:
  - name: Answers
    department: Support
    stage: pilot
    benefits:
      - name: Calls
        category: operating_cost
        per_year: 0.1
"""


def written(directory: Path, text: str) -> Path:
    path = directory / "program.yaml"
    path.write_text(text)
    return path


def test_the_example_is_valid() -> None:
    """What deploy/ tells people to copy can be estimated as it is."""
    found = load_program(ROOT / "deploy" / "program.example.yaml")
    assert [case.name for case in found.program.use_cases] == ["Ticket answers", "Code assistant"]
    assert found.place("usd_rate").endswith("program.example.yaml:11 usd_rate")


def test_decimals_are_what_was_written(tmp_path: Path) -> None:
    """0.1 is a tenth, not the nearest binary fraction."""
    found = load_program(written(tmp_path, GOOD)).program.use_cases[0].benefits[0]
    assert found.per_year is not None and found.per_year.central == Decimal("0.1")


def test_a_place_is_file_and_line_of_the_field(tmp_path: Path) -> None:
    """The field itself, the nearest one around it, or the origin when it is no field."""
    found = load_program(written(tmp_path, GOOD))
    assert found.place("use_cases[1].benefits[1].per_year").split(" ")[0].endswith("program.yaml:10")
    assert found.place("use_cases[1].benefits[1].share").split(" ")[0].endswith("program.yaml:8")
    assert found.place("default of the model") == "default of the model"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("per_year: 0.1", "per_year: -1", ":10: use_cases[1].benefits[1].per_year: -1 "),
        (
            "per_year: 0.1",
            "per_year: {low: 3, central: 2, high: 4}",
            ":10: use_cases[1].benefits[1].per_year: low,",
        ),
        (
            "per_year: 0.1",
            "per_year: {value: 3, source: measured}",
            ":10: use_cases[1].benefits[1].per_year: is meas",
        ),
        (
            "per_year: 0.1",
            "per_month: 1",
            ":10: use_cases[1].benefits[1].per_month: is no field here",
        ),
        ("stage: pilot", "stage: pilote", ":6: use_cases[1].stage: pilote "),
        ("currency: USD", "currency: EUR", ":1: file: usd_rate is missing"),
        ("start: 2026-01-01", "start: soon", ":2: start: soon "),
        ("currency: USD", "curency: USD", ":1: curency: is no field here"),
        (
            "category: operating_cost",
            "category: time",
            ":8: use_cases[1].benefits[1]: a benefit of category time needs",
        ),
        ("start: 2026-01-01", "start: [", ": not YAML: "),
    ],
)
def test_errors_name_file_line_and_field(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A writer finds the line and the field, and reads what is wrong with the value."""
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ProgramInvalid) as caught:
        load_program(path)
    assert any(problem.startswith(str(path)) and said in problem for problem in caught.value.problems), (
        caught.value
    )


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    """Without a programme the mend is named."""
    with pytest.raises(ProgramInvalid, match=r"deploy/program\.example\.yaml shows one"):
        load_program(tmp_path / "none.yaml")
