"""The runtime's parts that need no broker: holes, pace, watchdog, log dam, ownership, settings."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stream.agents.durability import Pace
from stream.agents.holes import Answer, Finding, is_due, judge, note_hole
from stream.agents.logs import RateLimit
from stream.agents.ownership import Ownership, Phase
from stream.agents.stopping import NoProgress, WorkerFault, reason_of
from stream.agents.watchdog import Watch
from stream.settings import WorkerSettings, poll_bounds
from tests.broker.fleet import NoConfigurations
from tests.broker.toy_worker import toy_spec

SPEC = toy_spec("t", "a", 2)
FIRST, SECOND = TP(SPEC.source, 0), TP(SPEC.source, 1)


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (Answer(0, 5), Finding.PRESENT),
        (Answer(0, 6), Finding.CONTROL_ONLY),
        (Answer(5, 9), Finding.CONTROL_ONLY),
        (Answer(6, None), Finding.TRIMMED),
        (Answer(6, 6), Finding.TRIMMED),
        (Answer(0, None), Finding.NOTHING_YET),
    ],
)
def test_a_gap_is_a_loss_only_where_the_log_begins_after_it(answer: Answer, finding: Finding) -> None:
    """What is missing is read again, stepped over, or a loss: never the wrong one of the three."""
    assert judge(5, answer) is finding


def test_a_hole_is_due_after_its_wait_and_remembers_the_nearest_record() -> None:
    """Records beyond a hole do not postpone it; another missing offset is another hole."""
    hole = note_hole(None, 5, 9, now=100.0)
    same = note_hole(hole, 5, 7, now=107.0)
    assert same is hole
    assert same.beyond == 7
    assert not is_due(hole, 107.9, 8.0)
    assert is_due(hole, 108.0, 8.0)
    assert note_hole(hole, 6, 7, now=108.0) is not hole


@given(took=st.floats(0.001, 200), share=st.floats(0.01, 0.9))
def test_flushes_take_at_most_their_share_of_the_time(took: float, share: float) -> None:
    """A slow broker slows flushing, not folding: at most ``share`` of the time goes into flushes."""
    pace = Pace(1.0, share)
    pace.done(40.0 - took, 40.0)
    pace.done(50.0, 50.0 + took)
    assert took / (pace.due_at - 50.0) <= share * 1.001
    assert pace.due_at - (50.0 + took) >= 1.0


@given(away=st.floats(5, 150))
def test_a_broker_that_was_away_does_not_slow_what_comes_after(away: float) -> None:
    """Figures are fresh a second after the broker is back, however long a flush had to wait for it."""
    pace = Pace(1.0, 0.2)
    for began, ended in ((0.0, 0.02), (10.0, 10.0 + away), (200.0, 200.02)):
        pace.done(began, ended)
        assert pace.due_at == pytest.approx(ended + 1.0)


@given(st.integers(1, 500))
def test_polls_leave_four_fifths_of_the_buffer_free(partitions: int) -> None:
    """However many partitions, one poll of each cannot fill the buffer that all fetching waits for."""
    buffer, poll = poll_bounds(partitions)
    assert poll >= 1
    assert partitions * poll <= 0.2 * buffer


def test_the_log_dam_counts_what_it_holds_back() -> None:
    """A flood of one kind is dammed and counted; our own lines and other kinds always pass."""
    now = [0.0]
    dam = RateLimit(burst=2, window_s=10.0, clock=lambda: now[0])

    def passes(name: str, text: str) -> str | None:
        record = logging.LogRecord(name, logging.WARNING, "", 0, text, (), None)
        return record.getMessage() if dam.filter(record) else None

    assert [passes("aiokafka", "no broker") for _ in range(4)] == ["no broker", "no broker", None, None]
    assert passes("faust", "no broker") == "no broker"
    assert all(passes("tokonomics.worker", "again") for _ in range(9))
    now[0] = 11.0
    assert passes("aiokafka", "no broker") == "no broker (and 2 more like it in 11 s)"


def owned() -> Ownership:
    """Both partitions live and held."""
    ownership = Ownership()
    ownership.assign(SPEC, NoConfigurations(), {FIRST, SECOND})
    for slot in ownership:
        slot.phase = Phase.LIVE
    ownership.held = True
    return ownership


def test_nothing_is_folded_or_acknowledged_during_a_rebalance() -> None:
    """From revocation to the next complete assignment no partition is live, and none is current."""
    ownership = owned()
    slot = ownership.live(FIRST)
    assert slot is not None
    ownership.release()
    assert ownership.live(FIRST) is None
    assert not ownership.is_current(slot)


def test_a_live_partition_that_stays_keeps_its_memory() -> None:
    """Its memory is a valid prefix of the log; one whose rebuild was cut short starts from nothing."""
    ownership = owned()
    kept, cut = ownership.slot(FIRST), ownership.slot(SECOND)
    assert kept is not None
    assert cut is not None
    cut.phase = Phase.REBUILDING
    ownership.release()
    assert ownership.assign(SPEC, NoConfigurations(), {FIRST, SECOND}) == {SECOND}
    assert ownership.slot(FIRST) is kept
    assert ownership.slot(SECOND) is not cut
    assert cut.cancelled.is_set()


def test_a_partition_that_went_elsewhere_starts_from_nothing() -> None:
    """A partition that comes back has been folded by others meanwhile: its state is the changelog's."""
    ownership = owned()
    gone = ownership.slot(FIRST)
    ownership.release()
    ownership.assign(SPEC, NoConfigurations(), {SECOND})
    assert ownership.slot(FIRST) is None
    assert ownership.assign(SPEC, NoConfigurations(), {FIRST, SECOND}) == {FIRST}
    assert ownership.slot(FIRST) is not gone


