"""What a telemetry partition makes of outcomes and aliases, record by record."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from stream.contract.frame import Kind, pack, unpack
from stream.contract.names import LABEL_INDEX, LABELS
from stream.contract.records import (
    Aliases,
    Epoch,
    Generation,
    Outcome,
    Outcomes,
    decode_body,
    encode_record,
)
from stream.contract.rows import OUTCOME, REFUSAL
from stream.core import forwards
from stream.core.effects import Effects
from stream.core.errors import NoConfiguration
from stream.core.history import History
from stream.core.telemetry import TelemetryState
from tests.exact.oracle import DAY, HOUR, Event
from tests.exact.world import FlatRate, encode_events

NOW_US = 20_000 * DAY + 12 * HOUR
SOURCE = LABEL_INDEX["source_key"]


class Partition:
    """Partition 0 of 2, W = 1 day; each call is one record."""

    def __init__(self) -> None:
        self.state = TelemetryState(0, History(), [], lambda digest: FlatRate())
        self.now_us, self.offset = NOW_US, 0
        self.take(encode_record(Generation("g", 0, 2, window_days=1)))
        self.take(encode_record(Epoch(0, "flat", 1)))

    def take(self, value: bytes) -> Effects:
        effects = self.state.fold(self.offset, self.now_us // 1000, unpack(value), rows=True)
        self.offset += 1
        return effects

    def say(self, *outcomes: Outcome) -> Counter[tuple[str, ...]]:
        return deliveries(self.take(encode_record(Outcomes(self.now_us, list(outcomes)))))


def deliveries(effects: Effects) -> Counter[tuple[str, ...]]:
    """(from, to) of deliveries; refusals under their reason."""
    found: Counter[tuple[str, ...]] = Counter()
    for (kind, _, _, labels), events in effects.counts.items():
        if kind == OUTCOME and labels[-4] == "delivery":
            found[labels[-3:-1]] += events
        elif kind == REFUSAL:
            found[(labels[1],)] += events
    return found


def outcome(event: int, target: int, *, time_us: int = NOW_US, **said: str) -> Outcome:
    return Outcome(event, target, time_us, "reviews", **(said or {"verdict": "rejected"}))


def alias(known_as: int, identity: int) -> bytes:
    columns = (np.array([number], "<u8").tobytes() for number in (known_as, identity))
    return encode_record(Aliases(NOW_US, *columns, np.array([NOW_US], "<i8").tobytes()))


def test_transitions_carry_the_labels_and_the_hour_of_the_request() -> None:
    """An outcome that comes a day later counts where its request was counted."""
    partition = Partition()
    partition.take(encode_events([Event(100, 1, NOW_US - 5 * HOUR, "law", "gateway")], NOW_US))
    effects = partition.take(
        encode_record(Outcomes(1, [outcome(1, 100, verdict="revised", control="passed", selection="random")]))
    )
    judged = [key for key in effects.counts if key[3][-4] != "delivery"]
    assert {key[2] for key in judged} == {NOW_US // HOUR - 5}
    assert {(key[3][0], key[3][SOURCE]) for key in judged} == {("law", "gateway")}
    assert {key[3][-4:] for key in judged} == {
        ("verdict", "", "revised", "random"),
        ("control", "", "passed", "random"),
    }


def test_every_outcome_that_was_sent_is_accounted_for() -> None:
    """sent = net of joined, own, waiting and unjoined, and redelivered, and refused."""
    partition = Partition()
    partition.take(encode_events([Event(100, 1, NOW_US, "law", "gateway")], NOW_US))
    own = Outcome(5, 5, NOW_US, "reviews", "rejected", labels=("care", *[""] * (len(LABELS) - 1)))
    said = [
        outcome(1, 100),
        outcome(1, 100),
        outcome(2, 102),
        outcome(3, 104),
        own,
        outcome(6, 100, time_us=NOW_US - 2 * DAY),
        outcome(7, 100, time_us=NOW_US + HOUR),
    ]
    found = partition.say(*said)
    found += deliveries(partition.take(encode_events([Event(102, 2, NOW_US, "law", "gateway")], NOW_US)))
    partition.now_us += 3 * DAY
    found += partition.say(outcome(8, 106, time_us=partition.now_us))
    assert found == {
        ("", "joined"): 1,
        ("", "redelivered"): 1,
        ("", "waiting"): 3,
        ("", "own"): 1,
        ("waiting", "joined"): 1,
        ("waiting", "unjoined"): 1,
        ("too_old",): 1,
        ("too_early",): 1,
    }
    net: Counter[str] = Counter()
    for moved, events in found.items():
        net[moved[-1]] += events
        if len(moved) == 2 and moved[0]:
            net[moved[0]] -= events
    assert net.total() == len(said) + 1


def test_an_outcome_is_sent_on_to_the_partition_of_its_request() -> None:
    """Under its own hash and time, with the request as target and the record it came with."""
    partition = Partition()
    waited = outcome(1, 200, time_us=NOW_US - HOUR)
    assert partition.say(waited) == {("", "waiting"): 1}
    effects = partition.take(alias(200, 101))
    assert deliveries(effects) == {("waiting", "forwarded"): 1}
    effects.merge(partition.take(encode_record(Outcomes(9, [outcome(2, 200)]))))
    sent = [decode_body(unpack(write.value or b"").body, Outcomes).outcomes[0] for write in effects.outputs]
    assert [(write.target, write.partition) for write in effects.outputs] == [("telemetry", 1)] * 2
    assert [(o.event, o.target, o.time_us, o.via) for o in sent] == [
        (1, 101, NOW_US - HOUR, (0, 2)),
        (2, 101, NOW_US, (0, 4)),
    ]


def test_records_sent_on_are_no_longer_than_a_record_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waited for one alias goes on in several records."""
    monkeypatch.setattr(forwards, "MAX_SMALL", 2)
    partition = Partition()
    for event in range(1, 4):
        partition.say(outcome(event, 200))
    effects = partition.take(alias(200, 101))
    assert [unpack(write.value or b"").events for write in effects.outputs] == [2, 1]


