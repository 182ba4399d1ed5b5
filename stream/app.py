"""The worker: one factory builds the Faust application, one function runs it. Nothing happens at import."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import faust
from prometheus_client import start_http_server

from stream.agents.faults import check_version
from stream.agents.logs import configure_logging
from stream.agents.people import people_spec
from stream.agents.probes import probes_spec
from stream.agents.repositioning import ExactTransport
from stream.agents.runtime import Runtime, exact_agent
from stream.agents.spec import AgentSpec
from stream.agents.startup import await_begun, await_topics, check_partitions
from stream.agents.stopping import WorkerFault, stop_process
from stream.agents.tasks import tasks_spec
from stream.agents.telemetry import telemetry_spec
from stream.agents.watchdog import Watchdog
from stream.contract import topics
from stream.settings import WorkerSettings, poll_bounds

Specs = Callable[[int], Sequence[AgentSpec]]
"""Number of partitions of the telemetry log -> the agents of this app."""
_FETCH_BYTES = 8 * 1024 * 1024  #: as the largest record that the topics admit
_NEVER_S = (
    30 * 86_400.0
)  #: a rebuild fetches nothing for as long as it takes; the watchdog looks after stuck workers


def make_app(settings: WorkerSettings, partitions: int) -> faust.App:
    """A Faust application with our settings, without agents. ``partitions``: of its source topics."""
    check_version()
    buffer, poll = poll_bounds(partitions)
    app = faust.App(
        settings.group,
        broker=[f"kafka://{address}" for address in settings.broker.split(",")],
        store="memory://",
        datadir=str(settings.directory / f"worker-{settings.slot}"),
        autodiscover=False,
        web_enabled=False,
        topic_partitions=partitions,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
        stream_wait_empty=False,
        stream_buffer_maxsize=buffer,
        broker_max_poll_records=poll,
        broker_max_poll_interval=_NEVER_S,
        broker_commit_interval=1.0,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.heartbeat_interval_s,
        broker_request_timeout=settings.request_timeout_s,
        consumer_group_instance_id=settings.instance_id,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=_FETCH_BYTES,
        producer_max_request_size=_FETCH_BYTES,
    )
    app.transport = ExactTransport(app.conf.broker_consumer, app)
    return app


def build_runtime(settings: WorkerSettings, specs: Sequence[AgentSpec]) -> Runtime:
    """The application with one agent per spec. Raises UnsupportedFaust."""
    runtime = Runtime(make_app(settings, max(spec.partitions for spec in specs)), settings)
    for spec in specs:
        exact_agent(runtime, spec)
    return runtime


def product_agents(partitions: int) -> Sequence[AgentSpec]:
    """The agents of this release. ``partitions``: of every log."""
    return [make(partitions) for make in (telemetry_spec, tasks_spec, probes_spec, people_spec)]


def run_worker(settings: WorkerSettings, specs: Specs = product_agents) -> NoReturn:
    """Run one worker until SIGTERM or SIGINT (exit code 0), or until it cannot go on exactly (70)."""
    configure_logging(settings.log_level)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # while waiting for the broker; Faust takes over from there
    try:
        runtime = build_runtime(settings, _checked(settings, specs))
    except WorkerFault as fault:
        stop_process(fault.reason, str(fault))
    if settings.metrics_port:
        start_http_server(settings.metrics_port, settings.metrics_host, runtime.context.meters.registry)
    _run_app(runtime)


def _run_app(runtime: Runtime) -> NoReturn:
    app = runtime.context.app
    Path(app.conf.datadir).mkdir(parents=True, exist_ok=True)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = faust.Worker(app, loop=loop, quiet=True, redirect_stdouts=False, override_logging=False)
    worker.spinner = None
    watchdog = Watchdog(runtime.context, loop)
    watchdog.start()
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        if end.code:
            crash = worker.crash_reason or app.crash_reason
            stop_process("faust_crashed", f"{crash!r}; the lines before this one say where")
        raise
    finally:
        watchdog.stopped.set()


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _checked(settings: WorkerSettings, specs: Specs) -> Sequence[AgentSpec]:
    """Agents of this worker, once the broker answers and their topics are as they must be."""
    partitions = settings.partitions or await_topics(settings.broker, [topics.TELEMETRY])[topics.TELEMETRY]
    wanted = specs(partitions)
    names = {topic for spec in wanted for topic in (spec.source, spec.changelog, *spec.targets.values())}
    names.add(topics.CONFIG)
    counts = await_topics(settings.broker, names)
    for spec in wanted:
        check_partitions(spec, counts)
    await_begun(settings.broker, {spec.source: counts[spec.source] for spec in wanted})
    return wanted
