"""The board's HTTP server: its pages, their JSON, and whether it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from stream.board.board_json import json_error
from stream.board.errors import BoardError
from stream.board.period import UnknownPeriod
from stream.board.reading import Reader
from stream.board.routes import JSON, add_routes
from stream.ledger.errors import LedgerError
from stream.settings import BoardSettings

_SHUTDOWN_S: Final = 3


def _now_us() -> int:
    return time.time_ns() // 1_000


def make_app(settings: BoardSettings, now_us: Callable[[], int] = _now_us) -> FastAPI:
    """The application. It starts without a ledger, and finds it when it comes. ``now_us``: the clock."""
    reader = Reader(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        reader.close()

    app = FastAPI(
        title="Tokonomics board", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.middleware("http")(_headers)

    @app.exception_handler(UnknownPeriod)
    async def unknown_period(request: Request, error: UnknownPeriod) -> Response:
        if request.url.path.endswith(".json"):
            return Response(json_error(error.reason, str(error)), 400, media_type=JSON)
        return PlainTextResponse(f"{error}\n", 400)

    @app.get("/health")
    async def health() -> Response:
        try:
            await asyncio.to_thread(reader.check)
        except LedgerError as error:
            return PlainTextResponse(f"not ready: {error}\n", 503)
        return PlainTextResponse("ready\n")

    add_routes(app, reader, now_us)
    return app


async def _headers(request: Request, call_next: object) -> Response:
    """No script but ours, no other host, no frame around us, nothing kept."""
    request.state.nonce = nonce = secrets.token_urlsafe(16)
    response: Response = await call_next(request)  # type: ignore[operator]
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


class _Server(uvicorn.Server):
    """Ends in order on SIGTERM and SIGINT: uvicorn itself would raise the signal again when it is done."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run_board(settings: BoardSettings) -> None:
    """Serve until SIGTERM or SIGINT. Call it from the main thread. Raises BoardError(cannot_listen)."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listening = socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except OSError as error:
        said = error.strerror or str(error)
        raise BoardError(
            "cannot_listen",
            f"board: cannot listen on {settings.host}:{settings.port}: {said};"
            " name another with --host, --port",
        ) from None
    config = uvicorn.Config(
        make_app(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    with listening:
        _Server(config).run(sockets=[listening])
