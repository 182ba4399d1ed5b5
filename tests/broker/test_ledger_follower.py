"""The follower on real brokers: exact, on from where it stood, in spite of what is killed or made anew."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.contract.rows import MEASURE_INDEX
from stream.ledger import queries
from stream.ledger.database import open_ledger
from stream.ledger.errors import LedgerError, LedgerFault
from stream.ledger.figures import View
from stream.ledger.follower import Follower
from stream.ledger.logreader import LogTopics
from tests.broker.ledger_log import StateTopics, wait_until
from tests.unit.ledger.records import DAY, check_row, closed, marker, shard, usage_row


@contextmanager
def following(engine: Engine, *topics: StateTopics, later: Sequence[LogTopics] = ()) -> Iterator[Follower]:
    """A follower that runs meanwhile; what it raises is raised at the end. ``later``: not there yet."""
    logs = [*(each.log for each in topics), *later]
    follower, stop = Follower(engine, topics[0].bootstrap, logs=logs), threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            follower.run(stop)
        except LedgerError as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield follower
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
    if raised:
        raise raised[0]


@pytest.fixture
def topics(broker: Broker) -> Iterator[StateTopics]:
    made = StateTopics(broker.bootstrap, partitions=2)
    yield made
    made.close()


def requests(view: View) -> dict[str, int]:
    """Successful requests by department."""
    at = MEASURE_INDEX["requests_success"]
    return {labels[1]: int(view.values[i, at]) for i, labels in enumerate(view.labels)}


def shown(follower: Follower) -> dict[str, int] | None:
    """Requests by department; None while it is not to be shown."""
    view = follower.view()
    return requests(view) if view.behind == 0 else None


def test_what_workers_wrote_is_shown_and_stored_exactly(topics: StateTopics, tmp_path: Path) -> None:
    """All partitions of both topics are read, a day that is over is merged, and view and queries agree."""
    topics.write(shard([usage_row("sales", 3)], 5), shard([usage_row("care", 2)], 4, partition=1))
    topics.write(shard([usage_row("sales", 4)], 9), closing=True)
    topics.write(closed({0: 9}), closing=True)
    topics.write(None, shard([usage_row("sales", 1)], 12, day=DAY + 1))
    topics.write(marker({0: 12}, 12, day=DAY + 1), marker({0: 4}, 20, partition=1))
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    with following(engine, topics) as follower:
        wait_until(lambda: shown(follower) == {"sales": 5, "care": 2}, "the view is exact")
        figures = {f.labels: f.measures["tokens_input"] for f in queries.usage(engine, ["department"])}
        assert figures == {("sales",): 50, ("care",): 20}
        assert follower.view().accepted_us == 20_000_000
        assert queries.freshness(engine).behind == 0


def test_nothing_is_shown_before_the_end_of_the_log(topics: StateTopics, tmp_path: Path) -> None:
    """The first view that may be shown holds everything that was in the log when the follower started."""
    count = 300
    for number in range(1, count + 1):
        topics.write(shard([usage_row("sales", number)], number))
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    with following(engine, topics) as follower:
        wait_until(lambda: shown(follower) is not None, "the log is read")
        assert shown(follower) == {"sales": count}


def test_a_log_that_never_rests_is_shown_all_the_same(topics: StateTopics, tmp_path: Path) -> None:
    """The log's end is noticed although no read ever finds nothing new."""
    engine, rest = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite"), threading.Event()
    topics.write(shard([usage_row("sales", 1)], 1))

    def write_on() -> None:
        number = 1
        while not rest.is_set():
            number += 1
            topics.write(shard([usage_row("sales", number)], number))

    writer = threading.Thread(target=write_on, daemon=True)
    writer.start()
    try:
        with following(engine, topics) as follower:
            wait_until(lambda: shown(follower) is not None, "the log is read to its end", 10)
    finally:
        rest.set()
        writer.join(20)


def test_a_shard_that_the_marker_vouches_for_and_is_missing_holds_the_view_back(
    topics: StateTopics, tmp_path: Path
) -> None:
    """While a shard is held below its expected stamp the view says behind, and as many in freshness."""
    topics.write(shard([usage_row("sales", 3)], 5), marker({0: 5, 1: 6}, 6))
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    with following(engine, topics) as follower:
        wait_until(lambda: queries.freshness(engine).accepted_us == 6_000_000, "the marker is held")
        assert queries.freshness(engine).behind == 1
        assert follower.view().behind == 1
        topics.write(shard([usage_row("care", 1)], 6, number=1))
        wait_until(lambda: shown(follower) == {"sales": 3, "care": 1}, "the shard came")


def test_it_goes_on_where_it_stood(topics: StateTopics, tmp_path: Path) -> None:
    """A second run reads on from the stored positions and never shows less than the first did."""
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    topics.write(shard([usage_row("sales", 3)], 5))
    with following(engine, topics) as follower:
        wait_until(lambda: shown(follower) == {"sales": 3}, "first run")
        first = follower.view()
    topics.write(shard([usage_row("sales", 7)], 6))
    with following(engine, topics) as follower:
        wait_until(lambda: shown(follower) is not None, "the log is read")
        second = follower.view()
        assert requests(second) == {"sales": 7}
        assert second.labels[: len(first.labels)] == first.labels
        assert (second.first_seen_us[: len(first.labels)] == first.first_seen_us).all()


