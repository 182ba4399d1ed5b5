"""Target populations at the edge: who is marked how, whose department serves, and that no name is kept."""

from __future__ import annotations

import gc
import pickle
from pathlib import Path
from typing import Any

import pytest

from collectors._sdk.attribution import Attribution, Rule
from collectors._sdk.configuration import DirectoryPart
from collectors._sdk.directory_file import open_people
from collectors._sdk.errors import ConfigInvalid
from collectors._sdk.people import People
from collectors._sdk.pseudonyms import Pseudonyms
from stream.contract.columns import POPULATIONS
from stream.contract.directory_text import parse_directory
from stream.contract.names import LABELS
from tests.unit.collectors.samples import KEY, admit, edge, event

TEXT = "person,department,since,until\nann@example.org,sales,2026-01-31,2026-02-01\nben,finance,,\n"


def people(**given: Any) -> People:
    return People(parse_directory(TEXT, "people.csv"), Pseudonyms(KEY), **given)


def marked(
    attribution: Attribution | None = None, found: People | None = None, **fields: Any
) -> tuple[str, str]:
    """(population, department) of an event."""
    (record,) = admit(event(**fields), at=edge(attribution, people=found)).records
    return POPULATIONS[record.population], record.labels[LABELS.index("department")]


@pytest.mark.parametrize(
    ("fields", "population"),
    [
        ({"user": "ann@example.org"}, "member"),
        ({"user": "ann@example.org", "time": "2026-01-31T00:00:00Z"}, "member"),
        ({"user": "ann@example.org", "time": "2026-01-30T23:59:59Z"}, "outside"),
        ({"user": "ann@example.org", "time": "2026-02-01T00:00:00Z"}, "outside"),
        ({"user": "ann@example.org", "time": "2026-02-01T00:30:00+01:00"}, "member"),
        ({"user": "Ann@example.org"}, "outside"),
        ({"user": "cem"}, "outside"),
        ({}, "unknown"),
    ],
)
def test_who_asks_is_a_member_on_the_days_of_the_membership(fields: dict[str, Any], population: str) -> None:
    """By the event's day in UTC; without a person nothing is known."""
    assert marked(found=people(), **fields)[0] == population


def test_without_a_directory_nothing_is_known() -> None:
    """Not the same as outside."""
    assert marked(user="ann@example.org") == ("unknown", "unattributed")


def test_the_directorys_department_gives_way_to_event_and_rule() -> None:
    """And stands before the defaults; it can be switched off, and the mark stays."""
    who = {"user": "ben"}
    rule = Attribution([Rule({"model": "gpt*"}, {"department": "ruled"})], {"department": "default"})
    default = Attribution(defaults={"department": "default"})
    assert marked(default, people(), **who) == ("member", "finance")
    assert marked(rule, people(), **who) == ("member", "ruled")
    assert marked(default, people(), **who, department="own") == ("member", "own")
    assert marked(default, people(attribute_department=False), **who) == ("member", "default")
    assert marked(default, people(), user="cem") == ("outside", "default")


def test_departments_of_two_people_are_not_mixed_up() -> None:
    """What the attributor remembers tells people of different departments apart."""
    at = edge(people=people())
    records = admit(
        [event(event_id=str(n), user=u) for n, u in enumerate(("ben", "cem", "ben"))], at=at
    ).records
    assert [r.labels[0] for r in records] == ["finance", "unattributed", "finance"]


def test_no_name_outlives_the_load() -> None:
    """What stays in the collector holds pseudonyms and departments alone."""
    found = people()
    gc.collect()
    held = pickle.dumps(found.__dict__)
    assert b"finance" in held
    assert b"ann@" not in held
    assert b"ben" not in held


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"person,department\nann,\n", ":2: department: "),
        (b"person,department\n\xff,a\n", "is not UTF-8"),
        (None, "directory.file: "),
    ],
)
def test_a_directory_that_does_not_hold_keeps_the_collector_from_starting(
    tmp_path: Path, text: bytes | None, said: str
) -> None:
    """One line with file, line, field and mend; no name."""
    if text is not None:
        (tmp_path / "people.csv").write_bytes(text)
    with pytest.raises(ConfigInvalid) as caught:
        open_people(DirectoryPart(file=Path("people.csv")), tmp_path, Pseudonyms(KEY))
    (problem,) = caught.value.problems
    assert said in problem
    assert "people.csv" in problem
    assert "ann" not in problem.replace(str(tmp_path), "")


def test_no_file_is_no_directory() -> None:
    """The default."""
    assert open_people(DirectoryPart(), Path(), Pseudonyms(KEY)) is None
