"""``create_topics`` on real brokers: run again, interrupted, run twice at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from stream.broker.ports import free_port
from stream.contract.records import Epoch, Generation
from stream.contract.topics import (
    CLOSED_TELEMETRY,
    CONFIG,
    LOGS,
    QUARANTINE,
    STATE_TELEMETRY,
    TELEMETRY,
    TELEMETRY_LOG,
    TOPICS,
)
from stream.control.broker_client import BrokerClient
from stream.control.configuration import apply, in_force
from stream.control.errors import BrokerAway, GenerationMissing, TopicsDiffer
from stream.control.topics import _ORDER, create_topics
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

FORMER = (TELEMETRY, STATE_TELEMETRY, CLOSED_TELEMETRY, QUARANTINE, CONFIG)  #: topics of the former release
PER_LOG = 2  #: writes into each of two partitions: its begin, and the note of that


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
    """Every partition of a log holds one generation and its first epoch, the same everywhere, and both first;
    each log has a generation of its own, all the same epoch. Returns the telemetry log's.
    """
    begins = {log: one_begins_well(bootstrap, log.source, partitions) for log in LOGS}
    assert len({generation.id for generation, _ in begins.values()}) == len(LOGS)
    assert len({epoch for _, epoch in begins.values()}) == 1
    for log, (generation, _) in begins.items():
        assert log.window_days in (None, generation.window_days)
    return begins[TELEMETRY_LOG]


def one_begins_well(bootstrap: str, topic: str, partitions: int) -> tuple[Generation, Epoch]:
    log = log_of(bootstrap, topic)
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
    """Whatever the write after which a run was killed, the next one leaves the logs of an unbroken run."""
    assert interrupted_at(count(1, STRIDE[kind]), bootstrap, kind, written) > len(TOPICS) + 2


@pytest.mark.long
@pytest.mark.parametrize("written", [False, True])
def test_a_run_interrupted_at_each_write_is_ended_by_the_next(
    bootstrap: str, kind: str, written: bool
) -> None:
    """The same at every single write."""
    assert interrupted_at(count(1), bootstrap, kind, written) > len(TOPICS) + 2 * PER_LOG * len(LOGS)


def interrupted_at(writes: Iterable[int], bootstrap: str, kind: str, written: bool) -> int:
    """Interrupt a run at each of these writes and run again; the first number that no run reaches."""
    for number in writes:
        delete_topics(bootstrap)
        with crash_at(number, written=written) as done, contextlib.suppress(Crash):
            create_topics(bootstrap, kind, 2)
        if done[0] < number:
            return number
        created = create_topics(bootstrap, kind, 2)
        assert begins_well(bootstrap, 2) == (created.generation, created.epoch), number
        again = create_topics(bootstrap, kind)
        assert (again.made, again.begun, again.generation) == ((), (), created.generation)
    raise AssertionError("writes without end")


def test_two_runs_at_once_agree(bootstrap: str, kind: str) -> None:
    """Two operators make the same logs: one generation each, one first epoch."""
    for _ in range(3):
        delete_topics(bootstrap)
        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(create_topics, bootstrap, kind, 2) for _ in range(2)]
            both = [run.result(60) for run in runs]
        for one, other in zip(both[0].logs, both[1].logs, strict=True):
            assert one.generation == other.generation
            everything = {record for part in log_of(bootstrap, one.log.source) for record in part}
            assert everything == {one.generation, both[0].epoch}


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
    kept = {log.log: log.generation for log in first.logs if log.log is not TELEMETRY_LOG}
    assert kept.items() <= {log.log: log.generation for log in second.logs}.items()


def test_an_installation_of_the_former_release_is_completed(
    bootstrap: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that knows the telemetry log alone: the other logs are made beside it, with its configuration in
    force, also when that run is interrupted; what is there is not touched.
    """
    former = [topic for topic in _ORDER if topic.name in FORMER]
    with monkeypatch.context() as release:
        for module in ("topics", "configuration"):
            release.setattr(f"stream.control.{module}.LOGS", (TELEMETRY_LOG,))
        release.setattr("stream.control.topics._ORDER", former)
        release.setattr("stream.control.configuration.TOPICS", former)
        first = create_topics(bootstrap, kind, 2, window_days=7)
        epoch = apply(bootstrap, configuration("Europe/Paris")).epoch
    before = log_of(bootstrap)
    for number in (3, 15, 22):
        with crash_at(number, written=True), contextlib.suppress(Crash):
            create_topics(bootstrap, kind)
    second = create_topics(bootstrap, kind)
    assert log_of(bootstrap) == before
    assert (second.generation, second.begun) == (first.generation, ())
    for log in second.logs:
        if log.log is not TELEMETRY_LOG:
            assert one_begins_well(bootstrap, log.log.source, 2) == (log.generation, epoch)
            assert log.generation.window_days == log.log.window_days
    found = in_force(bootstrap)
    assert {standing.number for standing in found.standings.values()} == {epoch.number}
    assert not any(standing.without_epoch for standing in found.standings.values())


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