def test_beyond_the_places_an_outcome_is_not_joined_at_once() -> None:
    """The places of an arrival day are bounded (three, in these tests); the next day has its own."""
    partition = Partition()
    assert partition.say(*(outcome(n, 300 + 2 * n) for n in range(5))) == {
        ("", "waiting"): 3,
        ("", "unjoined"): 2,
    }
    partition.now_us += DAY
    assert partition.say(outcome(9, 400, time_us=partition.now_us)) == {("", "waiting"): 1}


def test_a_judgement_long_before_its_request_is_not_joined() -> None:
    """A day or more before the request was sent, something else was judged; 23 hours may be a date alone."""
    partition = Partition()
    partition.take(encode_events([Event(100, 1, NOW_US + 5 * 60_000_000, "law", "gateway")], NOW_US))
    assert partition.say(outcome(1, 100, time_us=NOW_US - 23 * HOUR)) == {("", "joined"): 1}
    assert partition.say(outcome(2, 100, time_us=NOW_US - 24 * HOUR)) == {("", "unjoined"): 1}


BAD = [
    Outcomes(1, [Outcome(1, 2, 3, "s", verdict="superb")]),
    Outcomes(1, [Outcome(1, 2, 3, "s", selection="")]),
    Outcomes(1, [Outcome(1, 2, -3, "s")]),
    Outcomes(1, [Outcome(-1, 2, 3, "s")]),
    Outcomes(1, [Outcome(1, 2, 3, "s" * 151)]),
    Outcomes(1, [Outcome(1, 2, 3, "s", labels=("law",))]),
    Outcomes(1, []),
    Aliases(1, b"12345678", b"", b""),
    Aliases(1, b"1234", b"1234", b"1234"),
    Aliases(1, b"12345678", b"12345678", b"\xff" * 8),
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: type(body).__name__)
def test_a_record_that_does_not_keep_the_contract_is_quarantined_whole(body: Outcomes | Aliases) -> None:
    """It counts once as what its frame says, and nothing of it is folded."""
    partition = Partition()
    assert deliveries(partition.take(encode_record(body))) == {("malformed_batch",): 1}
    assert partition.say(outcome(1, 2)) == {("", "waiting"): 1}


def test_a_frame_that_counts_otherwise_is_quarantined() -> None:
    """The frame's number is what collectors have promised: it balances."""
    body = unpack(encode_record(Outcomes(1, [outcome(1, 2)]))).body
    assert deliveries(Partition().take(pack(Kind.OUTCOMES, 3, body))) == {("malformed_batch",): 3}


def test_outcomes_before_any_configuration_stop_the_worker() -> None:
    """Their labels would have no bounds."""
    state = TelemetryState(0, History(), [], lambda digest: FlatRate())
    state.fold(0, 0, unpack(encode_record(Generation("g", 0, 1))), rows=True)
    with pytest.raises(NoConfiguration, match="tokonomics config apply"):
        state.fold(1, 0, unpack(encode_record(Outcomes(1, [outcome(1, 2)]))), rows=True)


def test_what_was_sent_on_once_is_not_sent_on_again() -> None:
    """Two aliases of each other cannot send an outcome to and fro: it waits for its request."""
    partition = Partition()
    partition.take(alias(100, 101))
    sent_on = Outcome(1, 100, NOW_US, "reviews", "rejected", via=(1, 7))
    effects = partition.take(encode_record(Outcomes(1, [sent_on])))
    effects.merge(partition.take(alias(100, 103)))
    assert deliveries(effects) == {("", "waiting"): 1}
    assert effects.outputs == []
    used = encode_events([Event(100, 1, NOW_US, "law", "gateway")], NOW_US)
    assert deliveries(partition.take(used)) == {("waiting", "joined"): 1}


def test_an_alias_of_this_partition_lets_an_outcome_wait_for_its_request() -> None:
    """It waits under the request's own hash from then on."""
    partition = Partition()
    partition.say(outcome(1, 200))
    assert deliveries(partition.take(alias(200, 100))) == {}
    used = encode_events([Event(100, 1, NOW_US, "law", "gateway")], NOW_US)
    assert deliveries(partition.take(used)) == {("waiting", "joined"): 1}


def test_a_forward_written_again_is_silent_and_another_one_is_a_redelivery() -> None:
    """The record it came with tells them apart: after a crash the same is written again."""
    partition = Partition()
    first = Outcome(1, 100, NOW_US, "reviews", "rejected", via=(1, 7))
    assert partition.say(first) == {("", "waiting"): 1}
    assert partition.say(first) == {}
    assert partition.say(Outcome(1, 100, NOW_US, "reviews", "rejected", via=(1, 9))) == {
        ("", "redelivered"): 1
    }


@pytest.mark.parametrize(("days", "still"), [(2, True), (3, False)])
def test_waiting_and_aliases_end_with_the_window(days: int, still: bool) -> None:
    """W = 1: what came on day 0 is held on day 2 and is not on day 3, to the day."""
    partition = Partition()
    partition.take(alias(200, 101))
    partition.say(outcome(1, 300))
    partition.now_us += days * DAY
    said = Outcomes(1, [outcome(2, 200, time_us=partition.now_us)])
    effects = partition.take(encode_record(said))
    assert deliveries(effects) == ({} if still else {("waiting", "unjoined"): 1, ("", "waiting"): 1})
    assert len(effects.outputs) == int(still)
