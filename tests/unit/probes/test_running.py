"""The scheduler against real servers: what is due is made and delivered once, whatever is slow or away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from collectors._sdk.errors import NotNow
from collectors.probes.meters import ProbeMeters
from collectors.probes.outbox import Outbox
from collectors.probes.probe import Probe
from collectors.probes.running import running
from collectors.probes.schedule import Timetable
from stream.contract.identity import check_hash
from stream.contract.names import US_PER_DAY
from stream.contract.records import Check
from tests.unit.probes.servers import deaf, probe, serving

_MS = 1_000
_PATIENCE_S = 20.0


def clock() -> int:
    return time.time_ns() // 1000


def quick(made: Probe, name: str = "p", every_ms: int = 200, timeout_ms: int = 100) -> Probe:
    """The same probe, on a grid finer than a configuration allows."""
    table = Timetable(name, every_ms * _MS, 20 * _MS, timeout_ms * _MS)
    labels = (name, *made.labels[1:])
    return replace(made, labels=labels, timetable=table, timeout_s=timeout_ms / 1000)


class Sink:
    """What was delivered. ``away``: it takes nothing."""

    def __init__(self, *, away: bool = False) -> None:
        self.away, self.checks, self.refused = away, list[Check](), 0

    async def __call__(self, checks: Sequence[Check]) -> None:
        if self.away:
            self.refused += 1
            raise NotNow(503, "broker_away", "away")
        self.checks += checks


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running_into(
    sink: Sink, *probes: Probe, now: Callable[[], int] = clock
) -> AsyncIterator[CollectorRegistry]:
    registry = CollectorRegistry()
    async with running(probes, sink, now, registry):
        yield registry


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(f"llm_collector_probe_{name}", labels) or 0.0


def test_checks_come_on_the_grid_each_once_through_a_restart() -> None:
    """Two processes, one after the other: no check twice, each named by probe and time alone."""

    async def run() -> list[Check]:
        with serving() as (url, _):
            made, sink = quick(probe(f"{url}/200", region="here")), Sink()
            for wanted in (3, 6):
                async with running_into(sink, made):
                    await until(lambda: len(sink.checks) >= wanted)  # noqa: B023 - awaited here
        return sink.checks

    checks = asyncio.run(run())
    grid = Timetable("p", 200 * _MS, 20 * _MS, 100 * _MS)
    assert len({check.event for check in checks}) == len(checks) >= 6
    for check in checks:
        assert check.event == check_hash("p", check.time_us)
        assert (check.time_us - grid.due(0).due_us) % grid.every_us == 0
        assert check.labels[0::6] == ("p", "success")
        assert check.labels[5] == "here"
        assert check.duration_us is not None


def test_a_probe_that_hangs_delays_no_other() -> None:
    """Each has its own task; one that gets no answer says so, at every due time."""

    async def run() -> list[Check]:
        with deaf() as hung, serving() as (url, _):
            sink = Sink()
            slow = quick(probe(hung), "slow", every_ms=600, timeout_ms=500)
            async with running_into(sink, slow, quick(probe(f"{url}/200"), "fast")) as registry:
                await until(lambda: sum(c.labels[0] == "slow" for c in sink.checks) >= 3)
                assert value(registry, "skipped_total", probe="slow", reason="late") == 0
        return sink.checks

    checks = asyncio.run(run())
    by_probe = {name: [c for c in checks if c.labels[0] == name] for name in ("slow", "fast")}
    assert {c.labels[6] for c in by_probe["slow"]} == {"timeout"}
    assert {c.duration_us for c in by_probe["slow"]} == {None}
    assert {c.labels[6] for c in by_probe["fast"]} == {"success"}
    assert len(by_probe["fast"]) >= 5


def test_used_up_tokens_pause_a_probe_visibly_until_the_next_day(caplog: pytest.LogCaptureFixture) -> None:
    """No check is sent and none is reported: a pause is no downtime. One line, and a metric."""
    shift_us = [0]

    async def run() -> tuple[list[Check], int]:
        with serving() as (url, seen):
            made, sink = quick(replace(probe(f"{url}/chat", model="m"), tokens_per_day=58)), Sink()
            async with running_into(sink, made, now=lambda: clock() + shift_us[0]) as registry:
                await until(lambda: value(registry, "skipped_total", probe="p", reason="budget") >= 3)
                assert value(registry, "paused", probe="p") == 1
                paused_after = len(seen)
                shift_us[0] = US_PER_DAY
                await until(lambda: len(seen) > paused_after)
                await until(lambda: value(registry, "paused", probe="p") == 0)
                await until(lambda: len(sink.checks) > paused_after)
        return sink.checks, paused_after

    with caplog.at_level(logging.WARNING, logger="collectors.probes"):
        checks, paused_after = asyncio.run(run())
    assert paused_after == 6  # of 9 tokens each: a seventh would be more than 58
    assert {c.labels[6] for c in checks} == {"success"}
    assert {c.tokens for c in checks} == {9}
    assert 1 <= sum("used up" in r.getMessage() for r in caplog.records) <= 2  # once for each of the days


def test_while_the_broker_is_away_results_wait_and_then_come_once() -> None:
    """Checks go on; nothing found is lost within the bound."""

    async def run() -> list[Check]:
        with serving() as (url, seen):
            sink = Sink(away=True)
            async with running_into(sink, quick(probe(f"{url}/200"))) as registry:
                await until(lambda: len(seen) >= 4 and sink.refused > 0)
                assert value(registry, "waiting") >= 3
                assert sink.checks == []
                sink.away = False
                await until(lambda: len(sink.checks) >= 4)
                assert value(registry, "dropped_total") == 0
        return sink.checks

    checks = asyncio.run(run())
    assert len({check.event for check in checks}) == len(checks)


def test_beyond_the_bound_the_oldest_are_given_up_and_counted() -> None:
    """Memory has its bound however long the broker is away; so does the end of the process."""

    async def run() -> None:
        registry, sink = CollectorRegistry(), Sink(away=True)
        outbox = Outbox(sink, ProbeMeters(registry), most=10)
        for at in range(25):
            outbox.put(Check(at, at, ("p",) * 7))
        assert value(registry, "dropped_total") == 15
        sink.away = False
        await outbox.drain(5)
        assert [check.event for check in sink.checks] == list(range(15, 25))
        sink.away = True
        outbox.put(Check(99, 99, ("p",) * 7))
        await outbox.drain(5)
        assert value(registry, "dropped_total") == 16

    asyncio.run(run())


def test_the_end_waits_for_no_check_and_delivers_what_was_found() -> None:
    """A collector that stops is not held up by a service that hangs, and loses no result."""

    async def run() -> tuple[float, list[Check]]:
        with deaf() as hung, serving() as (url, seen):
            sink = Sink(away=True)
            hangs = quick(probe(hung), "hangs", every_ms=20_000, timeout_ms=19_000)
            async with running_into(sink, hangs, quick(probe(f"{url}/200"))):
                await until(lambda: len(seen) >= 2)
                sink.away = False
                begun_s = time.monotonic()
            return time.monotonic() - begun_s, sink.checks

    took_s, checks = asyncio.run(run())
    assert took_s < 3
    assert {c.labels[0] for c in checks} == {"p"}
    assert len(checks) >= 1


def test_a_clock_that_jumps_on_leaves_checks_out_and_counts_them() -> None:
    """A machine that slept does not make up what it missed, and says how much that was."""
    shift_us = [0]

    async def run() -> tuple[list[Check], float]:
        with serving() as (url, _):
            sink = Sink()
            async with running_into(
                sink, quick(probe(f"{url}/200")), now=lambda: clock() + shift_us[0]
            ) as registry:
                await until(lambda: len(sink.checks) >= 2)
                shift_us[0] = 3_600_000_000
                before = len(sink.checks)
                await until(lambda: len(sink.checks) >= before + 3)
                return sink.checks, value(registry, "skipped_total", probe="p", reason="late")

    checks, late = asyncio.run(run())
    assert 17_900 <= late <= 18_100  # an hour of five a second
    assert len(checks) < 100


def test_a_check_that_would_run_into_the_next_is_left_out() -> None:
    """A process that is held up when a check is due does not start it when its time is over."""

    async def run() -> tuple[int, float]:
        with serving() as (url, seen):
            made = quick(probe(f"{url}/200"), every_ms=3_000, timeout_ms=2_500)
            async with running_into(Sink(), made) as registry:
                due = made.timetable.next(clock() + 600 * _MS)
                await asyncio.sleep((due.at_us - clock() - 400 * _MS) / 1e6)
                before = len(seen)
                time.sleep(1.5)  # the loop is held up past the last moment
                await until(lambda: value(registry, "skipped_total", probe="p", reason="late") >= 1)
                return len(seen) - before, value(registry, "skipped_total", probe="p", reason="late")

    made, late = asyncio.run(run())
    assert (made, late) == (0, 1)


def test_a_change_is_told_once_and_nothing_of_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """A line when it begins to fail; none for each failing check."""

    async def run() -> None:
        with serving() as (url, _):
            sink = Sink()
            async with running_into(sink, quick(probe(f"{url}/500"))):
                await until(lambda: len(sink.checks) >= 3)

    with caplog.at_level(logging.WARNING, logger="collectors.probes"):
        asyncio.run(run())
    assert [r.getMessage() for r in caplog.records] == [
        "probe p: error: answers 500; 200 is expected; see to the service"
    ]


def test_without_probes_nothing_runs() -> None:
    """And no metric of theirs is shown."""

    async def run() -> int:
        async with running_into(Sink()) as registry:
            return len(list(registry.collect())) + len(asyncio.all_tasks()) - 1

    assert asyncio.run(run()) == 0
