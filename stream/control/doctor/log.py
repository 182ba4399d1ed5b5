"""The logs: their generations, the configuration in force, the clock, and the workers that fold it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from stream.contract.configuration import FOLD_VERSION
from stream.contract.frame import Kind, UnknownVersion, unpack
from stream.contract.records import Generation, Heartbeat, decode_body
from stream.contract.rows import Marker
from stream.contract.topics import TELEMETRY
from stream.control.broker_client import BrokerClient, SeenTopic
from stream.control.doctor.findings import Finding, fail, ok, unchecked, warn
from stream.control.doctor.topics import CREATE
from stream.control.epochs import read_config_log
from stream.control.errors import ConfigurationUnreadable, GenerationMissing, GenerationsDiffer
from stream.control.heads import agreed_generation, without_generation
from stream.control.notes import ConfigLog
from stream.control.standing import Standing
from stream.control.topics import read_heads

_APPLY: Final = "run `tokonomics config apply FILE` again"
_WORKERS: Final = "start `tokonomics worker --slot N`, or look at the logs of those that run"
_COLLECT: Final = "start `tokonomics collect`: it writes a heartbeat into every partition each 10 s"
_SKEW_S: Final = 5.0
_QUIET_S: Final = 60.0
_LATE_S: Final = 60.0
_VERY_LATE_S: Final = 3600.0
_DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class Newest:
    """Newest record of a partition. ``skew_s``: the record's time over its writer's, where it says one."""

    offset: int
    time_s: float
    skew_s: float | None


def generation(
    client: BrokerClient, topic: SeenTopic, log: ConfigLog | None
) -> tuple[Generation | None, Finding]:
    """The generation that all partitions agree on; None where there is none, as the finding says."""
    heads = read_heads(client, topic.name, topic.partitions)
    try:
        named = agreed_generation(heads)
    except (GenerationMissing, GenerationsDiffer) as error:
        said, _, mend = str(error).partition("; ")
        return None, fail("generation", said, mend)
    empty, born = without_generation(heads), log.births.get(topic.id) if log else None
    found = named or (born.generation if born else None)  # retention may have removed the first record
    if empty or found is None:
        where = f"[{_listed(empty)}]" if empty else ""
        return None, fail("generation", f"{topic.name}{where}: does not begin with a generation", CREATE)
    if found.partitions != topic.partitions:
        said = f"{topic.name} was made with {found.partitions} partitions and has {topic.partitions} now"
        return None, fail("generation", said, "partitions cannot be taken back: make a new installation")
    said = f"{topic.name}: {found.id}, window {found.window_days} days, in every partition"
    return found, ok("generation", said)


def configuration(client: BrokerClient) -> tuple[ConfigLog | None, Finding | None]:
    """What llm.config.v1 holds; None and a finding where it cannot be read."""
    try:
        return read_config_log(client), None
    except ConfigurationUnreadable as error:
        said, _, mend = str(error).rpartition("; ")
        return None, fail("configuration", said, mend)


def in_force(log: ConfigLog, standings: Mapping[str, Standing]) -> Iterator[Finding]:
    """Whether a configuration is in force in every partition of every log, readable, and taken by the
    workers. ``standings``: by log, the telemetry log's among them.
    """
    standing = standings[TELEMETRY]
    if standing.digest is None:
        yield fail("configuration", "none is in force", CREATE)
        return
    try:
        found = log.configuration(standing.digest)
    except ConfigurationUnreadable as error:
        said, _, mend = str(error).rpartition("; ")
        yield fail("configuration", said, mend)
        return
    if found.fold_version > FOLD_VERSION:
        said = f"fold version {found.fold_version} is newer than this release's {FOLD_VERSION}"
        yield fail("configuration", said, "upgrade")
    if standing.begun is not None:
        yield warn("configuration", f"number {standing.begun} was written and not applied", _APPLY)
    sound = standing.begun is None
    for name, one in standings.items():
        if one.without_epoch:
            said = f"number {one.number} was not written into {name}, partitions {_listed(one.without_epoch)}"
            yield fail("configuration", said, _APPLY)
        behind = [p.partition for p in one.partitions if p.partition in one.behind and p.taken is not None]
        if behind:
            said = f"{name}: partitions {_listed(behind)} are folded by an older one than number {one.number}"
            yield warn("configuration", said, f"wait a moment; then {_WORKERS}")
        sound = sound and not one.without_epoch and not behind
    if sound:
        yield ok("configuration", f"number {standing.number} ({standing.digest[:12]}), in every log")


def newest_record(client: BrokerClient, topic: str, partition: int) -> Newest | None:
    """None where the log is empty."""
    span = client.span(topic, partition)
    found = list(client.read(topic, partition, span.end - 1, span.end)) if span.end > span.first else []
    if not found:
        return None
    last = found[-1]
    time_s = last.timestamp_ms / 1000
    accepted_s = _accepted_s(last.value)
    return Newest(last.offset, time_s, None if accepted_s is None else time_s - accepted_s)


def _accepted_s(value: bytes | None) -> float | None:
    """When a heartbeat's writer wrote it, seconds since 1970 by its clock."""
    try:
        frame = unpack(value or b"")
        if frame.kind is Kind.HEARTBEAT:
            return decode_body(frame.body, Heartbeat).accepted_us / 1_000_000
    except (UnknownVersion, msgspec.DecodeError):
        pass
    return None


