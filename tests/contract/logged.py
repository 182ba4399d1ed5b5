"""What the source logs hold of each kind of event, for the tests of the receivers."""

from __future__ import annotations

from dataclasses import dataclass

from stream.contract.columns import decode_batch
from stream.contract.frame import Kind, unpack
from stream.contract.names import LABEL_INDEX
from stream.contract.records import Aliases, Outcomes, Refusal, Refusals, Tasks, decode_body
from stream.contract.topics import QUARANTINE, TASKS, TELEMETRY
from tests.support.collector import Logged, RunningCollector, read_log

LOGS = (TELEMETRY, TASKS)


@dataclass(frozen=True)
class Held:
    """An event in a log. ``key``: hash that decides its partition; ``of``: how many its record holds."""

    record: Logged
    key: int
    event: int
    source_key: str
    of: int


def read_logs(collector: RunningCollector) -> list[Logged]:
    """All that the logs of the receivers and the quarantine topic hold."""
    return read_log(collector.host.settings.broker, (*LOGS, QUARANTINE))


def added(collector: RunningCollector, before: list[Logged]) -> list[Logged]:
    """What the logs hold that they did not hold before."""
    return [record for record in read_logs(collector) if record not in before]


def held(log: list[Logged]) -> list[Held]:
    """Every event of every kind."""
    found: list[Held] = []
    for record in log:
        if record.topic == QUARANTINE:
            continue
        frame = unpack(record.value)
        if frame.kind is Kind.USAGE:
            batch = decode_batch(frame.events, frame.body)
            columns = (batch.columns[name].tolist() for name in ("identity", "event", "label"))
            for identity, event, label in zip(*columns, strict=True):
                source_key = batch.dictionary[label][LABEL_INDEX["source_key"]]
                found.append(Held(record, identity, event, source_key, batch.count))
        elif frame.kind is Kind.OUTCOMES:
            outcomes = decode_body(frame.body, Outcomes).outcomes
            found += [Held(record, o.target, o.event, o.source_key, len(outcomes)) for o in outcomes]
        elif frame.kind is Kind.TASKS:
            tasks = decode_body(frame.body, Tasks).tasks
            found += [Held(record, t.task, t.event, t.labels[-1], len(tasks)) for t in tasks]
    return found


def refusals(log: list[Logged], topic: str) -> list[tuple[Logged, Refusal]]:
    """The refusals in a log."""
    frames = [(record, unpack(record.value)) for record in log if record.topic == topic]
    return [
        (r, refusal)
        for r, f in frames
        if f.kind is Kind.REFUSALS
        for refusal in decode_body(f.body, Refusals).refusals
    ]


def aliases(log: list[Logged]) -> list[tuple[Logged, int, int, int]]:
    """(record, alias, identity, time_us) of every alias."""
    frames = [(record, unpack(record.value)) for record in log if record.topic == TELEMETRY]
    found = []
    for record, frame in frames:
        if frame.kind is Kind.ALIASES:
            body = decode_body(frame.body, Aliases)
            columns = (memoryview(c).cast("Q").tolist() for c in (body.alias, body.identity, body.time_us))
            found += [(record, *entry) for entry in zip(*columns, strict=True)]
    return found
