"""What every log's state has in common, and what a state of one's own adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from stream.contract.frame import Frame, Kind, pack, unpack
from stream.contract.records import Epoch, Generation, Refusal, Refusals, encode_record
from stream.contract.rows import LIVE, MEASURES, PROBE, REFUSAL, TASK, GenerationBegin
from stream.core.effects import Effects
from stream.core.errors import UnsupportedRecord
from stream.core.history import History
from stream.core.identity_table import IdentityTable
from stream.core.labels import FALLBACK_BOUND, LabelBook
from stream.core.log_state import Bounded, LogState
from stream.core.moment import Moment
from stream.core.open_day import OpenDay

DAY_MS = 86_400_000


class Bounds:
    bounds: ClassVar[dict[str, int]] = {"colour": 1, "source_key": 5}
    declared: ClassVar[dict[str, list[str]]] = {}
    fold_version = 1


class Colours(LogState[Bounded]):
    """A log of colours: the body of its records is one."""

    LABELS: ClassVar[Sequence[str]] = ("colour", "shade")

    def _prepare(self) -> None:
        self.happened: list[object] = []

    def _on_generation(self, begun: GenerationBegin) -> None:
        self.happened.append(("generation", begun.partitions, self.window_days))

    def _on_configuration(self, configured: Bounded) -> None:
        self.happened.append("configuration")

    def _on_day(self, day: int) -> None:
        self.happened.append(("day", day, self.horizon))

    def _expire(self, moment: Moment) -> Effects:
        effects = Effects()
        effects.add(TASK, moment.hour, ("expired",), tasks=1)
        return effects

    def _fold_events(self, frame: Frame, moment: Moment, *, rows: bool) -> Effects:
        if frame.kind is not Kind.TASKS:
            return super()._fold_events(frame, moment, rows=rows)
        self.configuration(moment)
        ids, _ = self.labels.ids([(frame.body.decode(), "")], moment.offset)
        effects = Effects()
        effects.add(TASK, moment.hour, self.labels.tuples[int(ids[0])], tasks=1)
        return effects


def colours() -> Colours:
    state = Colours(0, History(), [], lambda digest: Bounds())
    state.fold(0, 5 * DAY_MS, unpack(encode_record(Generation("g", 0, 3, window_days=2))), rows=True)
    state.fold(1, 5 * DAY_MS, unpack(encode_record(Epoch(0, "digest", 1))), rows=True)
    return state


def rows_of(state: Colours, effects: Effects) -> dict[tuple[str, ...], int]:
    return {
        key[3]: int(deltas[i, 0])
        for keys, deltas in effects.entries(state.labels.tuples)
        for i, key in enumerate(keys)
    }


def test_a_state_is_told_what_begins() -> None:
    """Generation, configuration and day reach it in the order of the log, and again from a history."""
    state = colours()
    assert state.happened == [("generation", 3, 2), "configuration"]
    effects = state.fold(2, 8 * DAY_MS, unpack(pack(Kind.TASKS, 1, b"red")), rows=True)
    assert state.happened[2:] == [("day", 8, 5)]
    assert rows_of(state, effects) == {("expired",): 1, ("red", ""): 1}
    again = Colours(0, state.history, state.labels.admitted, lambda digest: Bounds())
    assert again.happened == [("generation", 3, 2), "configuration"]


def test_a_log_bounds_its_own_labels() -> None:
    """By the bounds of their names; those that a configuration does not name have a bound all the same."""
    state = colours()
    for offset, (colour, expected) in enumerate([("red", "red"), ("blue", "other"), ("red", "red")], 2):
        effects = state.fold(offset, 5 * DAY_MS, unpack(pack(Kind.TASKS, 1, colour.encode())), rows=True)
        assert rows_of(state, effects) == {(expected, ""): 1}
    assert [(entry.label, entry.value) for entry in state.labels.admitted] == [(0, "red")]
    book = LabelBook(labels=("shade",))
    book.configure({}, {})
    _, folded = book.ids([(str(n),) for n in range(FALLBACK_BOUND + 1)], 0)
    assert folded.tolist() == [False] * FALLBACK_BOUND + [True]


def test_refusals_are_counted_by_source_in_every_log() -> None:
    """Where a log's labels have no source_key, it is bounded beside them."""
    state = colours()
    body = Refusals(7, [Refusal("gateway", "invalid_value", 1), Refusal("gateway", "invalid_value", 1)])
    effects = state.fold(2, 5 * DAY_MS, unpack(encode_record(body)), rows=True)
    assert effects.counts == {(REFUSAL, LIVE, 120, ("gateway", "invalid_value")): 1}
    assert [(entry.label, entry.value) for entry in state.labels.admitted] == [(2, "gateway")]
    assert state.accepted_us == 7


def test_a_kind_of_another_log_stops_the_worker() -> None:
    """Skipping it would lose data."""
    with pytest.raises(UnsupportedRecord, match="outcomes"):
        colours().fold(2, 5 * DAY_MS, unpack(pack(Kind.OUTCOMES, 1, b"")), rows=True)


def test_effects_of_any_kind_reach_the_rows_of_the_day() -> None:
    """Narrow and wide kinds, one at a time and in arrays, add to the measures of their names."""
    effects, more = Effects(), Effects()
    effects.add(TASK, 3, ("law",), tasks=1, seconds=60)
    more.add(TASK, 3, ("law",), tasks=1)
    deltas = np.zeros((2, len(MEASURES[PROBE])), np.int64)
    deltas[:, 1] = 7
    more.wide.append(([(PROBE, LIVE, 3, ("a",)), (PROBE, LIVE, 3, ("b",))], deltas))
    effects.merge(more)
    day = OpenDay("g", 0, 1)
    for keys, values in effects.entries([]):
        day.apply(5, keys, values)
    totals = day.totals()
    task, probe = totals[(TASK, LIVE, 3, ("law",))], totals[(PROBE, LIVE, 3, ("b",))]
    assert (task[MEASURES[TASK].index("tasks")], task[MEASURES[TASK].index("seconds")]) == (2, 60)
    assert probe[MEASURES[PROBE].index("redelivered")] == 7


def test_a_key_is_found_or_not_without_being_added() -> None:
    """Finding keys of a full and swept table leaves it as it was."""
    table, random = IdentityTable(), np.random.default_rng(1)
    keys = np.unique(random.integers(0, 2**64, 50_000, np.uint64))
    rows, _ = table.add(keys[::2])
    table.last_day[rows] = np.arange(len(rows)) % 2
    assert table.find(keys)[::2].tolist() == rows.tolist()
    assert (table.find(keys)[1::2] == -1).all()
    table.sweep(1)
    found = table.find(keys[::2])
    assert (found[::2] == -1).all()
    assert sorted(found[1::2].tolist()) == list(range(table.size))
    assert IdentityTable().find(np.zeros(3, np.uint64)).tolist() == [-1, -1, -1]
