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


BASELINE = "{kpi: time_saved_per_task, value: 9, from: 2025-09-01, to: 2025-11-30, source: declared}"


def baselines(old: str = "", new: str = "", times: int = 1) -> str:
    return "\n  - ".join(["baselines:", *[BASELINE.replace(old, new)] * times])


def targets(*fields: str) -> str:
    return "\n  - ".join(["targets:", *(f"{{kpi: {one}}}" for one in fields)])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (baselines("11-30", "11-29"), ":12: baselines[1]: 2025-09-01 to 2025-11-29 is less"),
        (baselines("time_saved_per_task", "adoption_rate"), ":12: baselines[1].kpi: adoption_rate has no"),
        (baselines("declared", "measured"), ":12: baselines[1]: is measured; say"),
        (baselines("value: 9", "value: 0"), ":12: baselines[1].value: 0 "),
        (baselines("2025-09-01", "soon"), ":12: baselines[1].from: soon "),
        (baselines(times=2), "baselines: two of time_saved_per_task"),
        (targets("adoption, above: 70"), ":12: targets[1].kpi: adoption is no KPI"),
        (targets("adoption_rate, above: 70, below: 90"), ":12: targets[1]: needs exactly one"),
        (targets("mean_latency, scope: slow, below: 9"), ":12: targets[1]: scope 'slow' is none"),
        (targets("adoption_rate, above: 70", "adoption_rate, above: 80"), "stands twice"),
    ],
)
def test_baselines_and_targets_are_held_to_what_they_are(tmp_path: Path, lines: str, said: str) -> None:
    """Shorter than three months, of no KPI, measured without a method, twice for the same work: refused, with
    file and line.
    """
    path = written(tmp_path, f"{GOOD}{lines}\n")
    with pytest.raises(ProgramInvalid) as caught:
        load_program(path)
    assert any(said in problem for problem in caught.value.problems), caught.value


def test_a_baseline_of_three_months_is_taken(tmp_path: Path) -> None:
    """Both its days belong to it; a part of the work and all of it are the same work twice."""
    found = load_program(written(tmp_path, f"{GOOD}baselines:\n  - {BASELINE}\n")).program.baselines[0]
    assert (str(found.first_day), str(found.last_day)) == ("2025-09-01", "2025-11-30")
    assert found.covers("Support", "Answers", "ticket")
    with pytest.raises(ProgramInvalid, match="speak of the same work"):
        one = BASELINE.replace("value: 9", "department: Support, value: 9")
        load_program(written(tmp_path, f"{GOOD}baselines:\n  - {BASELINE}\n  - {one}\n"))


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    """Without a programme the mend is named."""
    with pytest.raises(ProgramInvalid, match=r"deploy/program\.example\.yaml shows one"):
        load_program(tmp_path / "none.yaml")