def test_equal_stamp_with_another_value_stops_it(topics: StateTopics, tmp_path: Path) -> None:
    """Two writes that contradict each other are never chosen from: the follower stops, and shows nothing."""
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    with pytest.raises(LedgerFault) as caught, following(engine, topics) as follower:
        topics.write(shard([usage_row("sales", 3)], 5))
        wait_until(lambda: shown(follower) == {"sales": 3}, "the first write is held")
        topics.write(shard([usage_row("sales", 4)], 5))
        with pytest.raises(LedgerFault):
            wait_until(lambda: shown(follower) == {"sales": 4}, "never")
    assert caught.value.reason == "equal_stamp"
    assert queries.usage(engine, [])[0].measures["requests_success"] == 3


def test_an_unreadable_record_is_passed_over(topics: StateTopics, tmp_path: Path) -> None:
    """A record that cannot be decoded does not stop the follower, and the marker tells that it lacks."""
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    topics.write(b"\xc1 no msgpack", shard([usage_row("sales", 3)], 5), marker({0: 5, 1: 4}, 5))
    with following(engine, topics) as follower:
        wait_until(lambda: queries.freshness(engine).accepted_us > 0, "read beyond it")
        assert follower.view().behind == 1
        topics.write(shard([usage_row("care", 1)], 5, number=1))
        wait_until(lambda: shown(follower) == {"sales": 3, "care": 1}, "written anew")


def test_a_second_ledger_process_is_refused(topics: StateTopics, tmp_path: Path) -> None:
    """Two followers never write to one database: the second fails at once and says why."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    with following(open_ledger(url), topics) as follower:
        wait_until(lambda: follower.view().behind == 0, "the first runs")
        with pytest.raises(LedgerError, match="another ledger process") as caught:
            Follower(open_ledger(url), topics.bootstrap, logs=[topics.log]).run(threading.Event())
        assert caught.value.reason == "in_use"


def test_topics_made_anew_are_read_from_their_beginning(tmp_path: Path) -> None:
    """An in-memory broker started again has other topics of the same names: their rows are added."""
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    with EmbeddedBroker(None, tmp_path) as broker:
        topics = StateTopics(broker.bootstrap, name="same")
        topics.write(*(shard([usage_row("sales", n)], n) for n in range(1, 4)))
        with following(engine, topics) as follower:
            wait_until(lambda: shown(follower) == {"sales": 3}, "first log")
            topics.close()
            broker.kill()
            broker.start()
            again = StateTopics(broker.bootstrap, name="same")
            again.write(shard([usage_row("sales", 2)], 1, day=DAY + 9))
            wait_until(lambda: shown(follower) == {"sales": 5}, "the new log from its beginning")
            again.close()


def test_a_log_that_is_made_later_is_followed_too(broker: Broker, tmp_path: Path) -> None:
    """Without the topics of one log the others are shown; made while the ledger runs, it is read from its
    beginning, and each agent's own newest marker decides what is behind, however young another's log is.
    """
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    telemetry, name = StateTopics(broker.bootstrap), uuid.uuid4().hex
    telemetry.write(shard([usage_row("sales", 3)], 5), marker({0: 5}, 5, made=9))
    later = LogTopics("probes", f"state-{name}", f"closed-{name}")
    with following(engine, telemetry, later=[later]) as follower:
        wait_until(lambda: shown(follower) == {"sales": 3}, "the log that is there")
        probes = StateTopics(broker.bootstrap, name=name, agent="probes")
        probes.write(marker({0: 4, 1: 4}, 4, log="h", made=8))
        wait_until(lambda: follower.view().behind == 2, "its marker names shards that are not there")
        assert queries.freshness_by_agent(engine)["telemetry"].behind == 0
        probes.write(shard([check_row("chat", 2)], 4, generation="h"))
        probes.write(shard([check_row("search", 1)], 4, number=1, generation="h"))
        wait_until(lambda: follower.view().behind == 0, "they came")
        view = follower.view()
        checks = zip(view.probes.labels, view.probes.values[:, 0].tolist(), strict=True)
        assert {labels[0]: count for labels, count in checks} == {"chat": 2, "search": 1}
        assert view.accepted_us_by_agent == {"telemetry": 5_000_000, "probes": 4_000_000}
    telemetry.close()
    probes.close()


def test_it_waits_for_a_broker_that_is_away(tmp_path: Path) -> None:
    """Started before the broker and its topics, it reads once both are there; while the broker is away, what
    is held stays shown.
    """
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    with EmbeddedBroker(None, tmp_path) as broker:
        topics = StateTopics(broker.bootstrap, name="late")
        topics.close()
        broker.stop()
        with following(engine, topics) as follower:
            assert follower.view().behind > 0
            broker.start()
            topics = StateTopics(broker.bootstrap, name="late")
            topics.write(shard([usage_row("sales", 3)], 5))
            wait_until(lambda: shown(follower) == {"sales": 3}, "the broker came", 40)
            topics.close()
            broker.kill()
            assert shown(follower) == {"sales": 3}
