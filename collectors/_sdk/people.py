"""Who belongs to a target population, by pseudonym: names of the directory are gone once it is read. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from collectors._sdk.pseudonyms import Pseudonyms
from stream.contract.columns import POPULATIONS
from stream.contract.directory import Directory

_MEMBER: Final = POPULATIONS.index("member")
_OUTSIDE: Final = POPULATIONS.index("outside")
#: since, until (days since 1970, until exclusive), department
_Span = tuple[int, int, str]


class People:
    """``attribute_department``: whether a person's department serves where nothing else says one."""

    def __init__(
        self, directory: Directory, pseudonyms: Pseudonyms, *, attribute_department: bool = True
    ) -> None:
        self._attribute = attribute_department
        spans: dict[int, list[_Span]] = defaultdict(list)
        for member in directory.memberships:
            spans[pseudonyms.of(member.person)].append((member.since, member.until, member.department))
        self._spans = dict(spans)

    def place(self, person: int, day: int) -> tuple[int, str | None]:
        """Index into POPULATIONS, and the department, of a pseudonym on a day (since 1970, UTC)."""
        for since, until, department in self._spans.get(person, ()):
            if since <= day < until:
                return _MEMBER, department if self._attribute else None
        return _OUTSIDE, None
