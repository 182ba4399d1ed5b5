"""``config apply`` and ``config show`` on real brokers: interrupted, repeated, turned back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import count

import pytest

from stream.broker.ports import free_port
from stream.contract.configuration import Configuration, encode_configuration
from stream.contract.records import Epoch
from stream.contract.rows import EpochBegin, GenerationBegin, Marker, encode_state, marker_key
from stream.contract.topics import CONFIG, LOGS, STATE_TELEMETRY, TELEMETRY, TOPICS
from stream.control.broker_client import BrokerClient
from stream.control.configuration import apply, in_force
from stream.control.errors import BrokerAway, ConfigurationUnreadable, GenerationMissing, TopicsMissing
from stream.control.topics import Created, create_topics
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

PARTITIONS = 3
PARIS, ROME = configuration("Europe/Paris"), configuration("Europe/Rome")


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shared(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with own_broker(kind, tmp_path_factory.mktemp(f"control-{kind}")) as broker:
        yield broker.bootstrap


@pytest.fixture
def created(shared: str, kind: str) -> Created:
    """A log begun with a configuration of its own."""
    delete_topics(shared)
    return create_topics(shared, kind, PARTITIONS, configuration=configuration("UTC"))


def numbers(bootstrap: str) -> list[list[int]]:
    """Numbers of the epochs in each partition, in the log's order."""
    return [[r.number for r in records if isinstance(r, Epoch)] for records in log_of(bootstrap)]


def digest_of(one: Configuration) -> str:
    return encode_configuration(one)[0]


def test_what_is_applied_is_in_force_everywhere(shared: str, created: Created) -> None:
    """Each partition gets the epoch once; reading back gives the very configuration."""
    assert in_force(shared).standing.number == created.epoch.number
    applied = apply(shared, PARIS)
    assert applied.written == {log.source: (0, 1, 2) for log in LOGS}
    assert applied.epoch.number > created.epoch.number
    found = in_force(shared)
    assert found.configuration == PARIS
    assert (found.standing.number, found.standing.digest) == (applied.epoch.number, digest_of(PARIS))
    assert (found.standing.without_epoch, found.standing.begun) == ([], None)
    assert numbers(shared) == [[created.epoch.number, applied.epoch.number]] * PARTITIONS


def test_applying_the_same_again_writes_nothing(shared: str, created: Created) -> None:
    """The newest configuration is not written again, nor its epochs."""
    apply(shared, PARIS)
    before = numbers(shared)
    with crash_at(0, written=False) as writes:
        assert not any(apply(shared, PARIS).written.values())
    assert (writes, numbers(shared)) == ([0], before)


def test_going_back_to_an_old_content_gets_a_new_number(shared: str, created: Created) -> None:
    """Epochs only rise: an older content is written again, else no worker would take it."""
    ways = [apply(shared, one).epoch for one in (PARIS, ROME, PARIS)]
    assert ways[0].digest == ways[2].digest
    for partition in numbers(shared):
        assert partition == sorted(set(partition)) and len(partition) == 4
    assert in_force(shared).configuration == PARIS


@pytest.mark.parametrize("written", [False, True])
def test_an_interrupted_apply_goes_on(shared: str, kind: str, created: Created, written: bool) -> None:
    """Killed at any write, the same apply again ends with one rising line of epochs in every partition."""
    zones = ["Europe/Oslo", "Europe/Berlin"]
    for number in count(1, STRIDE[kind]):
        wanted = configuration(zones[number // STRIDE[kind] % 2])
        with crash_at(number, written=written) as writes, contextlib.suppress(Crash):
            apply(shared, wanted)
        if writes[0] < number:
            break
        applied = apply(shared, wanted)
        assert applied.standing.without_epoch == [] and applied.standing.begun is None
        assert in_force(shared).configuration == wanted
        for partition in numbers(shared):
            assert partition == sorted(partition)
            assert partition[-1] == applied.epoch.number
            assert partition.count(applied.epoch.number) <= 2  # a note that was lost; the fold ignores it
    assert number > 1 + 2 * PARTITIONS


def test_an_interruption_shows_and_another_configuration_may_follow(shared: str, created: Created) -> None:
    """After content without epochs, and after epochs in some partitions, `config show` tells which."""
    with crash_at(1, written=True), pytest.raises(Crash):
        apply(shared, PARIS)
    standing = in_force(shared).standing
    assert standing.number == created.epoch.number and standing.begun is not None
    others = 2 * PARTITIONS * (len(LOGS) - 1)  # an epoch and its note each; the telemetry log comes last
    with crash_at(others + 3, written=True), pytest.raises(Crash):
        apply(shared, PARIS)
    standing = in_force(shared).standing
    assert (standing.digest, standing.without_epoch) == (digest_of(PARIS), [1, 2])
    assert apply(shared, ROME).standing.without_epoch == []
    assert in_force(shared).configuration == ROME
    assert all(partition == sorted(partition) for partition in numbers(shared))


def write_marker(bootstrap: str, created: Created, partition: int, epoch: Epoch) -> None:
    """As a worker would that has taken ``epoch``."""
    born = created.generation
    marker = Marker(
        log=born.id,
        partition=partition,
        upto=epoch.number + 5,
        day=20_000,
        expected=[],
        generations=[GenerationBegin(0, born.id, born.created_us, born.partitions, born.window_days)],
        days=[],
        epochs=[EpochBegin(1, epoch.number, epoch.digest)],
        admitted=[],
        accepted_us=0,
        time_ms=0,
    )
    with BrokerClient(bootstrap) as client:
        client.append(STATE_TELEMETRY, partition, [(marker_key(born.id), encode_state(marker))])


def test_partitions_behind_are_named(shared: str, created: Created) -> None:
    """A worker's marker says which epoch it folds with; waiting ends when all have taken the new one."""
    for partition in range(PARTITIONS):
        write_marker(shared, created, partition, created.epoch)
    applied = apply(shared, PARIS, wait_s=0.1)
    assert applied.standing.behind == [0, 1, 2] and applied.waited_in_vain
    for partition in (0, 2):
        write_marker(shared, created, partition, applied.epoch)
    assert in_force(shared).standing.behind == [1]
    write_marker(shared, created, 1, applied.epoch)
    done = apply(shared, PARIS, wait_s=30)
    assert done.standing.behind == [] and not done.waited_in_vain


def test_what_is_missing_or_unreadable_is_said(shared: str, created: Created) -> None:
    """No topics, no generation, a content that is not what its hash says: each with its mend."""
    with BrokerClient(shared) as client:
        client.append(CONFIG, 0, [(created.epoch.digest.encode(), b"broken")])
    with pytest.raises(ConfigurationUnreadable, match="apply its file again"):
        in_force(shared)
    delete_topics(shared, TELEMETRY)
    with pytest.raises(TopicsMissing, match=r"has no topic llm.telemetry.v1; run `tokonomics topics create`"):
        apply(shared, PARIS)
    with BrokerClient(shared) as client:
        client.create(next(topic for topic in TOPICS if topic.name == TELEMETRY), PARTITIONS, 1, {})
    with pytest.raises(GenerationMissing, match=r"\[0, 1, 2\]: does not begin with a generation"):
        apply(shared, PARIS)


def test_a_broker_that_is_away_is_one_line() -> None:
    """Nobody at the address: BrokerAway, for reading and for writing alike."""
    away = f"127.0.0.1:{free_port()}"
    with pytest.raises(BrokerAway, match="does not answer within 1 s"):
        in_force(away, timeout_s=1.0)
