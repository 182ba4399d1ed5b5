"""The fold of llm.activity.v1: how many people are active, per as-of day, scope and window of days.

A person is counted into every as-of day that an activity makes active and that none before did; the reader
picks today's row. Which population the person belongs to is what the activity said that did it.

While keys rotate, an activity names the person by both pseudonyms. It is counted where the former one lives:
in the partition of ``person`` it is only noted, and sent on to the partition of ``previous``. So it goes on
while the log remembers the link. Later the person is counted under the new pseudonym, all of whose days were
noted meanwhile: nobody is counted twice, unless keys rotate again within the longest of WINDOWS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

import numpy as np
import xxhash

from stream.contract.frame import Frame, Kind
from stream.contract.identity import partition_of
from stream.contract.rows import LIVE, PEOPLE, WINDOWS
from stream.core.effects import Effects, Write
from stream.core.log_state import Bounded, LogState
from stream.core.moment import Moment
from stream.core.open_day import RowKey
from stream.core.people_cells import ActiveDays, Scope, new_cells
from stream.core.people_columns import LABELS, People, decode_people, encode_people

SOURCE: Final = "people"  #: source_key of refused activities: they come from the telemetry agent
_EVERYBODY: Final[Scope] = ("", "")
_WINDOW_TEXT: Final = {window: str(window) for window in WINDOWS}


class _Link(NamedTuple):
    """A person's former pseudonym, and the newest day on which an activity named both."""

    previous: int
    last_day: int


class PeopleState(LogState[Bounded]):
    """What decides in one partition of the activity log: active days, and links between pseudonyms."""

    LABELS: ClassVar[Sequence[str]] = LABELS

    def _prepare(self) -> None:
        self._days = ActiveDays()
        self._links: dict[int, _Link] = {}

    def _on_day(self, day: int) -> None:
        horizon = self.horizon
        self._links = {person: link for person, link in self._links.items() if link.last_day >= horizon}

    def _fold_events(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        if frame.kind is not Kind.ACTIVITY:
            return super()._fold_events(frame, moment, rows=rows)
        people = decode_people(frame)
        self.configuration(moment)
        self.accept(people.accepted_us)
        effects = Effects()
        # Before anything is admitted: label values must not depend on what is known (see TasksState).
        ids, _ = self.labels.ids(people.dictionary, moment.offset)
        oldest = moment.day - self.window_days
        self._days.forget_before(oldest)
        # a day of the installation's zone begins up to 14 hours before that of UTC
        timely = (people.day >= oldest) & (people.day <= moment.day + 1)
        for i in np.flatnonzero(~timely).tolist():
            self._refuse(people, i, "too_old" if people.day[i] < oldest else "too_early", effects, moment)
        bounded = [self.labels.tuples[at] for at in ids.tolist()]
        forward = self._fold_people(people, np.flatnonzero(timely).tolist(), bounded, effects)
        if rows:
            self._send_on(people, forward, effects)
        return effects

    def _fold_people(
        self, people: People, at: Sequence[int], bounded: Sequence[tuple[str, ...]], effects: Effects
    ) -> dict[int, list[tuple[int, int]]]:
        """Note and count the activities at the given positions. Returns, by partition, the positions of those
        that are counted there, each with the pseudonym to count under.
        """
        scopes = _Scopes(self._days, bounded)
        found: list[tuple[int, int, int, int, int]] = []
        forward: dict[int, list[tuple[int, int]]] = defaultdict(list)
        own, partitions = self.partition, self.history.generations[-1].partitions
        add = self._days.add
        columns = zip(
            at,
            people.person[at].tolist(),
            people.previous[at].tolist(),
            people.day[at].tolist(),
            people.population[at].tolist(),
            people.label[at].tolist(),
            strict=True,
        )
        for i, person, previous, day, population, label in columns:
            home = person
            if partition_of(person, partitions) == own:
                home = self._home(person, previous, day)
                if home != person:
                    for _, masks in scopes.of(label):
                        add(masks, person, day)
            elif previous:
                home = previous
            there = partition_of(home, partitions)
            if there != own:
                forward[there].append((i, home))
                continue
            for scope, masks in scopes.of(label):
                distances = add(masks, home, day)
                if distances is not None:
                    found.append((scope, day, *distances, population))
        _count(scopes.names, found, effects)
        return forward

    def _home(self, person: int, previous: int, day: int) -> int:
        """The pseudonym a person of this partition is counted under."""
        link = self._links.get(person)
        if previous:
            if link is not None and link.previous == previous:
                day = max(day, link.last_day)
            self._links[person] = _Link(previous, day)
            return previous
        return link.previous if link is not None else person

    def _send_on(self, people: People, forward: dict[int, list[tuple[int, int]]], effects: Effects) -> None:
        for partition, entries in forward.items():
            at = [i for i, _ in entries]
            sent = People(
                people.accepted_us,
                people.person[at],
                np.array([home for _, home in entries], np.uint64),
                people.day[at],
                people.population[at],
                people.label[at],
                people.dictionary,
            )
            effects.outputs.append(Write("activity", b"", encode_people(sent), partition))

    def _refuse(self, people: People, i: int, reason: str, effects: Effects, moment: Moment) -> None:
        labels = people.dictionary[int(people.label[i])]
        text = "\x1f".join((str(people.person[i]), str(people.day[i]), *labels))
        self.refuse(effects, SOURCE, reason, xxhash.xxh64_intdigest(text.encode()), moment)


class _Scopes:
    """The scopes of one record's labels, numbered, each with its masks. One of department and use case is
    always "": cells of both could tell people apart.
    """

    def __init__(self, days: ActiveDays, bounded: Sequence[tuple[str, ...]]) -> None:
        self.names: list[Scope] = []
        self._days, self._bounded = days, bounded
        self._numbers: dict[Scope, int] = {}
        self._of: dict[int, list[tuple[int, dict[int, int]]]] = {}

    def of(self, label: int) -> list[tuple[int, dict[int, int]]]:
        """(number, masks) of each scope that an activity with this label falls into."""
        found = self._of.get(label)
        if found is None:
            department, use_case = self._bounded[label]
            wanted = dict.fromkeys((_EVERYBODY, (department, ""), ("", use_case)))
            found = self._of[label] = [(self._number(scope), self._days.masks(scope)) for scope in wanted]
        return found

    def _number(self, scope: Scope) -> int:
        number = self._numbers.setdefault(scope, len(self.names))
        if number == len(self.names):
            self.names.append(scope)
        return number


def _count(
    scopes: Sequence[Scope], found: Sequence[tuple[int, int, int, int, int]], effects: Effects
) -> None:
    if not found:
        return
    cells = new_cells(scopes, found)
    keys: list[RowKey] = [
        (PEOPLE, LIVE, as_of * 24, (*scope, _WINDOW_TEXT[window])) for scope, window, as_of in cells.keys
    ]
    effects.wide.append((keys, cells.amounts))
