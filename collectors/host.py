"""The collector's process: all receivers on one HTTP port, one link to the broker."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collectors._sdk.admission import Admission
from collectors._sdk.batcher import Batcher, Bounds
from collectors._sdk.checks import deliver_checks
from collectors._sdk.configuration import MEBIBYTE
from collectors._sdk.configuration_file import Configured
from collectors._sdk.directory_file import open_people
from collectors._sdk.endpoint import Desk, Endpoint, Problem, Room
from collectors._sdk.errors import CollectorError
from collectors._sdk.health import Health
from collectors._sdk.kind import AliasSwitches, Edge, Kind
from collectors._sdk.link import Link, LinkTimes
from collectors._sdk.meters import CONTENT_TYPE, Meters
from collectors._sdk.pseudonyms import DEFAULT_KEY_FILE, open_pseudonyms
from collectors._sdk.receiver import Receiver
from collectors._sdk.spool import Spool
from collectors._sdk.spool_replay import Replay
from collectors._sdk.spool_running import open_spool, replaying
from collectors._sdk.spooling import Delivery, Direct, Spooling
from collectors.events.receiver import RECEIVER as EVENTS
from collectors.litellm.receiver import RECEIVER as LITELLM
from collectors.otlp.receiver import RECEIVER as OTLP
from collectors.outcomes.receiver import RECEIVER as OUTCOMES
from collectors.probes.probe import make_ready
from collectors.probes.running import running
from collectors.tasks.receiver import RECEIVER as TASKS

RECEIVERS: Final = (EVENTS, LITELLM, OTLP, OUTCOMES, TASKS)
_DRAIN_S: Final = 30
_WATCH_S: Final = 0.2
log = logging.getLogger(__name__)


class CannotListen(CollectorError):
    """The address to listen on is taken or not ours."""

    reason = "cannot_listen"


@dataclass(frozen=True)
class HostSettings:
    """``broker``: host:port, comma separated. ``times``: of the link, shortened in tests."""

    broker: str = "127.0.0.1:9092"
    host: str = "127.0.0.1"
    port: int = 4318
    configured: Configured = field(default_factory=Configured)
    times: LinkTimes = field(default_factory=LinkTimes)


def wall_clock_us() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def offered_receivers(configured: Configured) -> tuple[Receiver, ...]:
    """Those that the configuration leaves on, with its bounds."""
    parts = configured.file.receivers
    offered = []
    for receiver in RECEIVERS:
        part = parts.get(receiver.name)
        if part is None:
            offered.append(receiver)
        elif part.enabled:
            most = part.max_body_mib * MEBIBYTE if part.max_body_mib else None
            offered.append(
                replace(
                    receiver,
                    max_body_bytes=most or receiver.max_body_bytes,
                    max_decompressed_bytes=most or receiver.max_decompressed_bytes,
                    max_events=part.max_events or receiver.max_events,
                    spool=receiver.spool if part.spool is None else part.spool,
                    hold_s=receiver.hold_s if part.hold_seconds is None else part.hold_seconds,
                )
            )
    return tuple(offered)


class Host:
    """A collector that is built and not yet running. ``clock``: accept times and record timestamps."""

    def __init__(self, settings: HostSettings, clock: Callable[[], int]) -> None:
        configured = settings.configured
        file = configured.file
        keys = file.pseudonyms
        pseudonyms = open_pseudonyms(
            configured.directory / keys.key_file if keys.key_file else DEFAULT_KEY_FILE,
            configured.directory / keys.previous_key_file if keys.previous_key_file else None,
        )
        self.settings, self.meters = settings, Meters()
        self.receivers = offered_receivers(configured)
        self.link = Link(settings.broker, clock, self.meters, settings.times)
        self.meters.broker_up.set_function(lambda: float(self.link.ready))
        bounds = Bounds(
            batch_events=file.batching.max_events,
            linger_s=file.batching.linger_ms / 1000,
            ack_s=file.limits.ack_seconds,
            queued_events=file.limits.queued_events,
        )
        self.batcher = Batcher(self.link, clock, self.meters, bounds)
        self._probes = running(
            make_ready(file.probes, configured.directory),
            partial(deliver_checks, self.batcher),
            clock,
            self.meters.registry,
        )
        room = Room(file.limits.in_flight_mib * MEBIBYTE, self.meters)
        edge = Edge(
            pseudonyms,
            configured.attribution.compile(),
            open_people(file.directory, configured.directory, pseudonyms),
            AliasSwitches(file.aliases.event_id, file.aliases.trace_id),
        )
        spooling = {receiver.name for receiver in self.receivers if receiver.spool}
        self.spool = open_spool(file.spool, configured.directory, clock, self.meters, wanted=bool(spooling))
        self._clock = clock
        health = Health(self.link, settings.broker, self.spool, spooling)
        desk = Desk(Admission(edge), configured.tokens, room, self.meters)
        self.app = Starlette(
            routes=[
                *(
                    Route(r.path, Endpoint(r, desk, self._delivery(r)).post, methods=["POST"])
                    for r in self.receivers
                ),
                *(Route(k.schema_path, _schema_of(k)) for k in {r.kind: None for r in RECEIVERS}),
                Route("/health", health.answer),
                Route("/metrics", self._metrics),
            ],
            exception_handlers={404: self._not_found, 405: self._not_found},
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self.link.start()
        try:
            async with replaying(self.spool, self._replay), self._probes:
                yield
        finally:
            self.batcher.flush()
            await asyncio.to_thread(self.link.stop)

    def _delivery(self, receiver: Receiver) -> Delivery:
        if self.spool is None or not receiver.spool:
            return Direct(self.batcher)
        patience_s = self.settings.times.stall_s
        return Spooling(self.batcher, self.spool, patience_s, self._clock, self.meters, receiver.name)

    def _replay(self, spool: Spool) -> Replay:
        return Replay(spool, self.batcher, [r.kind for r in RECEIVERS], self.meters)

    async def _metrics(self, request: Request) -> Response:
        return Response(self.meters.exposition(), media_type=CONTENT_TYPE)

    async def _not_found(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        paths = ", ".join(receiver.path for receiver in self.receivers)
        message = f"nothing is here for {request.method}; send events with POST to {paths}"
        problem = msgspec.to_builtins(Problem("not_found", message))
        return _json(error.status_code, problem, dict(error.headers or {}))

    async def serve(self, listening: socket.socket, stop: asyncio.Event | None = None) -> None:
        """Serve until ``stop`` or a signal, then answer what is under way. Raises CollectorError."""
        config = uvicorn.Config(
            self.app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=_DRAIN_S,
        )
        server = _Server(config)
        watch = asyncio.create_task(self._watch(server, stop or asyncio.Event()))
        try:
            await server.serve(sockets=[listening])
        finally:
            watch.cancel()
        if self.link.fatal is not None:
            raise self.link.fatal

    async def _watch(self, server: uvicorn.Server, stop: asyncio.Event) -> None:
        while not (stop.is_set() or self.link.fatal is not None):
            await asyncio.sleep(_WATCH_S)
        server.should_exit = True


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are the process's: a drain ends with 0, and is not killed by its own signal afterwards."""
        yield


def build_host(settings: HostSettings, clock: Callable[[], int] = wall_clock_us) -> Host:
    """Raises CollectorError."""
    return Host(settings, clock)


def listen(host: str, port: int) -> socket.socket:
    """Raises CannotListen."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise CannotListen(
            f"--port: {host}:{port}: {said}; end what listens there, or name another"
        ) from None


def run_host(settings: HostSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises CollectorError."""
    with listen(settings.host, settings.port) as listening:
        host = build_host(settings)
        gc.collect()
        gc.freeze()  # what is loaded stays: walking it at every full collection took a sixth of the time
        asyncio.run(_until_signalled(host, listening))


async def _until_signalled(host: Host, listening: socket.socket) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await host.serve(listening, stop)


def _schema_of(kind: Kind[Any, Any]) -> Callable[[Request], Awaitable[Response]]:
    """Answers with the JSON Schema of a kind of event."""

    async def schema(request: Request) -> Response:
        return Response(msgspec.json.encode(kind.schema()), media_type="application/schema+json")

    return schema


def _json(status: int, content: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")