@dataclass
class Still:
    """What the watchdog looks at."""

    ownership: Ownership = field(default_factory=Ownership)
    beat_at: float = 0.0
    stopping_since: float | None = None


def look(watch: Watch, context: Any, now: float) -> None:
    context.beat_at = now
    watch.look(context, now)


def test_a_worker_without_an_assignment_ends() -> None:
    """60 s without an assignment end the worker, unless records are being replayed."""
    context, watch = Still(), Watch(60.0, 300.0, 0.0)
    context.ownership.assign(SPEC, NoConfigurations(), {FIRST})
    slot = context.ownership.slot(FIRST)
    assert slot is not None
    for now in range(0, 200, 10):
        slot.replayed += 1
        look(watch, context, float(now))
    look(watch, context, 245.0)
    with pytest.raises(NoProgress, match="no partitions assigned"):
        look(watch, context, 260.0)


def test_a_worker_that_folds_without_becoming_durable_ends() -> None:
    """Records are delivered and nothing becomes durable: ended after the time-out. Idle: never."""
    context, watch = Still(owned()), Watch(60.0, 300.0, 0.0)
    look(watch, context, 0.0)
    look(watch, context, 1000.0)
    slot = context.ownership.slot(FIRST)
    assert slot is not None
    slot.highest_seen = 5
    look(watch, context, 1001.0)
    with pytest.raises(NoProgress, match="nothing became durable"):
        look(watch, context, 1400.0)


def test_a_blocked_event_loop_ends_the_worker() -> None:
    """A fold that never returns is noticed from outside the event loop."""
    context: Any = Still(owned())
    with pytest.raises(NoProgress, match="event loop"):
        Watch(60.0, 300.0, 0.0).look(context, 301.0)


@pytest.mark.parametrize("wrong", [{"session_timeout_s": 5}, {"flush_timeout_s": 300}, {"slott": 1}])
def test_settings_that_would_wedge_a_worker_are_refused(wrong: dict[str, Any]) -> None:
    """A session below 6 s idles for ever; a watchdog below the flush time-out ends patient workers."""
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        WorkerSettings(**wrong)


def test_membership_is_static_on_kafka_alone() -> None:
    """A killed static member hangs the embedded broker's group; on Kafka it lets a restart count at once."""
    assert WorkerSettings(broker_kind="kafka", slot=2).instance_id == "tokonomics-2"
    assert WorkerSettings(broker_kind="embedded", slot=2).instance_id is None


def test_every_fault_has_a_reason_of_its_own() -> None:
    """The reason code in the log names one kind of fault."""
    reasons = [kind.reason for kind in WorkerFault.__subclasses__()]
    assert len(reasons) == len(set(reasons))
    assert reason_of(KeyError("x")) == "KeyError"