def clock(newest: Mapping[int, Newest | None], now_s: float | None = None) -> Iterator[Finding]:
    """Whether records come in, and whether the clocks of broker, collectors and this machine agree."""
    there = [one for one in newest.values() if one is not None]
    if not there:
        yield unchecked("clock", "the log is empty")
        return
    age_s = (time.time() if now_s is None else now_s) - max(one.time_s for one in there)
    skew_s = max((one.skew_s for one in there if one.skew_s is not None), key=abs, default=0.0)
    mend = "run a time service (chrony, systemd-timesyncd) on all machines: the record's time closes the days"
    if age_s < -_SKEW_S:
        yield fail("clock", f"the newest record is {-age_s:.0f} s in this machine's future", mend)
    elif abs(skew_s) > _SKEW_S:
        yield fail("clock", f"a collector's clock and its broker's are {abs(skew_s):.0f} s apart", mend)
    else:
        yield ok("clock", "broker, collectors and this machine agree within 5 s")
    if age_s > _DAY_S:
        said = (
            f"no record for {age_s / _DAY_S:.0f} days; after the log's retention workers cannot go on exactly"
        )
        yield fail("records", said, _COLLECT)
    elif age_s > _QUIET_S:
        yield warn("records", f"no record for {age_s:.0f} s: no collector runs", _COLLECT)
    else:
        yield ok("records", f"newest {max(age_s, 0.0):.0f} s ago")


def workers(
    newest: Mapping[int, Newest | None], markers: Mapping[int, Marker | None], name: str = "telemetry"
) -> Iterator[Finding]:
    """Whether what is in each partition of an agent's log has been folded and made durable."""
    never = [p for p, one in newest.items() if one is not None and markers.get(p) is None]
    if never:
        yield warn("workers", f"{name}: partitions {_listed(never)} were never taken by any", _WORKERS)
    late = {p: late_s for p in newest if (late_s := _late_s(newest[p], markers.get(p))) > _LATE_S}
    if late:
        said = f"{name}: partitions {_listed(list(late))} are up to {max(late.values()):.0f} s behind"
        much = max(late.values()) > _VERY_LATE_S
        yield fail("workers", said, _WORKERS) if much else warn("workers", said, _WORKERS)
    if not never and not late:
        yield ok("workers", f"{name}: what is in the log is folded and durable")


def _late_s(newest: Newest | None, marker: Marker | None) -> float:
    if newest is None or marker is None or marker.upto >= newest.offset:
        return 0.0
    return newest.time_s - marker.time_ms / 1000


def _listed(partitions: list[int]) -> str:
    return ", ".join(map(str, partitions))
