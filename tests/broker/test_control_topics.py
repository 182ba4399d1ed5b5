"""``create_topics`` on real brokers: run again, interrupted, run twice at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from stream.broker.ports import free_port
from stream.contract.records import Epoch, Generation
from stream.contract.topics import STATE_TELEMETRY, TELEMETRY, TOPICS
from stream.control.broker_client import BrokerClient
from stream.control.errors import BrokerAway, GenerationMissing, TopicsDiffer
from stream.control.topics import create_topics
from tests.broker.control_log import (
    KINDS,
    STRIDE,
    Crash,
    configuration,
    crash_at,
    delete_topics,
    log_of,
    own_broker,
)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shared(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with own_broker(kind, tmp_path_factory.mktemp(f"control-{kind}")) as broker:
        yield broker.bootstrap


@pytest.fixture
def bootstrap(shared: str) -> str:
    """The module's broker, without topics."""
    delete_topics(shared)
    return shared


def begins_well(bootstrap: str, partitions: int) -> tuple[Generation, Epoch]:
    """Every partition holds one generation and its first epoch, the same everywhere, and both first."""
    log = log_of(bootstrap)
    assert len(log) == partitions
    firsts = {(partition[0], partition[1]) for partition in log}
    assert len(firsts) == 1
    generation, epoch = firsts.pop()
    assert isinstance(generation, Generation) and isinstance(epoch, Epoch)
    for partition in log:
        assert all(record == epoch for record in partition[1:]), (
            partition
        )  # twice is no fault: it is not taken
    return generation, epoch


def test_topics_are_made_once(bootstrap: str, kind: str) -> None:
    """The first run makes everything; the next ones find it as it is and write nothing."""
    first = create_topics(bootstrap, kind, 3)
    assert set(first.made) == {topic.name for topic in TOPICS} and first.made[-1] == TELEMETRY
    assert first.begun == (0, 1, 2)
    assert begins_well(bootstrap, 3) == (first.generation, first.epoch)
    with BrokerClient(bootstrap) as client:
        assert {name: topic.partitions for name, topic in client.topics().items()} == {
            topic.name: topic.partitions(3) for topic in TOPICS
        }
    before = log_of(bootstrap)
    with crash_at(0, written=False) as writes:
        again = create_topics(bootstrap, kind)
    assert (again.made, again.begun, writes) == ((), (), [0])
    assert (again.generation, again.epoch, log_of(bootstrap)) == (first.generation, first.epoch, before)


@pytest.mark.parametrize("written", [False, True])
def test_a_run_interrupted_at_any_write_is_ended_by_the_next(
    bootstrap: str, kind: str, written: bool
) -> None:
    """Whatever the write after which a run was killed, the next one leaves the log of an unbroken run."""
    for number in count(1, STRIDE[kind]):
        delete_topics(bootstrap)
        with crash_at(number, written=written) as writes, contextlib.suppress(Crash):
            create_topics(bootstrap, kind, 2)
        if writes[0] < number:
            break
        created = create_topics(bootstrap, kind, 2)
        assert begins_well(bootstrap, 2) == (created.generation, created.epoch), number
        again = create_topics(bootstrap, kind)
        assert (again.made, again.begun, again.generation) == ((), (), created.generation)
    assert number > len(TOPICS) + 2


def test_two_runs_at_once_agree(bootstrap: str, kind: str) -> None:
    """Two operators make the same log: one generation, one first epoch."""
    for _ in range(4):
        delete_topics(bootstrap)
        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(create_topics, bootstrap, kind, 2) for _ in range(2)]
            both = [run.result(60) for run in runs]
        assert both[0].generation == both[1].generation
        everything = {record for partition in log_of(bootstrap) for record in partition}
        assert everything == {both[0].generation, both[0].epoch}


def test_a_log_keeps_what_it_was_made_with(bootstrap: str, kind: str) -> None:
    """Another number of partitions or another window is refused, and nothing is altered."""
    create_topics(bootstrap, kind, 2, window_days=7)
    before = log_of(bootstrap)
    with pytest.raises(TopicsDiffer, match="has 2 partitions, 3 expected"):
        create_topics(bootstrap, kind, 3)
    with pytest.raises(TopicsDiffer, match="--window-days: 14, this log was made with 7"):
        create_topics(bootstrap, kind, window_days=14)
    assert create_topics(bootstrap, kind).generation.window_days == 7
    assert log_of(bootstrap) == before


def test_a_topic_made_anew_is_another_log(bootstrap: str, kind: str) -> None:
    """After the telemetry topic was deleted a new generation begins, with the last configuration."""
    first = create_topics(bootstrap, kind, 2, configuration=configuration("Europe/Paris"))
    delete_topics(bootstrap, TELEMETRY)
    second = create_topics(bootstrap, kind)
    assert second.made == (TELEMETRY,)
    assert second.generation.id != first.generation.id
    assert second.epoch == first.epoch
    assert begins_well(bootstrap, 2) == (second.generation, second.epoch)


def test_missing_topics_are_added(bootstrap: str, kind: str) -> None:
    """A topic that is gone is made again with the log's partitions; the log goes on."""
    first = create_topics(bootstrap, kind, 2)
    delete_topics(bootstrap, STATE_TELEMETRY)
    second = create_topics(bootstrap, kind)
    assert (second.made, second.begun, second.generation) == ((STATE_TELEMETRY,), (), first.generation)


def test_a_log_that_somebody_else_began_is_refused(bootstrap: str, kind: str) -> None:
    """Records before any generation mean that a foreign producer wrote: it is not begun on top of them."""
    with BrokerClient(bootstrap) as client:
        telemetry = next(topic for topic in TOPICS if topic.name == TELEMETRY)
        client.create(telemetry, 2, 1, {})
        client.append(TELEMETRY, 1, [(None, b"not ours")])
    with pytest.raises(GenerationMissing, match=r"v1\[1\]: begins with a record of kind unknown"):
        create_topics(bootstrap, kind, 2)


def test_a_broker_that_is_away_is_one_line() -> None:
    """Nobody at the address: an error within the time-out, which names the address and the option."""
    with pytest.raises(BrokerAway) as caught:
        create_topics(f"127.0.0.1:{free_port()}")
    assert "does not answer within 5 s" in str(caught.value) and "--broker" in str(caught.value)
    assert "\n" not in str(caught.value)
