"""2 W + 4 days of the log suffice: a state made from them decides as one that has folded the whole log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest

from stream.contract.frame import unpack
from stream.contract.names import LABELS
from stream.contract.records import (
    Aliases,
    Epoch,
    Generation,
    Heartbeat,
    Outcome,
    Outcomes,
    encode_record,
)
from stream.core import history
from stream.core.effects import Effects
from stream.core.history import History, admitted_before
from stream.core.telemetry import TelemetryState
from tests.exact import exchange_variants as v
from tests.exact.oracle import DAY, HOUR, Event
from tests.exact.world import FlatRate, encode_events

Record = tuple[int, bytes]
_OWN = tuple((dict.fromkeys(LABELS, "") | {"department": "law"}).values())
_BEGIN_US = 20_000 * DAY + 20 * HOUR


def random_log(random: Random, window_days: int, length: int) -> list[Record]:
    """Records of partition 0 of 2: few requests, aliases and outcomes, over about eight windows."""
    now_us, log, forwards = _BEGIN_US, [], []

    def add(value: bytes) -> None:
        log.append((now_us // 1000, value))

    add(encode_record(Generation("g", 0, 2, window_days=window_days)))
    add(encode_record(Epoch(0, "flat", 1)))
    for _ in range(length):
        now_us += random.choice([0, HOUR, 6 * HOUR, 11 * HOUR]) * window_days
        kind = random.random()
        if kind < 0.35:
            add(encode_events([_event(random, now_us, window_days)], now_us))
        elif kind < 0.85:
            said = [_outcome(random, now_us, window_days) for _ in range(random.choice([1, 1, 1, 4]))]
            if random.random() < 0.3:  # sent on by the other partition, which may write it again
                said = [msgspec.structs.replace(o, labels=(), via=(1, len(log))) for o in said]
                forwards.append(encode_record(Outcomes(now_us, said)))
            add(encode_record(Outcomes(now_us, said)))
            if forwards and random.random() < 0.2:
                add(random.choice(forwards))
        elif kind < 0.95:
            add(_alias(random, now_us, window_days))
        else:
            add(encode_record(Heartbeat("p", now_us)))
    return log


def _time(random: Random, now_us: int, window_days: int) -> int:
    share = random.choice([0, 0, 0.1, 0.3, 0.5, 0.9, 1])
    return now_us - int(share * window_days * DAY) + random.choice([0, 0, 9 * 60_000_000])


def _event(random: Random, now_us: int, window_days: int) -> Event:
    request, copy = random.choice([100, 102, 104]), random.randrange(4)
    time_us = _time(random, now_us, window_days)
    event, source = 1000 + 10 * request + copy, f"source-{copy}"
    return Event(request, event, time_us, random.choice(["sales", "care"]), source, person=500 + request % 4)


def _outcome(random: Random, now_us: int, window_days: int) -> Outcome:
    return Outcome(
        random.randrange(8),
        random.choice([100, 102, 104, 106, 200, 202]),
        _time(random, now_us, window_days),
        "source-0",
        verdict=random.choice(["", "used_as_is", "minor_edit", "rejected"]),
        control=random.choice(["", "passed", "failed"]),
        finding=random.choice(["", "error", "none"]),
        labels=random.choice([(), (), (), (), _OWN]),
    )


def _alias(random: Random, now_us: int, window_days: int) -> bytes:
    alias, identity = random.choice([200, 202]), random.choice([100, 102, 104, 101])
    columns = (np.array([n], "<u8").tobytes() for n in (alias, identity))
    time_us = np.array([_time(random, now_us, window_days)], "<i8").tobytes()
    return encode_record(Aliases(now_us, *columns, time_us))


def outcome_of(state: TelemetryState, effects: Effects) -> tuple[Counter[Any], set[Any]]:
    """Rows and writes that a record causes, whatever ids its labels have."""
    rows: Counter[Any] = Counter()
    for keys, deltas in effects.entries(state.labels.tuples):
        for key, values in zip(keys, deltas.tolist(), strict=True):
            rows.update({(key, i): value for i, value in enumerate(values) if value})
    return rows, {(write.target, write.partition, write.value) for write in effects.outputs}


def differences(log: list[Record], window_days: int, resumes: list[int]) -> Iterator[str]:
    """Records after a restart at one of ``resumes`` that count otherwise than without it."""
    whole = TelemetryState(0, History(), [], lambda digest: FlatRate())
    others: list[TelemetryState] = []
    for offset, (timestamp_ms, value) in enumerate(log):
        if offset in resumes:
            others.append(_restarted(whole, log, offset, window_days))
        frame = unpack(value)
        wanted = outcome_of(whole, whole.fold(offset, timestamp_ms, frame, rows=True))
        for state in others:
            found = outcome_of(state, state.fold(offset, timestamp_ms, frame, rows=True))
            if found != wanted:
                yield f"{offset}: {found} differs from {wanted}"


def _restarted(whole: TelemetryState, log: list[Record], offset: int, window_days: int) -> TelemetryState:
    known = History(*(list(entries) for entries in vars(whole.history).values()))
    begin = history.refold_from(known, offset, window_days)
    admitted = admitted_before(whole.labels.admitted, begin)
    state = TelemetryState(0, known.before(begin), admitted, lambda digest: FlatRate())
    for number in range(begin, offset):
        state.fold(number, log[number][0], unpack(log[number][1]), rows=False)
    return state


def hunt(histories: int, *, window_days: tuple[int, ...] = (1, 2, 3), seed: int = 1) -> str | None:
    """The first difference in many random histories."""
    for number in range(histories):
        random = Random(seed * 1_000_003 + number)
        days = random.choice(window_days)
        log = random_log(random, days, 60)
        resumes = [random.randrange(20, len(log)) for _ in range(4)]
        found = next(differences(log, days, resumes), None)
        if found is not None:
            return f"history {number}, window {days}: {found}"
    return None


def test_two_windows_and_four_days_decide_as_the_whole_log() -> None:
    """Rows, forwards and activities after a restart are those of a fold that never stopped."""
    assert hunt(60) is None


@pytest.mark.long
def test_two_windows_and_four_days_decide_as_the_whole_log_at_length() -> None:
    """The same, thirty times as long."""
    assert hunt(2_000) is None


FOUND = [
    v.JoinsBeyondTheHorizon,
    v.WaitsForTheKnown,
    v.PlacesForAll,
    v.OneWindowIsFoldedAgain,
]


@pytest.mark.long
@pytest.mark.parametrize("variant", FOUND, ids=lambda variant: variant.__name__)
def test_the_hunt_finds_each_rule_that_is_missing(variant: type[v.Variant]) -> None:
    """Without one of the rules that exist for it, what is folded again decides otherwise."""
    with variant.applied():
        assert hunt(2_000) is not None
