"""Which configuration is in force and who is behind; notes, heads and settings of topics; no broker."""

from __future__ import annotations

import pytest

from stream.contract.records import Epoch, Generation, Heartbeat, encode_record
from stream.contract.rows import EpochBegin, GenerationBegin, Marker
from stream.contract.topics import TELEMETRY, TOPICS
from stream.control.errors import GenerationMissing, GenerationsDiffer
from stream.control.heads import agreed_generation, head_of, refuse_trimmed, without_generation
from stream.control.layout import (
    least_retention_ms,
    partition_differences,
    replication_for,
    setting_differences,
    wanted_settings,
)
from stream.control.notes import Birth, ConfigLog, EpochWritten, birth_record, epoch_record
from stream.control.standing import standing_of

BORN = Generation("g1", 1, 2)
DAY_MS = 86_400_000


def noted(*notes: tuple[int, int, int], contents: tuple[int, ...] = ()) -> ConfigLog:
    """``notes``: (offset, partition, number of its epoch). ``contents``: offsets of configurations."""
    log = ConfigLog()
    for offset in contents:
        log.take(offset, f"digest{offset}".encode(), b"x")
    for offset, partition, number in notes:
        log.take(offset, *epoch_record("g1", partition, EpochWritten(number, f"digest{number}", 7)))
    return log


def marker(number: int) -> Marker:
    born = GenerationBegin(0, "g1", 1, 2, 14)
    return Marker("g1", 0, 9, 20_000, [], [born], [], [EpochBegin(1, number, f"digest{number}")], [], 0, 0)


def test_the_highest_epoch_written_anywhere_is_in_force() -> None:
    """One partition that has it is enough: a worker there folds with it already."""
    found = standing_of(
        noted((1, 0, 0), (2, 1, 0), (4, 0, 3), contents=(0, 3)), "g1", 2, {0: marker(3), 1: None}
    )
    assert (found.number, found.digest, found.begun) == (3, "digest3", None)
    assert (found.without_epoch, found.behind) == ([1], [1])


def test_content_without_an_epoch_has_begun() -> None:
    """Written, and not in force: an interrupted apply."""
    found = standing_of(noted((1, 0, 0), (2, 1, 0), contents=(0, 5)), "g1", 2, {0: marker(0), 1: marker(0)})
    assert (found.number, found.begun, found.behind, found.without_epoch) == (0, 5, [], [])


def test_what_is_in_force_in_one_log_must_be_in_every_log() -> None:
    """A log that an interrupted apply has not reached lacks the epoch in force, although its own agree."""
    telemetry = standing_of(noted((1, 0, 3), (2, 1, 3), contents=(0, 3)), "g1", 2, {})
    other = standing_of(noted((1, 0, 0), (2, 1, 3)), "g1", 2, {0: marker(0)}, telemetry.in_force)
    assert (other.number, other.without_epoch, other.behind) == (3, [0], [0, 1])
    begun = standing_of(noted((1, 0, 5), (2, 1, 5)), "g1", 2, {}, telemetry.in_force)
    assert (begun.number, begun.without_epoch) == (5, [])  # it got a newer one before the telemetry log


def test_nothing_is_in_force_in_a_log_of_another_generation() -> None:
    """Notes of an older log say nothing of this one."""
    found = standing_of(noted((1, 0, 0), contents=(0,)), "g2", 2, {})
    assert (found.number, found.digest, found.begun) == (None, None, 0)
    assert found.without_epoch == [0, 1] and found.behind == []


def test_notes_come_in_any_order() -> None:
    """The highest number of a partition holds, whichever of two runs noted it last."""
    log = noted((1, 0, 3), (2, 0, 1))
    assert log.epochs["g1", 0].number == 3
    assert log.written("g1", [0, 1], 3).keys() == {0} and log.written("g1", [0], 4) == {}


def test_the_first_proposal_holds() -> None:
    """Of two runs that begin one log at once, the first in the topic wins; tombstones do not."""
    log = ConfigLog()
    births = [Birth(Generation(name, 1, 2), Epoch(0, "d", 1)) for name in ("g1", "g2")]
    for offset, birth in enumerate(births):
        log.take(offset, *birth_record("topic", birth))
    log.take(2, b"digest", None)
    log.take(3, None, b"x")
    assert log.births == {"topic": births[0]} and log.newest is None


def test_a_log_must_begin_with_one_generation() -> None:
    """Two generations, or a foreign first record, are refused; an empty partition is to be begun."""
    one, other = encode_record(BORN), encode_record(Generation("g2", 1, 2))
    assert agreed_generation([head_of(TELEMETRY, 0, 0, one), head_of(TELEMETRY, 1, 0, one)]) == BORN
    with pytest.raises(GenerationsDiffer, match="0 is of generation g1, partition 1 is of generation g2"):
        agreed_generation([head_of(TELEMETRY, 0, 0, one), head_of(TELEMETRY, 1, 0, other)])
    for value in (b"", b"\x01", b"not ours", None):
        with pytest.raises(GenerationMissing, match="of kind unknown"):
            agreed_generation([head_of(TELEMETRY, 0, 0, value)])
    with pytest.raises(GenerationMissing, match="of kind heartbeat"):
        agreed_generation([head_of(TELEMETRY, 0, 0, encode_record(Heartbeat("c", 1)))])


def test_a_trimmed_log_is_not_taken_for_an_empty_one() -> None:
    """Where retention has removed the first record, control must know the generation from its own notes."""
    trimmed = head_of(TELEMETRY, 0, 500, encode_record(Heartbeat("c", 1)))
    assert agreed_generation([trimmed]) is None and without_generation([trimmed]) == []
    with pytest.raises(GenerationMissing, match="begins at offset 500"):
        refuse_trimmed([trimmed])


def test_retention_covers_twice_the_window_and_a_week() -> None:
    """A wider window lengthens the log's retention; a narrower one does not shorten it."""
    assert least_retention_ms(14) == 35 * DAY_MS
    telemetry = next(topic for topic in TOPICS if topic.name == TELEMETRY)
    assert wanted_settings(telemetry, 30, 1)["retention.ms"] == str(67 * DAY_MS)
    assert wanted_settings(telemetry, 7, 1)["retention.ms"] == str(35 * DAY_MS)
    assert "min.insync.replicas" not in wanted_settings(telemetry, 14, 1)
    assert wanted_settings(telemetry, 14, 3)["min.insync.replicas"] == "2"
    assert [replication_for(brokers) for brokers in (1, 2, 3, 9)] == [1, 1, 3, 3]


def test_each_setting_is_judged_by_what_suffices() -> None:
    """As made there is no difference; each one off is found alone; more than enough is no difference."""
    made = {topic.name: wanted_settings(topic, 14, 1) for topic in TOPICS}
    assert setting_differences(made, 14) == []
    for topic in TOPICS:
        for name in made[topic.name]:
            without = {**made, topic.name: {k: v for k, v in made[topic.name].items() if k != name}}
            without[topic.name]["x"] = "y"
            found = setting_differences(without, 14)
            assert [(d.topic, d.setting, d.found) for d in found] == [(topic.name, name, "unset")]
            assert f"--add-config {name}=" in found[0].mend and found[0].why
    assert {d.setting for d in setting_differences(made, 30)} == {"retention.ms"}


def test_partitions_that_differ() -> None:
    """Partitioned topics have the telemetry log's number, the others one; a missing one is none."""
    found = {topic.name: topic.partitions(4) for topic in TOPICS}
    assert partition_differences(found, 4) == [] and partition_differences({}, 4) == []
    assert len(partition_differences(found, 5)) == sum(topic.partitioned for topic in TOPICS)
