"""Target populations: who belongs where on which day, and errors that name line and field, never a person."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.directory import ALWAYS, FOR_EVER, Directory, DirectoryInvalid, Membership
from stream.contract.directory_text import parse_directory

ROOT = Path(__file__).resolve().parents[3]
CSV = "person,department,use_cases,since,until\n"


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def test_the_example_is_valid() -> None:
    """What the documentation shows can be used as it is."""
    path = ROOT / "deploy" / "directory.example.csv"
    directory = parse_directory(path.read_text(), path.name)
    assert directory.population(day("2026-06-30")) == 3
    assert directory.population(day("2026-06-30"), "finance") == 1


def test_since_counts_and_until_does_not() -> None:
    """On the day that a person changes department, they are in the new one alone."""
    text = CSV + "a,sales,,2026-01-01,2026-02-01\na,finance,,2026-02-01,\n"
    directory = parse_directory(text, "people.csv")
    found = [directory.of("a", day(d)) for d in ("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01")]
    assert [member and member.department for member in found] == [None, "sales", "sales", "finance"]
    assert directory.population(day("2026-02-01"), "sales") == 0
    assert directory.population(day("2026-02-01")) == 1


def test_a_person_is_counted_once_in_every_scope() -> None:
    """However many rows name them, and whatever their use cases."""
    text = CSV + "a,sales,quotes;mail,,\na,sales,quotes,,\nb,sales,mail,,\nc,finance,mail,,\n"
    directory = parse_directory(text, "people.csv")
    scopes = [("", ""), ("sales", ""), ("", "mail"), ("", "quotes"), ("sales", "mail"), ("finance", "quotes")]
    assert [directory.population(20_000, *scope) for scope in scopes] == [3, 2, 3, 1, 2, 0]
    found = directory.of("a", 20_000)
    assert found is not None
    assert found.use_cases == ("quotes", "mail")


def test_csv_and_yaml_say_the_same() -> None:
    """Dates as YAML knows them, use cases as a list or as text, empty fields or none."""
    as_yaml = """
- {person: a, department: sales, use_cases: [quotes, mail], since: 2026-01-01}
- person: b
  department: finance
  use_cases: mail
  until: "2026-03-01"
"""
    as_csv = (
        "\ufeff# a comment\r\n\r\n" + CSV + "a,sales,quotes; mail,2026-01-01,\nb,finance,mail,,2026-03-01\n"
    )
    found = [parse_directory(as_yaml, "people.yaml"), parse_directory(as_csv, "people.csv")]
    assert found[0].memberships == found[1].memberships
    assert found[0].memberships[1] == Membership("b", "finance", ("mail",), ALWAYS, day("2026-03-01"))
    assert found[0].memberships[0].until == FOR_EVER


@pytest.mark.parametrize(
    ("text", "file", "said"),
    [
        ("person,since\nann,2026-01-01\n", "p.csv", "p.csv:1: give a header"),
        ("person,department,salary\nann,sales,1\n", "p.csv", "p.csv:1: give a header"),
        (CSV + "ann,sales\n", "p.csv", "p.csv:2: 2 values, 5 in the header"),
        (CSV + '"ann,sales,,,\n', "p.csv", "p.csv:2: is no CSV"),
        (CSV + ",sales,,,\n", "p.csv", "p.csv:2: person: "),
        (CSV + "\nann,,,,\n", "p.csv", "p.csv:3: department: "),
        (CSV + "ann,sales,,1.2.2026,\n", "p.csv", "p.csv:2: since: is no date"),
        (CSV + "ann,sales,,2026-02-01,2026-02-01\n", "p.csv", "p.csv:2: until: is not after since"),
        (
            CSV + "ann,sales,,,\nann,finance,,,\n",
            "p.csv",
            "p.csv:3: person: is in another department on line 2",
        ),
        ("- {person: ann, department: sales, team: x}", "p.yaml", "p.yaml:1: team: is no field"),
        ("- {person: 7, department: sales}", "p.yaml", "p.yaml:1: person: "),
        ("- {person: ann, department: sales, use_cases: 7}", "p.yml", "p.yml:1: use_cases: "),
        ("person: ann", "p.yaml", "p.yaml:1: give a list"),
        ("- ann", "p.yaml", "p.yaml:1: give a membership"),
        ("- {person: ann, person: ann}", "p.yaml", "p.yaml:1: is no YAML"),
        ("- {person: [ann", "p.yaml", "p.yaml:1: is no YAML"),
    ],
)
def test_an_error_names_line_field_and_mend(text: str, file: str, said: str) -> None:
    """One line each; whom the file names is never repeated."""
    with pytest.raises(DirectoryInvalid) as caught:
        parse_directory(text, file)
    (problem,) = caught.value.problems
    assert problem.startswith(said)
    assert "ann" not in problem


members = st.builds(
    Membership,
    st.sampled_from("abc"),
    st.just("sales"),
    st.sampled_from([(), ("x",), ("x", "y")]),
    st.integers(0, 5),
    st.integers(3, 9),
)


@given(st.lists(members, max_size=8), st.integers(0, 9))
def test_a_population_is_the_people_who_belong_to_it(found: list[Membership], on: int) -> None:
    """population and of tell the same, whatever overlaps."""
    directory = Directory(found)
    here = [member for person in "abc" if (member := directory.of(person, on)) is not None]
    assert directory.population(on) == directory.population(on, "sales") == len(here)
    assert directory.population(on, "", "x") == sum("x" in member.use_cases for member in here)
