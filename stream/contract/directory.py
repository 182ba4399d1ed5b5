"""Target populations: who is meant to use the service, from when to when. Dated memberships; pure.

A day is days since 1970; a membership holds from ``since`` inclusive until ``until`` exclusive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from stream.contract.names import is_name, looks_like_secret

FIELDS: Final = ("person", "department", "use_cases", "since", "until")
ALWAYS: Final = 0  #: ``since`` of who was there from the beginning
FOR_EVER: Final = 2**31 - 1  #: ``until`` of who stays
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_LONGEST_PERSON: Final = 256
_MOST_PROBLEMS: Final = 20
_MOST_DAYS_KEPT: Final = 400


class DirectoryInvalid(ValueError):
    """The directory does not hold. ``problems``: a line each, with file and line, never a person."""

    reason = "directory_invalid"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Membership:
    """``person``: as sources name who asked (``user``), letter by letter. ``use_cases``: meant for them."""

    person: str
    department: str
    use_cases: tuple[str, ...] = ()
    since: int = ALWAYS
    until: int = FOR_EVER

    def on(self, day: int) -> bool:
        """Whether it holds on a day."""
        return self.since <= day < self.until


class Directory:
    """Memberships of people, each in one department at a time."""

    def __init__(self, memberships: Iterable[Membership] = ()) -> None:
        self.memberships = tuple(memberships)
        self._of: dict[str, list[Membership]] = defaultdict(list)
        for member in self.memberships:
            self._of[member.person].append(member)
        self._counts: dict[int, dict[tuple[str, str], int]] = {}

    def of(self, person: str, day: int) -> Membership | None:
        """What a person belongs to on a day, with all their use cases; None for who belongs to nothing."""
        found = [member for member in self._of.get(person, ()) if member.on(day)]
        if len(found) < 2:
            return found[0] if found else None
        use_cases = tuple(dict.fromkeys(name for member in found for name in member.use_cases))
        since, until = max(member.since for member in found), min(member.until for member in found)
        return Membership(person, found[0].department, use_cases, since, until)

    def population(self, day: int, department: str = "", use_case: str = "") -> int:
        """Distinct people on a day, of a department, a use case, or both; "" for all of them."""
        counts = self._counts.get(day)
        if counts is None:
            if len(self._counts) >= _MOST_DAYS_KEPT:
                self._counts = {}
            counts = self._counts[day] = self._count(day)
        return counts.get((department, use_case), 0)

    def _count(self, day: int) -> dict[tuple[str, str], int]:
        people: dict[tuple[str, str], set[str]] = defaultdict(set)
        for member in self.memberships:
            if member.on(day):
                for use_case in ("", *member.use_cases):
                    people["", use_case].add(member.person)
                    people[member.department, use_case].add(member.person)
        return {scope: len(found) for scope, found in people.items()}


def read_memberships(items: Iterable[tuple[int, Mapping[str, object]]], file: str) -> Directory:
    """Directory of (line, fields) in their order; a field that is absent, None or "" is not given.

    ``use_cases``: a list, or text with ``;`` between. ``since``, ``until``: a date, or text as 2026-01-31.
    ``file``: its name, for messages. Raises DirectoryInvalid.
    """
    members: list[tuple[int, Membership]] = []
    problems: list[str] = []
    for line, item in items:
        try:
            members.append((line, _membership(item)))
        except ValueError as error:
            problems.append(f"{file}:{line}: {error}")
    problems = problems or [f"{file}:{line}: {said}" for line, said in _in_two_places(members)]
    if problems:
        raise DirectoryInvalid(problems[:_MOST_PROBLEMS])
    return Directory(member for _, member in members)


def _membership(item: Mapping[str, object]) -> Membership:
    """Raises ValueError: field, what is wrong, mend."""
    for name in item:
        if name not in FIELDS:
            raise ValueError(f"{name!s:.40}: is no field; one of {', '.join(FIELDS)}")
    person = item.get("person")
    if not isinstance(person, str) or not 0 < len(person.strip()) <= _LONGEST_PERSON:
        raise ValueError(f"person: give text of 1 to {_LONGEST_PERSON} characters, as sources send in user")
    listed = item.get("use_cases") or ()
    parts = listed.split(";") if isinstance(listed, str) else listed
    if not isinstance(parts, list | tuple):
        raise ValueError("use_cases: give a list, or text with ; between")
    use_cases = [_name("use_cases", part) for part in parts if part not in (None, "")]
    since, until = _day("since", item.get("since"), ALWAYS), _day("until", item.get("until"), FOR_EVER)
    if until <= since:
        raise ValueError("until: is not after since; it is the first day that no longer counts")
    department = _name("department", item.get("department"))
    return Membership(person.strip(), department, tuple(dict.fromkeys(use_cases)), since, until)


def _name(field: str, value: object) -> str:
    name = value.strip() if isinstance(value, str) else ""
    if not is_name(name) or looks_like_secret(name):
        raise ValueError(f"{field}: give a name of 1 to 100 printable characters without quotes or braces")
    return name


def _day(field: str, value: object, absent: int) -> int:
    if value is None or value == "":
        return absent
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        found = date.min
    if found.toordinal() < _EPOCH_DAY:
        raise ValueError(f"{field}: is no date since 1970; write it as 2026-01-31")
    return found.toordinal() - _EPOCH_DAY


def _in_two_places(members: Sequence[tuple[int, Membership]]) -> Iterable[tuple[int, str]]:
    """(line, problem) of each membership of a person whom another department has at the same time."""
    by_person: dict[str, list[tuple[int, Membership]]] = defaultdict(list)
    for line, member in members:
        for other_line, other in by_person[member.person]:
            overlap = member.since < other.until and other.since < member.until
            if overlap and member.department != other.department:
                yield (
                    line,
                    f"person: is in another department on line {other_line} at the same time; "
                    "give each membership its since and until",
                )
                break
        by_person[member.person].append((line, member))
